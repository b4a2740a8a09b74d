"""Bodies of visitors who send slowly, or who hang up."""

import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.support import transport
from tests.support.clock import Clock

#: Seconds that each part of a slow body takes.
SLOWLY = 10


class SlowBody(io.BytesIO):
    """A body that a WSGI server gets from a slow visitor."""

    def __init__(self, content: bytes, clock: Clock) -> None:
        super().__init__(content)
        self._clock = clock

    def read(self, size: int | None = -1, /) -> bytes:
        self._clock.pass_by(SLOWLY)
        return super().read(size)

    def readinto(self, buffer: Any, /) -> int:
        self._clock.pass_by(SLOWLY)
        return super().readinto(buffer)


class BrokenBody(io.BytesIO):
    """A body of which a WSGI server finds that its visitor has hung up."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise OSError("the client went away")

    def readinto(self, buffer: Any, /) -> int:
        raise OSError("the client went away")


def let_all_send_slowly(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """What visitors send comes slowly, under WSGI and under ASGI."""
    known = transport._environ_of

    def environ_of(request: httpx.Request) -> dict[str, Any]:
        return known(request) | {"wsgi.input": SlowBody(request.read(), clock)}

    async def parts(stream: httpx.ByteStream) -> AsyncIterator[bytes]:
        clock.pass_by(SLOWLY)
        yield b"".join(stream)

    monkeypatch.setattr(transport, "_environ_of", environ_of)
    monkeypatch.setattr(httpx.ByteStream, "__aiter__", parts)
