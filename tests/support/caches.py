"""Real caches in front of a room, with the configurations of `examples/`: nginx, Varnish, and Caddy
with Varnish beside it. And somebody who asks through them for anything, spelled in any way."""

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import takewhile
from pathlib import Path
from typing import Any, Protocol

from tests.support.servers import ROOT, end, free_port, has_begun_to_accept
from tests.support.serving import serving_asgi
from vwr_middleware.asgi import WaitingRoomMiddleware

EXAMPLES = ROOT / "examples"
NGINX, CADDY, VARNISH = (shutil.which(name) for name in ("nginx", "caddy", "varnishd"))
SPA = "https://spa.shop.example"
#: Who asks. Every answer comes back with the name of whoever it was made for.
WHO, MADE_FOR = "x-visitor", "x-made-for"


async def shop(scope: Any, receive: Any, send: Any) -> None:
    """An app that greets whoever asks, and says of each page what its path says of caching."""
    headers = dict(scope["headers"])
    who = headers.get(WHO.encode(), b"nobody")
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": f"Welcome, {who.decode()}."})
        await send({"type": "websocket.close"})
        return
    said = {"public": b"public, max-age=600", "kept": b"max-age=600"}
    answer = [(b"content-type", b"text/html")]
    last = scope["path"].rpartition("/")[2]
    if last in said:
        answer.append((b"cache-control", said[last]))
    if last == "cookies":
        answer += [(b"set-cookie", b"one=" + who), (b"set-cookie", b"two=" + who)]
    status = {"gone": 404, "broken": 500, "busy": 503, "moved": 301}.get(last, 200)
    if status == 301:
        answer.append((b"location", b"/of/" + who))
    await send({"type": "http.response.start", "status": status, "headers": answer})
    await send({"type": "http.response.body", "body": b"Welcome, " + who + b"."})


def settings() -> dict[str, Any]:
    """Rooms with all that a room can have; one is full, one closed, and one says 503 to all."""
    return {
        "secret_key": "a key for servers that is long enough",
        "store": "memory://",
        "admin_password": "a long enough password",
        "cors_origins": [SPA],
        "trusted_proxies": 1,
        "decision_key": "a-key-by-which-proxies-ask",
        "token_algorithm": "ES256",
        "token_issuer": "https://shop.example/vwr/{room}",
        "rooms": [
            {"name": "main", "paths": "/tickets", "max_active": 2, "complete_by_image": True},
            {"name": "late", "paths": "/late", "mode": "paused", "waiting_status": 503},
            {"name": "shut", "paths": "/shut", "mode": "closed"},
        ],
    }


@dataclass
class Behind:
    """The app with its room, that notes who asks for what, and says for whom it answers."""

    app: Any = None
    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)  # methods and addresses
    seen: list[Mapping[str, str]] = field(default_factory=list)  # headers
    ports: set[int] = field(default_factory=set)  # of the connections

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        query = f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
        if (
            scope["type"] == "websocket" or scope["path"] == "/vwr/healthz"
        ):  # a cache's own question
            await self.app(scope, receive, send)
            return
        self.asked.append((scope["method"], f"{scope['raw_path'].decode()}{query}"))
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        self.seen.append(headers)
        self.ports.add(scope["client"][1])

        async def marked(message: Any) -> None:
            if message["type"] == "http.response.start":
                who = (MADE_FOR.encode(), headers.get(WHO, "nobody").encode())
                message = {**message, "headers": [*message["headers"], who]}
            await send(message)

        await self.app(scope, receive, marked)

    def renew(self) -> None:
        """A room to which nobody has come."""
        self.app = WaitingRoomMiddleware(shop, **settings())
        for noted in (self.asked, self.seen, self.ports):
            noted.clear()

    def count(self, address: str) -> int:
        """How often an address was asked for."""
        return sum(each == address for _, each in self.asked)


@contextmanager
def behind() -> Iterator[Behind]:
    """The app on a server of its own."""
    app = Behind()
    app.renew()
    with serving_asgi(app, lifespan="off", proxy_headers=False) as app.url:
        yield app


@dataclass(frozen=True)
class Answer:
    """What came back to somebody."""

    status: int
    headers: Mapping[str, str]  # several of one name are joined by a line's end
    body: bytes

    @property
    def made_for(self) -> str:
        return self.headers.get(MADE_FOR, "")

    def __contains__(self, text: str) -> bool:
        return text in f"{self.headers}" or text.encode() in self.body


def _at(app: str) -> str:
    return app.removeprefix("http://")


class Cdn(Protocol):
    """What stands in the place of a connection."""

    def ask(self, method: str, path: str, headers: Mapping[str, str]) -> Answer: ...


def _exchange(
    connection: HTTPConnection, method: str, path: str, headers: Mapping[str, str]
) -> tuple[Answer, bool]:
    """An answer, and whether the connection is over."""
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    if method == "POST":
        connection.putheader("Content-Length", "0")
    connection.endheaders()
    response = connection.getresponse()
    body, told = response.read(), dict[str, str]()
    for name, value in response.getheaders():
        told[name.lower()] = "\n".join(filter(None, (told.get(name.lower()), value)))
    return Answer(response.status, told, body), response.will_close


def exchange(url: str, method: str, path: str, headers: Mapping[str, str]) -> Answer:
    """An answer on a connection of its own."""
    connection = HTTPConnection(_at(url), timeout=30)
    try:
        return _exchange(connection, method, path, headers)[0]
    finally:
        connection.close()


@dataclass
class Somebody:
    """Sends any bytes as an address; with papers in cookies, or as a program in headers."""

    name: str
    url: str
    cookies: dict[str, str] = field(default_factory=dict)
    papers: dict[str, str] = field(default_factory=dict)
    cdn: "Cdn | None" = None
    _connection: HTTPConnection | None = None

    def asks(self, path: str, method: str = "GET", **more: str) -> Answer:
        """Names of headers are written with an underscore for each hyphen."""
        headers = {WHO: self.name, "Host": "shop.example", **self.papers}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        if self.cdn is not None:
            answer = self.cdn.ask(method, path, headers)
        else:
            if self._connection is None:
                self._connection = HTTPConnection(_at(self.url), timeout=30)
            answer, is_over = _exchange(self._connection, method, path, headers)
            if is_over:
                self.hang_up()
        self._remember(answer.headers.get("set-cookie", ""))
        return answer

    def _remember(self, given: str) -> None:
        for line in given.splitlines():
            name, _, value = line.partition(";")[0].partition("=")
            if "max-age=0" in line.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value

    def opens(self, path: str, **more: str) -> Answer:
        """A browser goes to a page."""
        return self.asks(path, Accept="text/html", Sec_Fetch_Mode="navigate", **more)

    def hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def secrets(self) -> set[str]:
        """What nobody else may ever get: name and papers."""
        held = {*self.cookies.values(), *self.papers.values()}
        return {
            f"Welcome, {self.name}.",
            f"/of/{self.name}",
            *(text for text in held if len(text) > 8),
        }


@contextmanager
def _started(command: list[str], port: int, folder: Path) -> Iterator[str]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        assert has_begun_to_accept(process, port), (folder / "log").read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process)


def _replaced(text: str, **what: str) -> str:
    """A configuration with this machine's addresses. Each must stand in it."""
    for old, new in what.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def nginx_command(
    app: str, folder: Path, port: int, change: Callable[[str], str] = str
) -> list[str]:
    """What starts nginx with the site of `examples/nginx`."""
    site = _replaced(
        (EXAMPLES / "nginx/vwr.conf").read_text(),
        **{
            "listen 80;": f"listen 127.0.0.1:{port} backlog=4096;",
            "127.0.0.1:8000": _at(app),
            "/var/lib/nginx": str(folder),
        },
    )
    (folder / "site.conf").write_text(change(site))
    paths = " ".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"{'user root; ' if Path(folder).owner() == 'root' else ''}daemon off; worker_processes 1;"
        f" pid {folder}/pid; error_log {folder}/error.log; events {{ worker_connections 8192; }}\n"
        f"http {{ access_log off; {paths} include {folder}/site.conf; }}\n"
    )
    return [str(NGINX), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]


@contextmanager
def nginx(app: str, folder: Path, change: Callable[[str], str] = str) -> Iterator[str]:
    """nginx with the site of `examples/nginx`."""
    port = free_port()
    with _started(nginx_command(app, folder, port, change), port, folder) as url:
        yield url


def varnish_command(
    app: str, folder: Path, port: int, change: Callable[[str], str] = str
) -> list[str]:
    """What starts Varnish with the VCL of `examples/varnish`."""
    file, app_port = folder / "vwr.vcl", app.rpartition(":")[2]
    text = (EXAMPLES / "varnish/vwr.vcl").read_text()
    file.write_text(change(_replaced(text, **{'.port = "8000"': f'.port = "{app_port}"'})))
    command = [str(VARNISH), "-F", "-j", "none", "-f", str(file), "-n", f"{folder}/varnish"]
    command += ["-a", f"127.0.0.1:{port}", "-s", "malloc,16m", "-p", "thread_pools=1"]
    return [*command, "-p", "thread_pool_min=10", "-p", "backend_idle_timeout=4", "-T", "none"]


@contextmanager
def varnish(app: str, folder: Path, change: Callable[[str], str] = str) -> Iterator[str]:
    """Varnish with the VCL of `examples/varnish`."""
    port = free_port()
    with _started(varnish_command(app, folder, port, change), port, folder) as url:
        yield url


@contextmanager
def caddy(app: str, folder: Path, change: Callable[[str], str] = str) -> Iterator[str]:
    """Caddy with the site of `examples/caddy`, and Varnish beside it."""
    port, file, beside = free_port(), folder / "Caddyfile", folder / "beside"
    beside.mkdir()
    with varnish(app, beside, change) as cache:
        text = _replaced(
            (EXAMPLES / "caddy/Caddyfile").read_text(),
            **{":80 {": f":{port} {{", "127.0.0.1:8000": _at(app), "127.0.0.1:6081": _at(cache)},
        )
        told = "admin off\n auto_https off\n storage file_system"
        file.write_text(f"{{\n{told} {folder}/data\n}}\n{change(text)}")
        command = [str(CADDY), "run", "--adapter", "caddyfile", "--config", str(file)]
        with _started(command, port, folder) as url:
            yield url


def with_door(text: str) -> str:
    """A configuration whose static door is switched on, as its comments say."""
    head, told, tail = text.partition("take the # away.\n")
    assert told
    lines = tail.splitlines(keepends=True)
    commented = [*takewhile(lambda line: line.lstrip().startswith("#"), lines)]
    on = [line.replace("# ", "", 1) for line in commented]
    return head + told + "".join([*on, *lines[len(commented) :]])


CACHES = {"nginx": nginx, "varnish": varnish, "caddy": caddy}
PROGRAMS = {"nginx": [NGINX], "varnish": [VARNISH], "caddy": [CADDY, VARNISH]}


@dataclass
class Cached:
    """A cache with the app behind it."""

    name: str
    url: str
    app: Behind
    people: list[Somebody] = field(default_factory=list)
    cdn: Cdn | None = None

    def somebody(self, name: str) -> Somebody:
        """Somebody without papers."""
        self.people.append(Somebody(name, self.url, cdn=self.cdn))
        return self.people[-1]

    def let_in(self, name: str, path: str = "/tickets") -> Somebody:
        """Somebody who has been to a page before, not through the cache."""
        one = self.somebody(name)
        one.url, one.cdn = self.app.url, None
        one.opens(path, X_Forwarded_For="203.0.113.9")
        one.hang_up()
        one.url, one.cdn = self.url, self.cdn
        return one

    def hang_up(self) -> None:
        """All go."""
        for one in self.people:
            one.hang_up()
        self.people.clear()


@contextmanager
def cached(name: str, folder: Path, change: Callable[[str], str] = str) -> Iterator[Cached]:
    """A cache that keeps nothing yet, before a room that nobody has come to."""
    with ExitStack() as stack:
        app = stack.enter_context(behind())
        yield Cached(name, stack.enter_context(CACHES[name](app.url, folder, change)), app)
