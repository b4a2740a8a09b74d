"""Resume codes: what a person types to keep the place in line on another device."""

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Callable

from vwr_middleware.keys import Keys

#: Crockford's base 32, in which no letter looks like another or like a digit.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: Sixty bits: with a million guesses a second, one of a thousand live codes is found in 36 years.
LENGTH = 12
#: Letters that people type for a digit that looks alike.
_MISREAD = str.maketrans("OIL", "011")
_CODE = re.compile(rf"[{ALPHABET}]{{{LENGTH}}}")
#: All that is neither letter nor digit, visible or not, and a Japanese keyboard's hyphen.
_MARKS = re.compile(r"[\W_\u30fc]+")
_LONGEST = 64


class ResumeCodes:
    """Makes the codes of one room, and their hashes: a store never sees the codes themselves."""

    def __init__(
        self, keys: Keys, room_name: str, random: Callable[[int], int] = secrets.randbelow
    ) -> None:
        self._keys = keys.for_purpose("resume", room_name)
        self._random = random

    def make(self) -> str:
        return "".join(ALPHABET[self._random(len(ALPHABET))] for _ in range(LENGTH))

    def read(self, text: str) -> str | None:
        """The code that somebody typed, whatever its case, spaces and hyphens; None for others."""
        text = out_of_link(text)
        if len(text) > _LONGEST:
            return None
        code = _MARKS.sub("", plain(text)).upper().translate(_MISREAD)
        return code if _CODE.fullmatch(code) else None

    def hashes(self, code: str) -> list[str]:
        """The hashes of a code, one by each secret; the first is the one to keep."""
        return [hmac.digest(key, code.encode(), "sha256").hex()[:32] for key in self._keys]

    def attempt(self, text: str) -> str:
        """The digest by which the store recognises a repeated request of one device.

        It needs no secret: it opens nothing without the code, and is the same after a rotation.
        """
        if not text:
            return ""
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def out_of_link(text: str) -> str:
    """The code in a link that somebody has pasted whole; any other text as it is."""
    return text.rpartition("#resume=")[2]


def plain(text: str) -> str:
    """The text with plain letters and digits for those of other keyboards, like full-width ones."""
    letters = unicodedata.normalize("NFKC", text)
    return "".join(str(int(char)) if char.isdecimal() else char for char in letters)


def written(code: str) -> str:
    """The code as it is shown: in groups of four."""
    return "-".join(code[i : i + 4] for i in range(0, LENGTH, 4))
