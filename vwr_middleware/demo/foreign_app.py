"""The shop in PHP, with `vwr serve` beside it, and nginx in front, which asks the room.

Nothing in the shop is ours. Each of the three is a process of its own, as on a real site.
"""

import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import which

from vwr_middleware.demo.servers import HOST, ROOT, DemoError, serving
from vwr_middleware.serve.proxy_configuration import proxy_configuration
from vwr_middleware.settings import Settings

#: Programs, and the packages of Debian that have them.
PROGRAMS = {"nginx": "nginx", "php": "php-cli"}
#: Where nginx may be, out of the sight of those who are not root.
_ALSO = ("/usr/sbin", "/usr/local/sbin")
#: nginx, on this machine, is the one proxy.
_SETTINGS = {
    "VWR_PATHS": "/tickets",
    "VWR_SITE_NAME": "The Night Ferry",
    "VWR_HEADER": "#0d2138, #23466b",
    "VWR_COLORS": """{"accent": "#b4232c", "text": "#10243a", "background": "#eef4f8",
        "accent_dark": "#ff8a80", "surface_dark": "#13263a", "background_dark": "#0b1826"}""",
    "VWR_TRUSTED_PROXIES": "1",
    "VWR_DECISION_NETWORKS": HOST,
}
#: What PHP's small server needs to answer several at once.
_PHP = {"PHP_CLI_SERVER_WORKERS": "4"}

_NGINX = """\
daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log stderr error;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
    uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
    include {folder}/vwr.nginx.conf;
}}
"""


def missing_programs() -> list[str]:
    """Those that are not on this machine."""
    return [name for name in PROGRAMS if path_of(name) is None]


def check_programs() -> None:
    """DemoError with the fix if a program is missing."""
    if missing := missing_programs():
        packages = " ".join(PROGRAMS[name] for name in missing)
        raise DemoError(f"{' and '.join(missing)} must be installed: apt install {packages}")


def path_of(program: str) -> str | None:
    """Where a program is; None: nowhere."""
    return which(program, path=os.pathsep.join([os.environ.get("PATH", ""), *_ALSO]))


@contextmanager
def serving_php(
    port: int,
    workers: int,
    env: Mapping[str, str],
    folder: Path,
    *,
    app_port: int = 0,
    room_port: int = 0,
) -> Iterator[None]:
    """Serve the shop at this port until the block ends. `env` has the room's settings, and what the
    servers need lies in the folder. PHP and the room listen at these ports, or at any that are
    free."""
    app, room = app_port or free_port(), room_port or free_port()
    env = {**_SETTINGS, **env}
    write_nginx(folder, port, env, app=f"{HOST}:{app}", room_service=f"{HOST}:{room}")
    shop = ROOT / "examples" / "php_shop"
    php = [str(path_of("php")), "-S", f"{HOST}:{app}", "-t", str(shop)]
    serve = [sys.executable, "-m", "vwr_middleware", "serve", "--port", str(room)]
    serve += ["--workers", str(workers)]
    nginx = [str(path_of("nginx")), "-c", str(folder / "nginx.conf")]
    with ExitStack() as stack:
        stack.enter_context(serving(php, app, _PHP, folder / "php.log"))
        stack.enter_context(serving(serve, room, env, folder / "room.log"))
        stack.enter_context(serving(nginx, port, {}, folder / "nginx.log"))
        yield


def write_nginx(
    folder: Path, port: int, env: Mapping[str, str], *, app: str, room_service: str
) -> None:
    """nginx's configuration, the part of it that `vwr init --for nginx` writes included."""
    folder.chmod(0o711)  # nginx's workers may be another user
    settings = Settings.from_env(env)
    ours = proxy_configuration("nginx", settings, room_service=room_service, app=app)
    ours = ours.replace("listen 80;", f"listen {HOST}:{port};")
    (folder / "vwr.nginx.conf").write_text(ours)
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder))


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
