"""HTTP/1.1 from one thread, on plain sockets: as little work for a question as Python can do.

Either over kept connections, as a proxy in front of the server has them, or over a connection for
each question, as browsers have none left that come back after a minute. A connection carries one
question at a time.
"""

import re
import resource
import select
import socket
from collections import deque
from collections.abc import Callable
from itertools import cycle
from typing import NamedTuple

#: Connections at most; whoever asks while all are busy waits, and that counts.
KEPT_MOST, EACH_MOST = 512, 10_000
#: Files that we and the server have open besides.
OTHER_FILES = 500
#: Where connections for one question come from: each address has 28,000 ports, and a port that was
#: used rests for a second at least.
SOURCES = [f"127.0.0.{number}" for number in range(2, 18)]
#: Its name in `socket` came with Python 3.12.
_BIND_ADDRESS_NO_PORT = getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24)
_READ = 1 << 18
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)


class Question(NamedTuple):
    """A request, who asks when and what, and for how many seconds an answer is waited for."""

    person: int
    kind: int
    asked_at: float
    request: bytes
    patience: float


class Answer(NamedTuple):
    """What came back; status 0: nothing did."""

    status: int
    head: bytes
    body: bytes


NOTHING = Answer(0, b"", b"")
Heard = Callable[[Question, Answer], None]


def allow_files() -> int:
    """Let this process and those it starts have as many files open as they may; how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most if most != resource.RLIM_INFINITY else EACH_MOST + OTHER_FILES


class _Connection:
    """One socket, and the question that it carries."""

    __slots__ = ("length", "parts", "question", "socket", "unsent")

    def __init__(self, to: socket.socket) -> None:
        self.socket = to
        self.question: Question | None = None
        self.parts = b""
        self.length = 0  # of the whole answer, as soon as its head is there
        self.unsent = b""


class Connections:
    """All connections to one server. `heard` is called with each answer, or with `NOTHING`."""

    def __init__(self, address: tuple[str, int], heard: Heard, *, kept: bool) -> None:
        self._address, self._heard, self._kept = address, heard, kept
        self._most = KEPT_MOST if kept else min(EACH_MOST, allow_files() - OTHER_FILES)
        self._sources = cycle(SOURCES)
        self._epoll = select.epoll()
        self._all: dict[int, _Connection] = {}
        self._free: list[_Connection] = []
        self._waiting: deque[Question] = deque()
        self.opened = 0

    def ask(self, question: Question) -> None:
        """Send a question as soon as a connection is free for it."""
        if self._free:
            self._send(self._free.pop(), question)
        elif len(self._all) < self._most:
            self._send_anew(question)
        else:
            self._waiting.append(question)

    @property
    def unanswered(self) -> int:
        """Questions that wait for an answer, or for a connection."""
        return len(self._all) - len(self._free) + len(self._waiting)

    def turn(self, seconds: float) -> None:
        """Read what has come, and wait for it so long at most."""
        for number, event in self._epoll.poll(seconds):
            connection = self._all.get(number)
            if connection is None:
                continue
            if event & select.EPOLLOUT and connection.unsent:
                self._send_rest(connection)
            if event & ~select.EPOLLOUT:
                self._read(connection)

    def give_up_late(self, now: float) -> None:
        """Give up the questions that nobody has answered in time."""
        for connection in list(self._all.values()):
            question = connection.question
            if question is not None and now - question.asked_at > question.patience:
                self._end(connection, NOTHING)

    def close(self) -> None:
        """Hang up, without a word to anybody who still waits for an answer."""
        for connection in self._all.values():
            connection.socket.close()
        self._all.clear()
        self._epoll.close()

    def _send_anew(self, question: Question) -> None:
        to = socket.socket()
        to.setblocking(False)
        to.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.opened += 1
        try:
            if not self._kept:
                to.setsockopt(socket.IPPROTO_IP, _BIND_ADDRESS_NO_PORT, 1)
                to.bind((next(self._sources), 0))
            to.connect_ex(self._address)  # on this machine it is there at once
        except OSError:
            to.close()
            self._heard(question, NOTHING)
            return
        connection = self._all[to.fileno()] = _Connection(to)
        self._epoll.register(to.fileno(), select.EPOLLIN)
        self._send(connection, question)

    def _send(self, connection: _Connection, question: Question) -> None:
        connection.question, request = question, question.request
        try:
            sent = connection.socket.send(request)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._end(connection, NOTHING)
            return
        if sent < len(request):
            connection.unsent = request[sent:]
            self._epoll.modify(connection.socket.fileno(), select.EPOLLIN | select.EPOLLOUT)

    def _send_rest(self, connection: _Connection) -> None:
        try:
            sent = connection.socket.send(connection.unsent)
        except BlockingIOError:
            return
        except OSError:
            self._end(connection, NOTHING)
            return
        connection.unsent = connection.unsent[sent:]
        if not connection.unsent:
            self._epoll.modify(connection.socket.fileno(), select.EPOLLIN)

    def _read(self, connection: _Connection) -> None:
        try:
            came = connection.socket.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            came = b""
        if not came or connection.question is None:  # the server has hung up
            self._end(connection, NOTHING)
            return
        parts = connection.parts = connection.parts + came if connection.parts else came
        if not connection.length:
            end = parts.find(b"\r\n\r\n")
            if end < 0:
                return
            length = _LENGTH.search(parts, 0, end)
            if length is None:
                raise ValueError(f"an answer without a length: {parts[:end]!r}")
            connection.length = end + 4 + int(length[1])
        if len(parts) >= connection.length:
            self._answered(connection, parts)

    def _answered(self, connection: _Connection, whole: bytes) -> None:
        head, _, body = whole.partition(b"\r\n\r\n")
        answer = Answer(int(head[9:12]), head, body)
        if not self._kept or _CLOSES.search(head):
            self._end(connection, answer)
            return
        question, connection.question = connection.question, None
        connection.parts, connection.length = b"", 0
        if self._waiting:
            self._send(connection, self._waiting.popleft())
        else:
            self._free.append(connection)
        if question is not None:
            self._heard(question, answer)

    def _end(self, connection: _Connection, answer: Answer) -> None:
        """Close a connection; the question that it carried has this answer."""
        question, connection.question = connection.question, None
        del self._all[connection.socket.fileno()]
        connection.socket.close()  # which takes it out of the epoll, too
        if question is None:
            self._free.remove(connection)
        else:
            self._heard(question, answer)
        if self._waiting and len(self._all) < self._most:
            self._send_anew(self._waiting.popleft())
