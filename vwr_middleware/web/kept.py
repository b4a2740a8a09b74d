"""Answers that are kept by what was asked, in bounds."""

from typing import TypeVar

#: So many answers are kept by default; each key is made of so many characters at most.
MOST_REMEMBERED = 4096
LONGEST_REMEMBERED = 2048
#: And all keys together have so many characters at most. (One visitor is many keys, if an app
#: changes its own cookies with each request.)
MOST_CHARACTERS = 32 * 2**20

Key = TypeVar("Key")
Answer = TypeVar("Answer")


class Kept(dict[Key, Answer]):
    """What was found out about requests, most of which are alike.

    When it is full everything is forgotten, so a flood of new keys costs only time.
    """

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        super().__init__()
        self._most, self._characters = most, 0

    def keep(self, key: Key, answer: Answer, length: int) -> Answer:
        """Keep an answer and return it. A key of more than LONGEST_REMEMBERED characters is not
        kept; `length` is how many it has."""
        if length <= LONGEST_REMEMBERED:
            if len(self) >= self._most or self._characters > MOST_CHARACTERS:
                self.clear()
                self._characters = 0
            self[key] = answer
            self._characters += length
        return answer
