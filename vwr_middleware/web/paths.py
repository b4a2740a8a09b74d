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

Pattern = str | re.Pattern[str]
Matches = Callable[[str], bool]

#: Limits on the number of readings, on their characters together, and on the length of a path that
#: is not plain. Nobody exceeds them by accident: a path beyond them counts as protected.
MOST_READINGS = 64
MOST_CHARACTERS = 128 * 1024
LONGEST_READ = 8192
#: A plain path has none of these, begins with a slash and has one reading.
_SPECIAL = re.compile(r"[%;\\?#\0\r\n]|//|/\.")
_PARAMETERS = re.compile(r";[^/]*")
#: Where some readers end the path. At a line feed too, since many apps match by regexes, in which
#: `$` also matches before a line feed at the end.
_END = re.compile(r"[?#\0\r\n]")
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*://"
_ORIGIN = re.compile(rf"\A{_SCHEME}[^/]*")
#: What a request may ask for: a path, nothing, `*`, or a whole URL. All else is protected, since
#: some programs find a path in it: Quart in `x:/tickets`, werkzeug's dispatcher in `x/tickets`.
_ASKED = re.compile(rf"/.*|\*?|{_SCHEME}[^\t\r\n]*", re.DOTALL)

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

    def covers(self, path: str, raw_path: str = "", mount: str = "") -> bool:
        """Whether the path is protected; `raw_path` is the path as it was sent."""
        found = _all_readings(path, raw_path, mount)
        if found is None:
            return True
        if _all_match(found, self._excludes, mount):
            return False
        is_cut = path not in (raw_path, unquote(raw_path))  # the mount prefix was taken off
        forms = _forms(found, mount, is_cut) if self._protects else ()
        if any(protects(form) for protects in self._protects for form in forms):
            return True
        return self._protects_all and not _all_match(found, self._always_open, mount)


@lru_cache(maxsize=4)
def _all_readings(path: str, raw_path: str, mount: str) -> frozenset[str] | None:
    """The readings of the path and of the path as it was sent; None if they cannot be told.

    Remembered, since each room asks about the same request: following a long path takes some ms.
    """
    found = readings(path)
    if found is None:
        return None
    if raw_path in ("", path) or unquote(raw_path) in (path, mount + path):  # it says no more
        return frozenset(found)
    more = readings(raw_path)
    return None if more is None else frozenset(found | more)


@lru_cache(maxsize=4)
def _forms(found: frozenset[str], mount: str, is_cut: bool) -> frozenset[str]:
    """All forms of all readings. Remembered, as the readings are."""
    forms = {form for reading in found for form in _with_mount_or_not(reading, mount, is_cut)}
    forms = {form for one in forms for form in _with_slash_or_not(one)}
    return frozenset(forms.union(map(_folded, forms)))


def _with_mount_or_not(reading: str, mount: str, is_cut: bool) -> Iterator[str]:
    yield reading
    if not mount:
        return
    yield mount + reading
    if not is_cut and mount in reading:  # Litestar finds it anywhere, Quart in a longer name too
        yield _lead(reading.partition(mount)[2])
    if reading.casefold().startswith(f"{mount}/".casefold()):
        yield reading[len(mount) :]


def _with_slash_or_not(form: str) -> tuple[str, ...]:
    bare = form.rstrip("/")
    return (form, bare, f"{bare}/") if bare else (form, "/")  # "" is no page, nor is "//"


def _folded(text: str) -> str:
    """The text in lower case. The Turkish capital I with a dot and small i without one become an i,
    since regexes that ignore case take them for one."""
    return text.replace("\u0130", "i").replace("\u0131", "i").casefold()


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


def is_plain(path: str) -> bool:
    """Whether there is only one way to read the path."""
    return path.startswith("/") and not _SPECIAL.search(path)


def readings(path: str) -> set[str] | None:
    """Everything that some program may take the path to be; None if that cannot be told.

    The steps are taken in every order, since each may be taken by another program.
    """
    if is_plain(path):
        return {path}
    if len(path) > LONGEST_READ or not _ASKED.fullmatch(path):
        return None
    most = min(MOST_READINGS, MOST_CHARACTERS // max(len(path), 1))
    found = {path}
    fresh = [path]
    while fresh:
        reading = fresh.pop()
        for step in _STEPS:
            other = step(reading)
            if other not in found:
                found.add(other)
                fresh.append(other)
        if len(found) > most:
            return None
    return found


def _lead(path: str) -> str:
    """The path, with a slash in front; a whole URL's path."""
    path = _ORIGIN.sub("", path)
    return path if path.startswith("/") else f"/{path}"


def _without_scheme(path: str) -> str:
    return path.partition(":")[2] if _ORIGIN.match(path) else path


def _forward(path: str) -> str:
    return path.replace("\\", "/")


def _without_parameters(path: str) -> str:
    return _PARAMETERS.sub("", path)


def _to_its_end(path: str) -> str:
    return _END.split(path, maxsplit=1)[0]


def _collapse(path: str) -> str:
    return re.sub("/{2,}", "/", path)


def _without_dots(path: str) -> str:
    """The path with `.` and `..` taken away (RFC 3986, section 5.2.4)."""
    if "/." not in path or not path.startswith("/"):
        return path
    kept: list[str] = []
    names = path.split("/")[1:]
    for name in names:
        if name == "..":
            del kept[-1:]
        elif name != ".":
            kept.append(name)
    if names[-1] in (".", ".."):  # then it ends with a slash, which an exclusion may tell apart
        kept.append("")
    return "/" + "/".join(kept)


_STEPS = (
    *(_lead, _without_scheme, unquote, _forward),
    *(_without_parameters, _to_its_end, _collapse, _without_dots),
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
    return _collapse(unquote(pattern)).rstrip("/")


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
