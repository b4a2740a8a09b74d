"""What pip installs is whole."""

import os
import re
import signal
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_string
from pathlib import Path

import httpx
import pytest
from readme_renderer import markdown

from tests.support.readme import TESTING, snippets, user_imports
from tests.support.servers import ROOT, free_port

pytestmark = pytest.mark.outside

ASSETS = ("templates", "static")
#: How the files end that are no Python and yet must ship, and where they stand in the checkout.
SHIPPED = {
    ".html": "templates",
    ".css": "static",
    ".js": "static",
    ".cfg": "vwr_middleware",
    ".conf": "vwr_middleware",
    ".yaml": "vwr_middleware",
    "Caddyfile": "vwr_middleware",
    ".lua": "vwr_middleware",
    ".mo": "vwr_middleware",
    "py.typed": "vwr_middleware",
}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the wheel and the sdist, the wheel built from the sdist."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return out


@pytest.fixture(scope="module")
def wheel(dist: Path) -> set[str]:
    """The files in the wheel."""
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as archive:
        return set(archive.namelist())


def test_on_the_package_index_every_link_and_picture_of_the_readme_leads_somewhere(
    dist: Path,
) -> None:
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        text = str(message_from_string(archive.read(name).decode()).get_payload())
    page = markdown.render(text)  # as the index does; None where it refuses
    assert page
    assert "Install</a> ·" in page, "it is read as it was written"
    targets = re.findall(r'(?:href|src)="([^"]+)"', page)
    source = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Source"]
    inside = [re.sub(f"^{source}/(blob|raw)/main/", "", target) for target in targets]
    assert any(target.endswith("line.gif") for target in inside)
    for target in inside:
        assert target.startswith("#") or (ROOT / target.partition("#")[0]).exists(), target


@pytest.fixture(scope="module")
def sdist(dist: Path) -> set[str]:
    """The files in the sdist, as they stand in the checkout."""
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def in_checkout(ending: str) -> set[str]:
    found = (ROOT / SHIPPED[ending]).rglob(f"*{ending}")
    paths = {path.relative_to(ROOT).as_posix() for path in found if path.is_file()}
    assert paths, f"no {ending} here"
    return paths


def in_package(path: str) -> str:
    return f"vwr_middleware/{path}" if path.startswith(ASSETS) else path


@pytest.fixture(scope="module")
def unpacked(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as pip would lay it out."""
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as archive:
        archive.extractall(folder)
    return folder


@pytest.mark.parametrize("ending", SHIPPED)
def test_the_wheel_carries_every_file_that_the_package_reads(ending: str, wheel: set[str]) -> None:
    assert {in_package(path) for path in in_checkout(ending)} <= wheel


def test_the_wheel_installs_nothing_beside_the_package(wheel: set[str]) -> None:
    tops = {name.partition("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"vwr_middleware"}


def test_the_wheel_carries_the_shops_of_the_demo(wheel: set[str]) -> None:
    shops = {f"{shop}_app/shop.py" for shop in ("starlette", "flask")}
    shops |= {"starlette_app/templates/tickets.html", "django_app/shop/settings.py"}
    shops |= {"php_shop/index.php", "php_shop/pages.php", "php_shop/shop.css"}
    assert {f"vwr_middleware/demo/examples/{name}" for name in shops} <= wheel
    assert not any("__pycache__" in name for name in wheel)


def test_the_sdist_lets_its_reader_build_and_test(sdist: set[str]) -> None:
    assert {"pyproject.toml", "Makefile", "LICENSE", "README.md", "tests/conftest.py"} <= sdist
    assert {"docs/deployment.md", "docs/proxies.md", "docs/images/waiting.png"} <= sdist
    assert {"tools/install_browser", "tools/build_assets.py"} <= sdist, "make test runs both"
    assert "examples/starlette_app/templates/home.html" in sdist


def test_the_wheel_has_all_that_people_are_told_to_import(unpacked: Path) -> None:
    lines = [f"from {module} import {name}" for module, name in sorted(user_imports())]
    settings = "from django.conf import settings; settings.configure()"
    code = "\n".join([settings, *lines, "import vwr_middleware; print(vwr_middleware.__file__)"])
    env = {**os.environ, "PYTHONPATH": str(unpacked)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=unpacked, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(unpacked)


def test_pytest_finds_the_fixture_of_an_unpacked_wheel_by_itself(
    unpacked: Path, tmp_path: Path
) -> None:
    shown = next(code for code in snippets(TESTING.read_text(), "python") if "Flask(" in code)
    shown = shown.replace("a long secret of your own", "a secret that a reader has made")
    (tmp_path / "test_shop.py").write_text(shown)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_shop.py"]
    env = {**os.environ, "PYTHONPATH": str(unpacked)}
    done = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_the_demo_runs_from_an_unpacked_wheel(unpacked: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "vwr_middleware", "demo", "--crowd", "5", "--workers", "1"]
    env = {**os.environ, "PYTHONPATH": str(unpacked)}
    demo = subprocess.Popen(
        [*command, "--port", str(port)], cwd=unpacked, env=env, stdout=subprocess.PIPE, text=True
    )
    with demo:
        try:
            assert demo.stdout
            assert any("Ctrl+C" in line for line in demo.stdout)
            assert "Reserve" in httpx.get(f"http://127.0.0.1:{port}/").text
        finally:
            demo.send_signal(signal.SIGINT)
        assert "The demo has stopped." in demo.stdout.read()
