"""A push service on this machine: it answers as it is told, and decrypts what comes as a browser
would (by http_ece, which the sender has not written).
"""

import base64
import datetime
import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import http_ece
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

#: Bytes of a body that comes byte by byte.
DROPS = 200


def written(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Browser:
    """The keys of one browser's subscription."""

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    secret: bytes = b"sixteen bytes!!!"

    def subscription(self, endpoint: str) -> dict[str, str]:
        """What its page sends."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": endpoint, "p256dh": written(point), "auth": written(self.secret)}

    def reads(self, body: bytes) -> bytes:
        """What was pushed."""
        return bytes(
            http_ece.decrypt(
                body, private_key=self.key, auth_secret=self.secret, version="aes128gcm"
            )
        )


@dataclass
class PushReceiver:
    """What came, and what is answered next."""

    url: str
    certificate: Path
    came: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    #: What of its answer comes byte by byte after the status, "head" or "body"; and what was asked
    #: by who stayed to its end.
    drips: str = ""
    stayed: list[str] = field(default_factory=list)

    @property
    def service(self) -> str:
        """As `push_services` names it."""
        return self.url.removeprefix("https://")


def certificate_in(folder: Path) -> Path:
    """A certificate for localhost, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / "localhost.pem"
    path.write_bytes(pem + made.public_bytes(Encoding.PEM))
    return path


def server_context(certificate: Path) -> ssl.SSLContext:
    """TLS for a server of this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@contextmanager
def push_receiver(folder: Path) -> Iterator[PushReceiver]:
    """A push service at a port of this machine, by https."""
    certificate = certificate_in(folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.came.append((self.path, dict(self.headers), body))
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            if receiver.drips:
                return self.drip()
            self.send_header("Content-Length", "0")
            self.end_headers()

        def drip(self) -> None:
            """So slowly that nobody waits for its end."""
            self.send_header("Content-Length", str(DROPS))
            self.flush_headers()
            self.wfile.write(b"\r\n" if receiver.drips == "body" else b"X-Drops: ")
            self.close_connection = True
            with suppress(OSError):
                for _ in range(DROPS):
                    self.wfile.write(b".")
                    time.sleep(0.05)
                receiver.stayed.append(self.path)

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody wants to read it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = server_context(certificate).wrap_socket(server.socket, server_side=True)
    receiver = PushReceiver(f"https://localhost:{server.server_address[1]}", certificate)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
