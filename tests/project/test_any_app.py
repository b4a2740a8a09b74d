"""The page for any app, followed to the letter: from nothing to an app behind nginx and a room."""

import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.support.readme import snippets
from tests.support.servers import ROOT, free_port
from vwr_middleware.demo.foreign_app import missing_programs, path_of
from vwr_middleware.serve.proxy_configuration import proxy_configuration
from vwr_middleware.settings import Settings

pytestmark = pytest.mark.outside

GUIDE = ROOT / "docs" / "any-app.md"
needs_programs = pytest.mark.skipif(
    bool(missing_programs()) and "CI" not in os.environ, reason="nginx or PHP is not installed"
)
#: What a person sees before going on.
UNTIL = "for i in $(seq 300); do {} && break; sleep 0.2; done\n"


def steps() -> list[str]:
    """What is typed in the ten minutes, a text for each block."""
    part = GUIDE.read_text().partition("## Ten minutes\n")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)


@needs_programs
def test_a_php_app_is_behind_a_room_in_six_steps(tmp_path: Path) -> None:
    install, app, room, settings, proxy, see = steps()
    lines = install.splitlines()
    assert [line.split()[0] for line in lines] == ["mkdir", "python3", "pip"]
    ports = {port: str(free_port()) for port in ("3000", "8090", "8080")}
    init, serve = room.splitlines()
    assert serve == "vwr serve &"
    script = "\n".join(
        [
            "set -em; trap 'kill $(jobs -p) 2> /dev/null' EXIT",
            lines[0],
            app,
            f"{init} --room-service 127.0.0.1:8090",
            "vwr serve --port 8090 > room.log 2>&1 &",
            UNTIL.format("curl -sf -o /dev/null http://127.0.0.1:8090/vwr/healthz"),
            settings,
            UNTIL.format("grep -q 'read again' room.log"),
            proxy,
            UNTIL.format("curl -s -o /dev/null http://127.0.0.1:8080/"),
            f"set -x\n{see}",
            "kill %1 %2 %3; wait",
        ]
    )
    script = re.sub("|".join(ports), lambda found: ports[found[0]], script)
    path = f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}"
    done = subprocess.run(
        [str(shutil.which("bash")), "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    told = done.stdout.splitlines()
    assert "wrote vwr.toml" in told, done.stdout + done.stderr
    seen = told[-5:]
    sold = "<h1>Two seats are left.</h1>"
    assert (seen[0], seen[2], seen[4]) == (sold, sold, sold), done.stdout + done.stderr
    assert "<title>" in seen[1] and "line" in seen[1]
    assert '"position":2' in seen[3]


def nginx_takes(site: str, folder: Path) -> bool:
    """Whether nginx can be started with this site."""
    paths = (
        f"{kind}_temp_path t;" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = f"pid pid; error_log stderr; events {{ }} http {{ {' '.join(paths)} {site} }}"
    (folder / "nginx.conf").write_text(text)
    (folder / "fastcgi.conf").write_text("fastcgi_param SCRIPT_FILENAME $request_filename;\n")
    command = [str(path_of("nginx")), "-t", "-q", "-e", "stderr", "-p", str(folder)]
    done = subprocess.run([*command, "-c", str(folder / "nginx.conf")], check=False)
    return done.returncode == 0


@needs_programs
def test_the_locations_for_wordpress_and_for_files_fit_into_what_is_written(tmp_path: Path) -> None:
    given = {"secret_key": "a key for an example", "paths": ["/"]}
    whole = proxy_configuration(
        "nginx", Settings(**given), room_service="127.0.0.1:8090", app="127.0.0.1:3000"
    )
    (tmp_path / "vwr.nginx.conf").write_text(whole)
    before, location = re.split(r"^    location / \{\n", whole, flags=re.MULTILINE)
    text = GUIDE.read_text()
    (cut,) = re.findall(r"^sed .* > vwr\.ask$", text, re.MULTILINE)
    subprocess.run(["sh", "-ec", cut], cwd=tmp_path, check=True)
    asks = (tmp_path / "vwr.ask").read_text()
    lines = [line for line in location.splitlines() if line.strip() and line[0:8].isspace()]
    assert [line for line in lines if "proxy_" not in line] == [
        line for line in asks.splitlines() if line.strip()
    ]
    assert "auth_request /vwr/auth/nginx;" in asks
    wordpress, files = snippets(text, "nginx")
    assert nginx_takes(f"{before}{wordpress}}}", tmp_path)
    assert nginx_takes(f"{before}location / {{ {asks} {files} }} }}", tmp_path)
