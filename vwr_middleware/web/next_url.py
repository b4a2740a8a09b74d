"""Where a visitor may be sent: to a path of this origin, and nowhere else in any spelling."""

import re
from urllib.parse import quote, urlsplit

from vwr_middleware.web.proxies import Origin

#: The longest path that a request may name as where to go.
LONGEST = 4096
#: The longest address that our page leads back to: it has it several times, quoted.
LONGEST_BACK = 8192

#: Nearly all paths and queries need no quoting.
_CLEAN = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/?")
_CLEAN_QUERY = re.compile(r"[A-Za-z0-9._~/?:@!$&'()*+,;=%-]*")

#: A browser reads `\` as `/` and drops tabs and line feeds, so none of them is allowed anywhere.
_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def is_path_of_origin(text: str) -> bool:
    """Whether this is a path, with or without a query, and can be read as nothing else."""
    return len(text) <= LONGEST and _PATH.fullmatch(text) is not None and text.isascii()


def quoted(text: str) -> str:
    """An address that the app has put together, with what is not allowed in one quoted."""
    return quote(text, safe="/%?#:@!$&'()*+,;=~[]", errors="replace")


def written(path: str, query: str = "") -> str:
    """A path of this origin as it is written in a URL: ASCII, and never another host."""
    if not _CLEAN.fullmatch(path):
        path = "/" + quote(path, safe="/:@!$&'()*+,;=~", errors="replace").lstrip("/")
    if query and not _CLEAN_QUERY.fullmatch(query):
        # Servers hand over the query as latin-1 text: each character is one byte.
        query = quote(query.encode("latin-1", "replace"), safe="/%?:@!$&'()*+,;=~")
    return f"{path}?{query}" if query else path


def way_back(path: str, query: str = "") -> str:
    """The same for our page to lead back to: without the query if it is too long, or else "/"."""
    if len(path) + len(query) <= LONGEST_BACK:
        back = written(path, query)
        if len(back) <= LONGEST_BACK:
            return back
    return way_back(path) if query else "/"


def path_of_referer(referer: str, origin: Origin) -> str:
    """The path and query of a Referer of this origin, or an empty string."""
    if not referer or len(referer) > LONGEST:
        return ""
    try:
        parts = urlsplit(referer)
    except ValueError:
        return ""
    if f"{parts.scheme}://{parts.netloc}".lower() != origin.text:
        return ""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return path if is_path_of_origin(path) else ""
