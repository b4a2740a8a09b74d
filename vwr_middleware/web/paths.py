"""Whether a path is protected, however it is spelled.

An app, its server and the proxies in front may each understand a path in their own way. So a path
has many readings. It is protected if any of them is, and excluded only if all of them are.

Patterns of protected paths are compared with all forms of a reading: with and without the mount
prefix, with and without a slash at the end, as it is and in lower case.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from urllib.parse import unquote

from vwr_middleware.web.path_readings import all_readings, collapsed, lead

Pattern = str | re.Pattern[str]
Matches = Callable[[str], bool]

#: Open even if everything is protected: for crawlers, icons and the renewal of certificates. The
#: first two are exact, since `/favicon.ico/buy` may match an app's route `/{language}/buy`.
ALWAYS_OPEN = (re.compile(r"\A/(robots\.txt|favicon\.ico)\Z"), "/.well-known")


class PathRule:
    """The paths that a room protects: some patterns, without those that are excluded."""

    def __init__(self, paths: Iterable[Pattern], exclude: Iterable[Pattern] = ()) -> None:
        paths, exclude = tuple(paths), tuple(exclude)
        everything = [path for path in paths if isinstance(path, str) and not path.strip("/*")]
        self._protects = [_protecting(path) for path in paths if path not in everything]
        self._excludes = [_excluding(path) for path in exclude]
        self._protects_all = bool(everything)
        self._always_open = [_excluding(path) for path in ALWAYS_OPEN]
        self._protects_any = bool(paths)

    def covers(self, path: str, raw_path: str = "", mount: str = "") -> bool:
        """Whether the path is protected; `raw_path` is the path as it was sent."""
        found = all_readings(path, raw_path, mount)
        if found is None or not self._protects_any:
            return self._protects_any
        if _all_match(found, self._excludes, mount):
            return False
        is_cut = _is_cut(path, raw_path)
        forms = _forms(found, mount, is_cut) if self._protects else ()
        if any(protects(form) for protects in self._protects for form in forms):
            return True
        return self._protects_all and not _all_match(found, self._always_open, mount)

    def covers_reading(self, reading: str, mount: str = "") -> bool:
        """Whether a path is protected if this is how it is read, below the mount prefix.

        What the prefix alone matches does not count: visitors can choose it if an app is mounted at
        `/{tenant}`.
        """
        found = frozenset({reading})
        if _all_match(found, self._excludes, mount):
            return False
        bare, protects = _folded(f"{mount}/"), self._protects
        below = [matches for matches in protects if not matches(bare)] if mount else []
        if _any_match(reading, protects) or _any_match(mount + reading, below):
            return True
        return self._protects_all and not _all_match(found, self._always_open, mount)


def alternatives(path: str, raw_path: str, mount: str) -> frozenset[str] | None:
    """The paths below the mount prefix that programs may read; None if they cannot be told."""
    found = all_readings(path, raw_path, mount)
    if found is None or not mount:
        return found
    is_cut = _is_cut(path, raw_path)
    return found.union(*(_without_mount(reading, mount, is_cut) for reading in found))


def _is_cut(path: str, raw_path: str) -> bool:
    """Whether the mount prefix was taken off the path."""
    return path not in (raw_path, unquote(raw_path))


@lru_cache(maxsize=4)
def _forms(found: frozenset[str], mount: str, is_cut: bool) -> frozenset[str]:
    """All forms of all readings. Remembered, as the readings are."""
    forms = {form for reading in found for form in _with_mount_or_not(reading, mount, is_cut)}
    return frozenset(form for one in forms for form in _written(one))


def _with_mount_or_not(reading: str, mount: str, is_cut: bool) -> Iterator[str]:
    yield reading
    if mount:
        yield mount + reading
        yield from _without_mount(reading, mount, is_cut)


def _without_mount(reading: str, mount: str, is_cut: bool) -> Iterator[str]:
    """The reading where a program takes the mount prefix off."""
    if not is_cut and mount in reading:  # Litestar finds it anywhere, Quart in a longer name too
        yield lead(reading.partition(mount)[2])
    if reading.casefold().startswith(f"{mount}/".casefold()):
        yield reading[len(mount) :]


def _written(path: str) -> set[str]:
    """The forms of a path that patterns are compared with: with and without a slash at the end, as
    it is and in lower case."""
    forms = {*_with_slash_or_not(path)}
    return forms.union(map(_folded, forms))


def _with_slash_or_not(form: str) -> tuple[str, ...]:
    bare = form.rstrip("/")
    return (form, bare, f"{bare}/") if bare else (form, "/")  # "" is no page, nor is "//"


def _folded(text: str) -> str:
    """The text in lower case. The Turkish capital I with a dot and small i without one become an i,
    since regexes that ignore case take them for one."""
    return text.replace("\u0130", "i").replace("\u0131", "i").casefold()


def _any_match(path: str, patterns: list[Matches]) -> bool:
    return any(matches(form) for matches in patterns for form in _written(path))


def _all_match(found: frozenset[str], patterns: list[Matches], mount: str) -> bool:
    """Whether each reading matches, as it is or with the mount prefix in front.

    With the prefix, a pattern that matches the prefix alone does not count: visitors can choose it
    if an app is mounted at `/{tenant}`.
    """
    below = [matches for matches in patterns if mount and not matches(f"{mount}/")]
    return all(
        any(matches(reading) for matches in patterns)
        or any(matches(mount + reading) for matches in below)
        for reading in found
    )


def _protecting(pattern: Pattern) -> Matches:
    """Matches a path whatever its case. In a regex, `.` matches line feeds too."""
    if isinstance(pattern, str):
        return _covering(_folded(_tidy(pattern)))
    flags = pattern.flags | re.IGNORECASE | re.DOTALL
    return _searching(re.compile(pattern.pattern, flags))


def _excluding(pattern: Pattern) -> Matches:
    """Matches a path only in this case, since two pages may differ in case alone."""
    return _covering(_tidy(pattern)) if isinstance(pattern, str) else _searching(pattern)


def _tidy(pattern: str) -> str:
    """The pattern as an app would write the path."""
    return collapsed(unquote(pattern)).rstrip("/")


def _searching(pattern: re.Pattern[str]) -> Matches:
    return lambda path: pattern.search(path) is not None


def _covering(pattern: str) -> Matches:
    """Matches what the pattern covers: itself, and all below it, on segment boundaries.

    Each part between stars is searched for once, from left to right, so that no path takes long.
    """
    first, *middle = pattern.split("*")
    if not middle:
        below = first.rstrip("/") + "/"
        return lambda path: path == first or path.startswith(below)
    last = middle.pop()

    def matches(path: str) -> bool:
        if not path.startswith(first):
            return False
        at = len(first)
        for part in middle:
            at = path.find(part, at)
            if at < 0:
                return False
            at += len(part)
        ends_with_last = path.endswith(last) and len(path) - len(last) >= at
        return ends_with_last or path.find(f"{last}/", at) >= 0

    return matches
