"""What a path may be read as, by an app, its server and the proxies in front."""

import re
from functools import lru_cache
from urllib.parse import unquote

#: Limits on the number of readings, on their characters together, and on the length of a path that
#: is not plain: whoever makes up a path must not keep a worker busy. Nobody exceeds them by
#: accident. A path beyond them counts as protected.
MOST_READINGS = 64
MOST_CHARACTERS = 16 * 1024
LONGEST_READ = 4096
#: What bytes that are no UTF-8 are decoded to. Bottle leaves them out instead.
BROKEN = "\N{REPLACEMENT CHARACTER}"
#: A plain path has none of these, begins with a slash and has one reading.
_SPECIAL = re.compile(rf"[%;\\?#\0\r\n{BROKEN}]|//|/\.")
#: Letters, digits and others that nobody needs to encode, and slashes.
_NEEDLESS = re.compile(r"%(?:2[D-F]|3[0-9]|[46][1-9A-F]|[57][0-9A]|5F|7E)", re.IGNORECASE)
_PARAMETERS = re.compile(r";[^/]*")
#: Where some readers end the path. At a line feed too, since many apps match by regexes, in which
#: `$` also matches before a line feed at the end.
_END = re.compile(r"[?#\0\r\n]")
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*://"
_ORIGIN = re.compile(rf"\A{_SCHEME}[^/]*")
#: What stands before the path for programs that read `//host/path` as a reference to a host (RFC
#: 3986, section 4.2), as `new URL` of JavaScript and `parse_url` of PHP do. To browsers' rules, a
#: backslash is a slash, and further ones count for nothing.
_HOST = re.compile(r"\A[/\\]{2,}[^/\\?#]*")
#: What a request may ask for: a path, nothing, `*`, or a whole URL. All else is protected, since
#: some programs find a path in it: Quart in `x:/tickets`, werkzeug's dispatcher in `x/tickets`.
_ASKED = re.compile(rf"/.*|\*?|{_SCHEME}[^\t\r\n]*", re.DOTALL)


def is_plain(path: str) -> bool:
    """Whether there is only one way to read the path."""
    return path.startswith("/") and not _SPECIAL.search(path)


def is_written_plainly(path: str, raw_path: str, mount: str) -> bool:
    """Whether the path was sent as it is, with nothing encoded that need not be."""
    if not is_plain(path):
        return False
    if raw_path in (path, mount + path):
        return True
    try:
        sent = unquote(raw_path, errors="strict")
    except UnicodeDecodeError:
        return False
    return sent in (path, mount + path) and not _NEEDLESS.search(raw_path)


def readings(path: str) -> set[str] | None:
    """Everything that some program may take the path to be; None if that cannot be told.

    The steps are taken in every order, since each may be taken by another program.
    """
    if is_plain(path):
        return {path}
    if len(path) > LONGEST_READ or not _ASKED.fullmatch(path):
        return None
    most = max(2, min(MOST_READINGS, MOST_CHARACTERS // max(len(path), 1)))
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


def lead(path: str) -> str:
    """The path, with a slash in front; a whole URL's path."""
    path = _ORIGIN.sub("", path)
    return path if path.startswith("/") else f"/{path}"


def _without_scheme(path: str) -> str:
    return path.partition(":")[2] if _ORIGIN.match(path) else path


def _without_host(path: str) -> str:
    return _HOST.sub("", path)


def _without_broken(path: str) -> str:
    return path.replace(BROKEN, "")


def _forward(path: str) -> str:
    return path.replace("\\", "/")


def _without_parameters(path: str) -> str:
    return _PARAMETERS.sub("", path)


def _to_its_end(path: str) -> str:
    return _END.split(path, maxsplit=1)[0]


def collapsed(path: str) -> str:
    """The path without empty names."""
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
    *(lead, _without_scheme, _without_host, unquote, _without_broken, _forward),
    *(_without_parameters, _to_its_end, collapsed, _without_dots),
)


@lru_cache(maxsize=4)
def all_readings(path: str, raw_path: str, mount: str) -> frozenset[str] | None:
    """The readings of the path and of the path as it was sent; None if they cannot be told.

    Remembered, since each room asks about the same request.
    """
    found = readings(path)
    if found is None:
        return None
    if raw_path in ("", path) or unquote(raw_path) in (path, mount + path):  # it says no more
        return frozenset(found)
    more = readings(raw_path)
    return None if more is None else frozenset(found | more)
