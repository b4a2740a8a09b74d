"""Receivers of alarms on this machine: an address that takes webhooks, a mail server, and servers
with the interfaces of chats."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from aiosmtpd.controller import Controller

from tests.support.servers import free_port


@dataclass
class WebhookReceiver:
    """What came, and what is answered next. While `holds` is not set, nothing is answered."""

    url: str = ""
    came: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    status: int = 204
    length: int | None = 0  # of the body that it speaks of, and never sends
    headers: dict[str, str] = field(default_factory=dict)
    goes_on: bool = False  # its body never ends, whatever else it says
    holds: threading.Event = field(default_factory=threading.Event)

    def told(self, *of: str) -> list[Any]:
        """What was told, in order: these parts of each message's data, or its type first."""
        bodies = [json.loads(body) for _, _, body in self.came]
        found = [(body["type"], *(body["data"][name] for name in of)) for body in bodies]
        return found if of else [each[0] for each in found]


@contextmanager
def webhook_receiver() -> Iterator[WebhookReceiver]:
    receiver = WebhookReceiver()
    receiver.holds.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.came.append((self.path, headers, body))
            receiver.holds.wait(20)
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            if receiver.length is not None:
                self.send_header("Content-Length", str(receiver.length))
            if receiver.goes_on:
                self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            with suppress(OSError):  # nobody listens any more
                while receiver.goes_on:
                    self.wfile.write(b"1\r\nx\r\n")
                    time.sleep(0.01)

        do_GET = do_POST

        def log_message(self, *told: Any) -> None:
            """Nothing: the tests' output stays readable."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.holds.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class MailServer:
    """A server of mail, and what came."""

    port: int = 0
    came: list[Message] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.came.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"


@contextmanager
def mail_server() -> Iterator[MailServer]:
    mails = MailServer()
    mails.port = free_port()
    controller = Controller(mails, hostname="127.0.0.1", port=mails.port)
    controller.start()
    try:
        yield mails
    finally:
        controller.stop()


@dataclass
class ChatServer:
    """A server with an interface of others, and what came: method and path, headers, JSON."""

    host: str = ""
    came: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    is_broken: bool = False


@contextmanager
def chat_server(answers: Mapping[str, Any]) -> Iterator[ChatServer]:
    """Answers what is asked by how method and path begin; anything else is not found."""
    chat = ChatServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = f"{self.command} {unquote(self.path)}"
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            chat.came.append((asked, headers, json.loads(body or b"null")))
            found = [answer for begin, answer in answers.items() if asked.startswith(begin)]
            answer = json.dumps(found[0] if found else {"error": "not found"}).encode()
            self.send_response(500 if chat.is_broken else 200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_PUT = do_POST

        def log_message(self, *told: Any) -> None:
            """Nothing: the tests' output stays readable."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        chat.host = f"127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield chat
        finally:
            server.shutdown()
            thread.join()
