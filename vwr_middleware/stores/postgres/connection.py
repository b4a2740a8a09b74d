"""A connection to the server, on libpq alone: what is sent and awaited is written once, and run by
blocking callers and by event loops. So each wait has an end that we set.
"""

import asyncio
import select
import sys
import time
from collections.abc import Generator
from contextlib import suppress
from typing import TypeVar

from psycopg import pq

T = TypeVar("T")

#: What to wait for: the socket, and whether it must take bytes or bring some.
Wait = tuple[int, bool]
Talk = Generator[Wait, None, T]

_GOOD = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK, pq.ExecStatus.EMPTY_QUERY)


class ServerError(Exception):
    """The server, or libpq, said no. `code` is the server's (SQLSTATE), or "" if there is none."""

    def __init__(self, message: str, code: str = "") -> None:
        self.code = code
        super().__init__(message)


class Connection:
    """A connection; only one talk at a time. After an error of it, `is_usable` tells what it is
    worth."""

    def __init__(self, made: pq.abc.PGconn) -> None:
        self._made = made

    @classmethod
    def opening(cls, conninfo: bytes) -> "Talk[Connection]":
        """Connect."""
        made = pq.PGconn.connect_start(conninfo)
        try:
            while True:
                status = made.connect_poll()
                if status == pq.PollingStatus.OK:
                    made.nonblocking = 1
                    made.notice_handler = None
                    return cls(made)
                if status == pq.PollingStatus.FAILED:
                    raise ServerError(_said(made))
                yield made.socket, status == pq.PollingStatus.WRITING
        except BaseException:
            made.finish()
            raise

    def asking(self, sql: bytes) -> "Talk[list[pq.abc.PGresult]]":
        """Run statements, in one transaction, and return what each of them answered."""
        made = self._made
        try:
            made.send_query(sql)
            while made.flush():
                yield made.socket, True
                made.consume_input()  # the server may have to be heard before it listens on
            results: list[pq.abc.PGresult] = []
            while True:
                while made.is_busy():
                    yield made.socket, False
                    made.consume_input()
                result = made.get_result()
                if result is None:
                    break
                results.append(result)
        except Exception as error:
            raise ServerError(str(error) or _said(made)) from error
        for result in results:
            if result.status not in _GOOD:
                code = result.error_field(pq.DiagnosticField.SQLSTATE) or b""
                message = result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY)
                told = message or result.error_message or b""
                raise ServerError(told.decode("utf-8", "replace").strip(), code.decode())
        return results

    def quoted(self, text: str) -> bytes:
        """A text as SQL writes it."""
        return pq.Escaping(self._made).escape_literal(text.encode())

    @property
    def is_usable(self) -> bool:
        """Whether it is idle and was not cut, as far as is known."""
        is_idle = self._made.transaction_status == pq.TransactionStatus.IDLE
        return self._made.status == pq.ConnStatus.OK and is_idle

    def was_cut(self) -> bool:
        """Whether the server has hung up while nobody asked it anything."""
        if self._made.status != pq.ConnStatus.OK:
            return True
        if not _is_ready(self._made.socket, writes=False, seconds=0.0):
            return False
        try:
            self._made.consume_input()
        except Exception:
            return True
        return self._made.status != pq.ConnStatus.OK

    @property
    def server_version(self) -> int:
        return self._made.server_version

    def close(self) -> None:
        with suppress(Exception):
            self._made.finish()


def _said(made: pq.abc.PGconn) -> str:
    return made.get_error_message().strip() or "the connection was cut"


def run(talk: Talk[T], seconds: float) -> T:
    """Run a talk, waiting so long at most in all. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    try:
        wait = next(talk)
        while True:
            _wait_for(wait, deadline)
            wait = next(talk)
    except StopIteration as end:
        value: T = end.value
        return value
    finally:
        talk.close()


def _wait_for(wait: Wait, deadline: float) -> None:
    number, writes = wait
    if not _is_ready(number, writes=writes, seconds=max(0.0, deadline - time.monotonic())):
        raise TimeoutError


def _is_ready(number: int, *, writes: bool, seconds: float) -> bool:
    """Whether a socket can be read, or also written, within so many seconds."""
    if sys.platform == "win32":  # which has no poll
        return any(select.select([number], [number] if writes else [], [], seconds))
    poll = select.poll()
    poll.register(number, (select.POLLOUT if writes else 0) | select.POLLIN)
    return bool(poll.poll(seconds * 1000))


async def run_in_loop(talk: Talk[T]) -> T:
    """The same in an event loop. Whoever calls it limits the time."""
    loop = asyncio.get_running_loop()
    try:
        wait = next(talk)
        while True:
            await _in_loop(loop, wait)
            wait = next(talk)
    except StopIteration as end:
        value: T = end.value
        return value
    finally:
        talk.close()


async def _in_loop(loop: asyncio.AbstractEventLoop, wait: Wait) -> None:
    number, writes = wait
    ready = loop.create_future()
    loop.add_reader(number, _set, ready)
    if writes:
        loop.add_writer(number, _set, ready)
    try:
        await ready
    finally:
        loop.remove_reader(number)
        if writes:
            loop.remove_writer(number)


def _set(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)
