"""Where the files are that ship with the package; style sheets and scripts among them are read
once, compressed once, and named by their content.
"""

import gzip
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePath

# Where the files are that ship with the package.


def asset_dir(name: str) -> Traversable:
    """The directory `templates` or `static`: in the installed package, or beside a checkout's."""
    installed = files("vwr_middleware") / name
    return installed if installed.is_dir() else Path(__file__).parents[2] / name


# Style sheets and scripts: read once, compressed once, named by their content.


CONTENT_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}

#: Apps write these names into their own pages, so they have no hash, and their content may change.
STABLE = frozenset({"keep.js", "vwr.js"})
#: A hashed name, of this release or another.
_HASHED = re.compile(r"(.+)\.[0-9a-f]{10}(\.[^.]+)")
A_YEAR, A_WHILE = "public, max-age=31536000, immutable", "public, max-age=300"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file that may be cached for a year, since its name changes with its content."""

    name: str
    body: bytes
    content_type: str
    #: The body after compression, if that is smaller.
    gzipped: bytes | None
    cache_control: str = A_YEAR


class StaticFiles:
    """Files by their hashed names, and by those that other releases gave to the same files: during
    a deploy, a page of the old release may ask a worker of the new one."""

    def __init__(self, sources: Iterable[tuple[str, bytes]]) -> None:
        self._hashed: dict[str, str] = {}
        self._files: dict[str, StaticFile] = {}
        for name, body in sources:
            self.add(name, body)

    def add(self, name: str, body: bytes) -> None:
        """Add a file. A later one of the same name wins."""
        suffix = PurePath(name).suffix
        digest = hashlib.blake2b(body, digest_size=5).hexdigest()
        hashed = f"{PurePath(name).stem}.{digest}{suffix}"
        kept = _compressed(body)
        content_type = CONTENT_TYPES.get(suffix, "application/octet-stream")
        self._hashed[name] = hashed
        self._files[hashed] = StaticFile(hashed, body, content_type, kept)
        if name in STABLE:
            self._files[name] = StaticFile(name, body, content_type, kept, A_WHILE)

    def name_of(self, name: str) -> str:
        """The hashed name of a file. Raises LookupError for an unknown one, a template's fault."""
        if name not in self._hashed:
            raise LookupError(f"there is no file static/{name} beside the templates: put it there")
        return self._hashed[name]

    def body_of(self, name: str) -> bytes:
        """What is in a file, by the name that it was added by."""
        return self._files[self.name_of(name)].body

    def get(self, hashed: str) -> StaticFile | None:
        """The file of a hashed name; if the hash is of another release, cached for a while only."""
        if hashed in self._files:
            return self._files[hashed]
        other = _HASHED.fullmatch(hashed)
        name = f"{other[1]}{other[2]}" if other else ""
        if name not in self._hashed:
            return None
        return replace(self._files[self._hashed[name]], cache_control=A_WHILE)


# Remembered, since the other sites of the process have mostly the same files.
@lru_cache(maxsize=64)
def _compressed(body: bytes) -> bytes | None:
    """The body after compression, if that is smaller."""
    # mtime 0: every worker and every host serves the same bytes.
    zipped = gzip.compress(body, 9, mtime=0)
    return zipped if len(zipped) < len(body) else None
