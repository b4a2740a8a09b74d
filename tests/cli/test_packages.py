"""What the `vwr` command imports: packages, whose lack it explains, and the app's own functions."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cases import in_long
from tests.support.servers import ROOT
from tests.support.shell import SETTINGS

FROM_A_SHELL = "from vwr_middleware.cli.start import main; main()"
MANAGE = """
from django.conf import settings
settings.configure(
    SECRET_KEY="a key of the project itself", INSTALLED_APPS=["vwr_middleware.django"],
    VWR={"PATHS": ["/tickets"], "STORE": sys.argv.pop()},
)
from django.core.management import execute_from_command_line
execute_from_command_line([sys.argv[0], "vwr", *sys.argv[1:]])
"""


def without(package: str, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a command in a process that has no such package."""
    begin = f"import sys; sys.modules[{package!r}] = None\n"
    command = [sys.executable, "-c", begin + code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("package", ["click", "rich"])
def test_the_command_says_what_it_needs(package: str, store: str) -> None:
    done = without(package, FROM_A_SHELL, "--store", store, "status")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert 'pip install "vwr-middleware[cli]"' in done.stderr


#: Tries to import adapters, one after the other, each without one package.
IMPORTS = """
import importlib
for adapter, package in zip(sys.argv[1::2], sys.argv[2::2]):
    sys.modules[package] = None
    try:
        importlib.import_module(f"vwr_middleware.{adapter}")
    except ModuleNotFoundError as error:
        print(error)
    del sys.modules[package]
"""


# Together where that is possible: each process takes most of a second.
@pytest.mark.parametrize(
    "lacking",
    [
        [("flask", "flask", "flask"), ("starlette", "starlette", "asgi"), ("django",) * 3],
        [("django", "asgiref", "django")],
    ],
    ids=["framework", "asgiref"],
)
def test_an_adapter_without_its_framework_says_what_to_install(
    lacking: list[tuple[str, str, str]],
) -> None:
    cases = [name for adapter, package, _ in lacking for name in (adapter, package)]
    lines = without("rich", IMPORTS, *cases).stdout.splitlines()
    for (*case, extra), line in zip(lacking, lines, strict=True):
        assert line.endswith(f'pip install "vwr-middleware[{extra}]"'), case


@pytest.mark.parametrize("package", ["click", in_long("rich")])
def test_manage_py_says_what_the_command_needs(package: str, store: str) -> None:
    done = without(package, MANAGE, "status", store)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert 'pip install "vwr-middleware[cli]"' in done.stderr


def test_what_needs_no_tables_goes_on_without_rich(store: str) -> None:
    done = without("rich", FROM_A_SHELL, "--store", store, "advance-to", "main", "3")
    assert (done.returncode, done.stdout) == (0, "the serving counter stands at 3\n")


def test_functions_that_settings_name_are_found_beside_the_app(tmp_path: Path) -> None:
    (tmp_path / "hooks_of_the_shop.py").write_text("def heard(event): ...\n")
    named = {"VWR_STORE": "sqlite:///vwr.sqlite3", "VWR_ON_EVENT": "hooks_of_the_shop:heard"}
    env = {**os.environ, **SETTINGS, **named, "PYTHONPATH": str(ROOT)}
    # As in a script that pip has installed, the directory is no part of the path by itself.
    command = [sys.executable, "-P", "-c", FROM_A_SHELL, "check"]
    done = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
