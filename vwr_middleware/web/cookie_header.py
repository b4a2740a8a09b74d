"""Finding our cookies fast."""

import re
from collections.abc import Iterable
from functools import cache
from itertools import islice

#: Cookies of one name that are looked at. Forged ones may stand before the genuine one: a page of a
#: subdomain sets as many as it likes, and each costs the check of a signature.
MOST = 32
ANY_VALUE = "[^;]*"


def find(header: str, name: str, most: int = MOST, shape: str = ANY_VALUE) -> list[str]:
    """The values of the cookies of one name in a Cookie header, in order, at most so many.

    Of several, those that are not of this `shape`, a regular expression, do not count.

    Every request passes here, most of them without our cookie, so the header is searched and not
    parsed. Quotes around a value are taken off. Escapes in it stay, since no value of ours has any.
    Other cookies do no harm, whatever is in them and however long they are.
    """
    wanted = name + "="
    found = header.count(wanted)
    if not found:
        return []
    if found == 1:  # nearly always
        before, _, after = header.partition(wanted)
        if not before or before.endswith("; "):
            value = after.partition(";")[0]
            if value and value[0] != '"' and value[-1] not in " \t":
                return [value]
    values = []
    for cookie in islice(_cookies_of(name, shape).finditer(f";{header}"), most):
        value = cookie["value"].strip(" \t")
        if len(value) > 1 and value[0] == value[-1] == '"':
            value = value[1:-1]
        values.append(value)
    return values


def find_each(header: str, shapes: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The same for several names, each with its shape."""
    found = []
    for name, shape in shapes:
        found.append(find(header, name, shape=shape))
    return found


@cache
def _cookies_of(name: str, shape: str) -> re.Pattern[str]:
    """Finds all cookies of a name, each after a semicolon, whose values are of this shape.

    In one pass, since some servers accept headers of any length: with a step of Python for each
    place that has the name, ten megabytes, which are sent in a second, took seconds.
    """
    begin = rf";[ \t]*+{re.escape(name)}="
    if shape == ANY_VALUE:  # with the quotes and blanks around it
        return re.compile(f"{begin}(?P<value>{shape})")
    return re.compile(rf'{begin}[ \t]*+("?)(?P<value>{shape})\1[ \t]*+(?=;|\Z)')


class CookieMark:
    """How a cookie of one name begins, to be found in a Cookie header as the server gives it.

    What is found is nearly always the cookie, but may be the end of a longer name or of a value.
    """

    __slots__ = ("name", "raw", "text")

    def __init__(self, name: str) -> None:
        self.name, self.text = name, name + "="
        self.raw = self.text.encode()

    def is_in(self, cookies: str | bytes | None) -> bool:
        """Whether the mark is anywhere in these cookies."""
        if not cookies:
            return False
        return self.text in cookies if isinstance(cookies, str) else self.raw in cookies

    def count(self, cookies: str | bytes) -> int:
        """How often the mark is in these cookies."""
        return cookies.count(self.text) if isinstance(cookies, str) else cookies.count(self.raw)

    def value(self, cookies: str | bytes) -> str | bytes:
        """The value of the cookie at the first mark; empty if no cookie begins there.

        Anybody may set `a__Host-name`, and an app may store what a link has brought in a cookie.
        """
        if isinstance(cookies, str):
            before, _, after = cookies.partition(self.text)
            return "" if before and not before.endswith("; ") else after.partition(";")[0]
        begin, _, end = cookies.partition(self.raw)
        return b"" if begin and not begin.endswith(b"; ") else end.partition(b";")[0]


def any_is_in(marks: Iterable[CookieMark], cookies: str | bytes) -> bool:
    """Whether one of these marks is anywhere in these cookies."""
    return any(mark.is_in(cookies) for mark in marks)
