"""Answers that are kept by what was asked, in bounds."""

from typing import TypeVar

#: So many answers are kept unless said otherwise, each for parts of a request of so many characters
#: at most.
MOST_REMEMBERED = 4096
LONGEST_REMEMBERED = 2048
#: And for so many characters together: one cookie that comes beside ever new ones is many keys.
MOST_CHARACTERS = 32 * 2**20

Key = TypeVar("Key")
Answer = TypeVar("Answer")


class Kept(dict[Key, Answer]):
    """What was found out about requests. Most are alike.

    Whoever floods us with new ones makes us forget, nothing else.
    """

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        super().__init__()
        self._most, self._characters = most, 0

    def keep(self, key: Key, answer: Answer, length: int) -> Answer:
        """Keep an answer, unless what was asked is too long; `length` is of its parts together."""
        if length <= LONGEST_REMEMBERED:
            if len(self) >= self._most or self._characters > MOST_CHARACTERS:
                self.clear()
                self._characters = 0
            self[key] = answer
            self._characters += length
        return answer
