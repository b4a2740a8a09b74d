"""Style sheets and scripts: read once, compressed once, named by their content."""

import gzip
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

CONTENT_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


#: Whose name apps write down, so it stays the same; the content may change with each release.
STABLE = frozenset({"vwr.js"})
A_YEAR, A_WHILE = "public, max-age=31536000, immutable", "public, max-age=300"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file that may be cached for a year, since its name changes with its content."""

    name: str
    body: bytes
    content_type: str
    #: The body after compression, where that is smaller.
    gzipped: bytes | None
    cache_control: str = A_YEAR


class StaticFiles:
    """Files by their plain and by their hashed names."""

    def __init__(self, sources: Iterable[tuple[str, bytes]]) -> None:
        self._hashed: dict[str, str] = {}
        self._files: dict[str, StaticFile] = {}
        for name, body in sources:
            self.add(name, body)

    def add(self, name: str, body: bytes) -> None:
        """Take a file in; a later one of the same name wins."""
        suffix = PurePath(name).suffix
        digest = hashlib.blake2b(body, digest_size=5).hexdigest()
        hashed = f"{PurePath(name).stem}.{digest}{suffix}"
        # mtime 0: every worker and every host serves the same bytes.
        zipped = gzip.compress(body, 9, mtime=0)
        kept = zipped if len(zipped) < len(body) else None
        content_type = CONTENT_TYPES.get(suffix, "application/octet-stream")
        self._hashed[name] = hashed
        self._files[hashed] = StaticFile(hashed, body, content_type, kept)
        if name in STABLE:
            self._files[name] = StaticFile(name, body, content_type, kept, A_WHILE)

    def name_of(self, name: str) -> str:
        """The hashed name of a file. An unknown file is a mistake in a template."""
        return self._hashed[name]

    def get(self, hashed: str) -> StaticFile | None:
        """The file of a hashed name."""
        return self._files.get(hashed)
