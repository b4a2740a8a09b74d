"""What a process remembers, within bounds: answers by what was asked, and what it has logged."""

import logging
from functools import cache
from typing import TypeVar

#: Answers kept by default at most, and characters of a key at most.
MOST_REMEMBERED = 4096
LONGEST_REMEMBERED = 2048
#: Characters of all keys together at most: one visitor has many if an app's cookies change often.
MOST_CHARACTERS = 32 * 2**20

Key = TypeVar("Key")
Answer = TypeVar("Answer")


class Kept(dict[Key, Answer]):
    """What was found out about requests, most of which are alike.

    When it is full, everything is forgotten. So a flood of new keys costs only time.
    """

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        super().__init__()
        self._most, self._characters = most, 0

    def keep(self, key: Key, answer: Answer, length: int) -> Answer:
        """Keep an answer, and return it. `length` is the number of characters in the key: beyond
        LONGEST_REMEMBERED it is not kept."""
        if length <= LONGEST_REMEMBERED:
            if len(self) >= self._most or self._characters > MOST_CHARACTERS:
                self.clear()
                self._characters = 0
            self[key] = answer
            self._characters += length
        return answer


# What a process logs only once.


log = logging.getLogger("vwr_middleware")


@cache
def warn_once(text: str, *details: object) -> None:
    """Log a warning, unless the same was logged before."""
    log.warning(text, *details)


@cache
def error_once(text: str, *details: object) -> None:
    """Log an error, unless the same was logged before."""
    log.error(text, *details)
