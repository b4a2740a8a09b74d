"""Kinds of settings of the web: paths, hosts, methods, origins, names."""

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from reprlib import repr as shown
from urllib.parse import urlsplit

from vwr_middleware.settings.kinds import Kind, is_text, several

#: Names below the prefix that our own pages have.
RESERVED_ROOM_NAMES = frozenset({"static", "healthz", "readyz", "preview", "auth"})
#: Characters of an IPv6 address at most: Python would take a second for a text of megabytes.
LONGEST_IPV6 = 45
PathPattern = str | re.Pattern[str]

#: `/tickets/<int:id>`, `/tickets/{id}`, `/tickets/.*`, `/tickets/\\d+`: they would protect nothing.
_ROUTE_OR_REGEX = re.compile(r"<[^/<>]+>|\{[^/{}]+\}|/\.\*|\\")


def matching(pattern: str, expected: str, *, show: bool = True) -> Callable[[object], str]:
    """A check that a whole text matches. `show`: whether the error may show the value."""
    compiled = re.compile(pattern)

    def check(value: object) -> str:
        if not is_text(value) or not compiled.fullmatch(value):
            raise ValueError(f"must be {expected}" + (f", not {shown(value)}" if show else ""))
        return value

    return check


def _check_room_name(value: object) -> str:
    name = matching(r"[a-z0-9-]{1,32}", "1 to 32 of the characters a-z, 0-9 and -")(value)
    if name in RESERVED_ROOM_NAMES:
        raise ValueError(f"cannot be {name!r}, which is one of our own pages: choose another")
    return name


def _check_site_url(value: object) -> str:
    expected = "a path of this site like /, or a URL like https://shop.example/"
    path = r"/(?![/\\])[!-\[\]-~]*"
    return matching(rf"(https?://[A-Za-z0-9.:\[\]-]+)?({path})?", expected)(value)


def _check_path_pattern(value: object) -> PathPattern:
    if isinstance(value, Mapping):
        return _compiled(value)
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, bytes):
            raise ValueError("has a pattern of bytes: compile it from text")
        return value
    if not isinstance(value, str) or not value.startswith(("/", "*")):
        raise ValueError(f'must begin with a slash, like "/tickets", not {shown(value)}')
    if "?" in value or "#" in value:
        raise ValueError(f"cannot hold a query or fragment: shorten {shown(value)} to its path")
    if _ROUTE_OR_REGEX.search(value):
        raise _misread(value)
    return value


def _compiled(value: Mapping[object, object]) -> re.Pattern[str]:
    """A regex as files and JSON have it: `{"regex": "^/$"}`."""
    pattern = value.get("regex")
    if not isinstance(pattern, str) or len(value) > 1:
        raise ValueError(f'must have regexes written like {{"regex": "^/$"}}, not {shown(value)}')
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"has {shown(pattern)}, which is no regex: {error}") from error


def _check_protected(value: object) -> PathPattern:
    """A pattern of `paths`. `/tickets.*` is refused: as a regex it would cover /tickets.

    `exclude` may have the likes of `/favicon.*`: if a regex was meant there, only too much waits.
    """
    pattern = _check_path_pattern(value)
    if isinstance(pattern, str) and ".*" in pattern:
        raise _misread(pattern)
    return pattern


def _misread(pattern: str) -> ValueError:
    return ValueError(
        f"has {shown(pattern)}, which looks like a route or a regex, not like a path:"
        ' write * for any characters, like "/tickets/*/buy", or compile the regex'
    )


def bare_host(host: str) -> str:
    """A host in lower case, without port and trailing dot.

    Whatever follows a colon counts as a port, since many apps cut off a host there.
    """
    return _without_port(host.strip()).rstrip(". \t").lower()


def _without_port(host: str) -> str:
    name, _, rest = host.partition(":")
    if host.startswith("[") and "]" in host:
        return host[: host.index("]") + 1]
    return host if ":" in rest and _is_ipv6(host) else name


def _is_ipv6(text: str) -> bool:
    try:
        return len(text) <= LONGEST_IPV6 and ip_address(text).version == 6
    except ValueError:
        return False


def _check_host(value: object) -> str:
    expected = 'a host name, like "shop.example" (leave it out for every host)'
    host = bare_host(matching(r"[^\s/*?#@]+", expected)(value))
    if host.isascii():
        return host
    try:  # as browsers send it
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _check_network(value: object) -> str:
    expected = 'an address or a network, like "10.0.0.0/8" or "2001:db8::/32"'
    text = matching(r"[0-9A-Fa-f:.]{2,45}(/[0-9]{1,3})?", expected)(value)
    try:
        return str(ip_network(text))
    except ValueError as error:
        raise ValueError(f"must be {expected}, not {shown(value)}: {error}") from error


def _check_method(value: object) -> str:
    expected = 'a method, like "POST" (leave it out for all methods)'
    return matching(r"(?!\*)[A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}", expected)(value).upper()


#: Apps in web views, and extensions, have schemes of their own. No origin has a refused one.
_ORIGIN = r"(?!wss?:|ftp:|file:)[A-Za-z][A-Za-z0-9+.-]*://[^\s\0-\x20/*?#@;,'\"]+/?"
_USUAL_PORTS = {"http": 80, "https": 443}


def _check_origin(value: object) -> str:
    expected = 'an origin, like "https://shop.example"'
    origin = matching(_ORIGIN, expected)(value).rstrip("/").lower()
    try:
        parts = urlsplit(origin)
        port = parts.port  # raises if it is no number
        if port and port == _USUAL_PORTS.get(parts.scheme):  # browsers do not send it then
            origin, port = origin.rpartition(":")[0], None
        if origin.isascii():
            return origin
        host = str(parts.hostname).encode("idna").decode("ascii")  # as browsers write it
    except ValueError as error:
        raise ValueError(f"must be {expected}, not {shown(value)}") from error
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def _check_prefix(value: object) -> str:
    expected = 'a path like "/vwr" of letters, digits, and the characters _ . ~ -'
    prefix = matching(r"(/[A-Za-z0-9_.~-]+)+/?", expected)(value).rstrip("/")
    if {".", ".."} & set(prefix.split("/")):
        raise ValueError(f'must be {expected}, without "." or ".." as a part')
    return prefix


def _check_cookie_path(value: object) -> str:
    """The path without a slash at its end: browsers do not send a cookie of /shop/ to /shop."""
    expected = 'a path, like "/", percent-encoded as browsers write it (é is %C3%A9)'
    return matching(r"/[!-+.-:<-~-]*", expected)(value).rstrip("/") or "/"


room_name = Kind(_check_room_name)
path_patterns = several(_check_protected)
open_patterns = several(_check_path_pattern)
hosts = several(_check_host)
networks = several(_check_network)
methods = several(_check_method)
origins = several(_check_origin)
prefix = Kind(_check_prefix)
site_url = Kind(_check_site_url)
namespace = Kind(
    matching(r"[A-Za-z0-9_.-]{1,64}", "1 to 64 letters, digits and the characters _ . -")
)
store_url = Kind(
    matching(
        r"(memory|sqlite|rediss?|valkeys?|unix|postgres(ql)?)([+-][a-z]+)*://.*",
        'a URL like "sqlite:///vwr.sqlite3", "redis://host:6379/0", "postgresql://host/database"'
        ' or "memory://"',
        show=False,  # it may hold a password
    )
)
cookie_domain = Kind(
    matching(r"\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", 'a domain, like "shop.example"')
)
cookie_path = Kind(_check_cookie_path)
