"""The image's recipe does what it says: its steps are taken here, and what it starts runs as a user
who may write nothing. Only root can become that user, and the packages come from the index."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.project.test_containers import instructions
from tests.support.in_time import in_time
from tests.support.servers import ROOT, end, free_port

pytestmark = [
    pytest.mark.outside,
    pytest.mark.thorough,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user"),
]
SETTINGS = """\
secret_key = "a key of the image's own tests"
store = "memory://"
paths = ["/tickets"]
"""


@pytest.fixture(scope="module")
def image() -> Iterator[Path]:
    """A folder in place of the image's root, in which everybody may read."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for line in (ROOT / ".dockerignore").read_text().splitlines():
            if line.startswith("!"):
                copy(ROOT / line[1:], folder / "src" / line[1:])
        build = in_folder(instructions("RUN")[0], folder)
        give_python(folder / "bin")
        path = f"{folder}/bin:{os.environ['PATH']}"
        env = {**os.environ, "PACKAGE": f"{folder}/src", "PATH": path}
        subprocess.run(["sh", "-ec", build], env=env, check=True, capture_output=True)
        shutil.rmtree(folder / "src")
        (folder / "etc").mkdir()
        (folder / "etc" / "vwr.toml").write_text(SETTINGS)
        yield folder


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def in_folder(text: str, folder: Path) -> str:
    """A step, in this folder instead of at the root."""
    return re.sub(r"(?<![\w.])/(opt|src|etc/vwr)\b", rf"{folder}/\1", text)


def give_python(folder: Path) -> None:
    """Let the image's `python` be one that every user may run."""
    python = shutil.which("python3", path="/usr/local/bin:/usr/bin")
    whole = "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))"
    if python is None or subprocess.run([python, "-c", whole], check=False).returncode != 0:
        pytest.skip("there is no Python here that every user may run")
    folder.mkdir()
    (folder / "python").symlink_to(python)


def test_what_the_image_starts_serves_without_any_right(image: Path) -> None:
    port = free_port()
    entry, arguments = (json.loads(instructions(name)[0]) for name in ("ENTRYPOINT", "CMD"))
    (user,) = instructions("USER")
    arguments[1] = f"{image}/etc/vwr.toml"
    assert arguments[2:] == ["--host", "0.0.0.0"]
    arguments[3] = "127.0.0.1"
    command = [f"{image}/opt/vwr/bin/{entry[0]}", *arguments, "--port", str(port)]
    uid, gid = map(int, user.split(":"))
    process = subprocess.Popen(
        command, cwd="/", env={}, user=uid, group=gid, extra_groups=[], start_new_session=True
    )
    url = f"http://127.0.0.1:{port}/vwr/healthz"
    try:
        assert in_time(lambda: answers(url), 60, pause=0.2)
        check = json.loads(instructions("HEALTHCHECK")[0].partition("CMD ")[2])
        check[0] = f"{image}/opt/vwr/bin/{check[0]}"
        healthy = subprocess.run(check, env={"HEALTH": url}, user=uid, group=gid, check=False)
        assert healthy.returncode == 0
    finally:
        end(process)
    assert process.returncode == 0
    ill = subprocess.run(check, env={"HEALTH": url}, capture_output=True, check=False)
    assert ill.returncode != 0
    assert not [path for path in image.rglob("*") if path.stat().st_uid == uid]


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False
