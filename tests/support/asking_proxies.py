"""Real proxies that ask the room first, with the configurations that `vwr init` writes, in front of
an app that is not Python. Each is started once for all tests."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.support.in_time import in_time
from tests.support.rooms_for_proxies import DOOR, RoomService, room_service
from tests.support.servers import end, free_port, has_begun_to_accept
from vwr_middleware.serve.proxy_configuration import PROXIES, proxy_files
from vwr_middleware.settings import Settings
from vwr_middleware.site.routing import Site

T = TypeVar("T")
NODE = shutil.which("node")
DECISION_KEY = "a-key-by-which-proxies-ask"
API_KEY = "a key of the control API"
SHOP = Path(__file__).with_name("shop.js")


def _found(name: str) -> str | None:
    """A program, which may come with a Python package."""
    libraries = Path(sysconfig.get_paths()["purelib"])
    packaged = libraries / name / "_bin" / name, Path(sys.executable).with_name(name)
    beside = (str(path) for path in packaged if path.exists())
    return next(beside, None) or shutil.which(name)


Change = Callable[[str], str]


@dataclass(frozen=True)
class Program:
    """How a proxy is started: its program, and the command for a folder with its configuration."""

    program: str | None
    start: Callable[[str, Path, int], list[str]]
    is_on: str = ""


def _nginx(text: str, folder: Path, port: int) -> list[str]:
    text = text.replace("listen 80;", f"listen 127.0.0.1:{port};")
    (folder / "site.conf").write_text(text)
    (folder / "nginx.conf").write_text(
        f"{'user root; ' if os.geteuid() == 0 else ''}"
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;\n"
        "events { }\n"
        f"http {{ access_log off; client_max_body_size 10m;"
        f" client_body_temp_path {folder}/1; proxy_temp_path {folder}/2;"
        f" fastcgi_temp_path {folder}/3; uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;"
        f" include {folder}/site.conf; }}\n"
    )
    return ["-e", f"{folder}/error.log", "-c", str(folder / "nginx.conf")]


def _caddy(text: str, folder: Path, port: int) -> list[str]:
    file = folder / "Caddyfile"
    told = "admin off\n auto_https off\n storage file_system"
    file.write_text(f"{{\n{told} {folder}/data\n}}\n{text.replace(':80 {', f':{port} {{')}")
    return ["run", "--adapter", "caddyfile", "--config", str(file)]


def _haproxy(text: str, folder: Path, port: int) -> list[str]:
    file = folder / "haproxy.cfg"
    text = text.replace("/etc/haproxy/", f"{folder}/").replace("bind :80", f"bind 127.0.0.1:{port}")
    file.write_text(text)
    return ["-db", "-f", str(file)]


_MODULES = ("mpm_event", "authz_core", "headers", "lua", "proxy", "proxy_http")


def _apache(text: str, folder: Path, port: int) -> list[str]:
    script = folder / "vwr.apache.lua"
    script.write_text(script.read_text().replace("/etc/apache2/sites-available/", f"{folder}/"))
    text = text.replace("/etc/apache2/sites-available/", f"{folder}/")
    loaded = "".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in _MODULES
    )
    (folder / "apache.conf").write_text(
        f"ServerRoot {folder}\nListen 127.0.0.1:{port}\nPidFile {folder}/pid\nServerName x\n"
        f"ErrorLog {folder}/error.log\n{loaded}ServerLimit 1\nThreadsPerChild 64\n"
        f"MaxRequestWorkers 64\nMutex file:{folder}\n{text.replace('*:80', f'*:{port}')}"
    )
    return ["-D", "FOREGROUND", "-f", str(folder / "apache.conf")]


def _traefik(text: str, folder: Path, port: int) -> list[str]:
    (folder / "vwr.traefik.yaml").write_text(text)
    trusts = "trustForwardHeader: true" in text
    return [
        *(["--entryPoints.web.forwardedHeaders.insecure=true"] if trusts else []),
        f"--entryPoints.web.address=127.0.0.1:{port}",
        f"--providers.file.filename={folder}/vwr.traefik.yaml",
        "--global.checkNewVersion=false",
        "--global.sendAnonymousUsage=false",
    ]


def _envoy(text: str, folder: Path, port: int) -> list[str]:
    text = text.replace(
        "address: 0.0.0.0, port_value: 80", f"address: 127.0.0.1, port_value: {port}"
    )
    (folder / "envoy.yaml").write_text(text)
    return [
        "-c",
        f"{folder}/envoy.yaml",
        "--use-dynamic-base-id",
        "-l",
        "error",
        "--concurrency",
        "1",
    ]


NOT_IN_DEBIAN = ("traefik", "envoy")
PROGRAMS = {
    "traefik": Program(_found("traefik"), _traefik),
    "envoy": Program(_found("envoy"), _envoy),
    "apache": Program(shutil.which("apache2"), _apache),
    "haproxy": Program(shutil.which("haproxy"), _haproxy),
    "caddy": Program(shutil.which("caddy"), _caddy),
    "nginx": Program(shutil.which("nginx"), _nginx),
}


def is_missing(name: str) -> bool:
    """Whether the tests of a proxy are skipped: where CI says that all must run, only of those that
    Debian does not have."""
    must_run = "CI" in os.environ and name not in NOT_IN_DEBIAN
    return not (must_run or (PROGRAMS[name].program and NODE))


@dataclass
class AskingProxies:
    """The room service, the shop, and whichever proxies have been needed so far."""

    folder: Path
    stack: ExitStack
    service: RoomService
    shop: str

    def __post_init__(self) -> None:
        self._urls: dict[tuple[str, int], str] = {}
        self._opened = 0
        self.room = self.service.url  # where the configurations say that it is

    def url(self, name: str, hops: int = 1) -> str:
        """Where a proxy listens, which is started with the first question for it. With two hops, it
        stands behind another one that it trusts."""
        key = name, hops
        if key not in self._urls:
            running = self.started(name, trusted_proxies=hops)
            self._urls[key] = self.stack.enter_context(running)
        return self._urls[key]

    def files(self, name: str, **settings: object) -> dict[str, str]:
        """What `vwr init` writes for it, by the names of the files."""
        given = Settings(
            **{"secret_key": "x" * 7 + "abcdefghij", "paths": "/tickets"}
            | {"decision_key": DECISION_KEY, "trusted_proxies": 1}
            | settings
        )
        room, app = (url.removeprefix("http://") for url in (self.room, self.shop))
        return proxy_files(name, given, room_service=room, app=app)

    def through(self, name: str, app: Any, site: Site) -> "ThroughProxy":
        """The way to a room through a proxy."""
        self._opened += 1
        door = str(self._opened)
        self.service.rooms[door] = app
        return ThroughProxy(
            self.url(name, site.settings.trusted_proxies), self.service, door, site.close
        )

    @contextmanager
    def started(self, name: str, change: Change = str, **settings: object) -> Iterator[str]:
        """A proxy with its configuration, or with a change to that."""
        port, program = free_port(), PROGRAMS[name]
        folder = self.folder / f"{name}-{port}"
        folder.mkdir()
        files = self.files(name, **settings)
        for file, text in files.items():
            (folder / file).write_text(change(text))
        text = change(files[PROXIES[name].template])
        command = [str(program.program), *program.start(text, folder, port)]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            started = has_begun_to_accept(process, port)
            started = started and in_time(lambda: _is_configured(port), 20, pause=0.02)
            assert started, "".join(file.read_text() for file in folder.glob("*log"))
            yield f"http://127.0.0.1:{port}"
        finally:
            end(process)


def _is_configured(port: int) -> bool:
    """Whether a proxy knows its site. Traefik listens before it does."""
    return httpx.get(f"http://127.0.0.1:{port}/").text != "404 page not found\n"


@contextmanager
def asking_proxies(folder: Path) -> Iterator[AskingProxies]:
    """The room service and the shop, and proxies as they are needed."""
    with ExitStack() as stack:
        service = stack.enter_context(room_service())
        port = free_port()
        shop = subprocess.Popen(
            [str(NODE), str(SHOP), str(port), service.url, API_KEY], start_new_session=True
        )
        stack.callback(end, shop)
        assert has_begun_to_accept(shop, port)
        yield AskingProxies(folder, stack, service, f"http://127.0.0.1:{port}")


class ThroughProxy(httpx.BaseTransport):
    """Sends requests for any host to a proxy, for the room of one door."""

    def __init__(
        self, url: str, service: RoomService, door: str, aclose: Callable[[], Awaitable[object]]
    ) -> None:
        self.url, self.door, self._service = url, door, service
        self._to = httpx.URL(url)
        self._aclose = aclose
        self._transport = httpx.HTTPTransport(verify=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url.copy_with(scheme="http", host=self._to.host, port=self._to.port)
        headers = [*request.headers.raw, (DOOR.encode(), self.door.encode())]
        sent = httpx.Request(request.method, url, headers=headers, stream=request.stream)
        response = self._transport.handle_request(sent)
        # Traefik and Envoy cannot show the page with its own status, which stands beside.
        response.status_code = int(response.headers.get("vwr-status", response.status_code))
        # Nor can Traefik show where we lead but with an origin.
        where, origin = response.headers.get("location", ""), f"http://{request.headers['host']}/"
        if where.startswith(origin):
            response.headers["location"] = where.removeprefix(origin[:-1])
        return response

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run something where the room is."""
        return self._service.run(work)

    def close(self) -> None:
        self._transport.close()
        del self._service.rooms[self.door]
        self._service.run(self._aclose)
