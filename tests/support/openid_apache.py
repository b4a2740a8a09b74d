"""Apache with mod_auth_openidc in front of a static page, as docs/openid.md sets it up."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.room_service import RoomServiceProcess, room_service
from tests.support.servers import ROOT, end, free_port, has_begun_to_accept
from vwr_middleware.papers.signing_keys import new_key

MODULES = Path("/usr/lib/apache2/modules")
_LOADED = (
    "mpm_event",
    "authn_core",
    "authz_core",
    "authz_user",
    "dir",
    "headers",
    "mime",
    "auth_openidc",
)
#: Seconds of a session: a few more than before whose end Apache refreshes its tokens.
SESSION = 62
SECRET = "what-the-apache-alone-knows"
#: From the page of the docs, in which these stand for a real site.
_IN_DOCS = {"https://wait.example": "room", "https://shop.example": "shop"}


@dataclass
class Shop:
    """A static page behind Apache, which lets in who has had a turn in the room."""

    url: str
    room: RoomServiceProcess


def lines_of_docs() -> str:
    """Apache's part of docs/openid.md."""
    text = (ROOT / "docs/openid.md").read_text()
    return text.partition("```apache\n")[2].partition("```")[0]


@contextmanager
def shop_behind_apache(folder: Path) -> Iterator[Shop]:
    """The room's issuer is at 127.0.0.1, and the shop at localhost: another site to a browser."""
    apache = shutil.which("apache2")
    if apache is None or not (MODULES / "mod_auth_openidc.so").exists():
        if "CI" in os.environ:
            pytest.fail("no mod_auth_openidc here: tools/install_servers installs it")
        pytest.skip("no Apache with mod_auth_openidc here")
    room_port, port = free_port(), free_port()
    url = f"http://localhost:{port}"
    (folder / "wait.pem").write_text(new_key("RS256"))
    settings = (
        f'token_algorithm = "RS256"\ntoken_keys = "wait.pem"\nmax_active = 1\n'
        f"session_seconds = {SESSION}\n"
        f'token_issuer = "http://127.0.0.1:{room_port}"\npaths = "/tickets"\n'
        f'[openid_clients.shop]\nredirect_uris = "{url}/openid/callback"\n'
        f'post_logout_redirect_uris = "{url}/goodbye.html"\nsecret = "{SECRET}"\n'
    )
    with room_service(folder, settings, port=room_port) as room:
        config = _config(folder, room.url, url, port)
        with (folder / "apache.log").open("wb") as log:
            command = [apache, "-D", "FOREGROUND", "-f", str(config)]
            process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            if not has_begun_to_accept(process, port):
                raise RuntimeError((folder / "apache.log").read_text())
            yield Shop(url, room)
        finally:
            end(process)


def _config(folder: Path, room: str, shop: str, port: int) -> Path:
    pages = folder / "pages"
    pages.mkdir()
    (pages / "index.html").write_text("<!doctype html><title>Shop</title><h1>You are in</h1>")
    (pages / "goodbye.html").write_text("<!doctype html><title>Shop</title><h1>Goodbye</h1>")
    told = (
        lines_of_docs().replace("https://wait.example", room).replace("https://shop.example", shop)
    )
    told = told.replace("THE-SECRET", SECRET).replace("A-PASSPHRASE", "a passphrase of its own")
    loaded = "".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so\n" for name in _LOADED)
    file = folder / "apache.conf"
    file.write_text(
        f"ServerRoot {folder}\nListen 127.0.0.1:{port}\nPidFile {folder}/pid\n"
        "ServerName localhost\n"
        f"ErrorLog {folder}/error.log\n{loaded}ServerLimit 1\nThreadsPerChild 25\n"
        f"MaxRequestWorkers 25\nMutex file:{folder}\nTypesConfig /etc/mime.types\n"
        f"DirectoryIndex index.html\nDocumentRoot {pages}\n{told}"
        f'<Location "/goodbye.html">\nAuthType None\nRequire all granted\n</Location>\n'
        'Header set X-Queue-Position "%{OIDC_CLAIM_queue_position}e"\n'
        'Header set X-Access-Token "%{OIDC_access_token}e"\n'
    )
    return file
