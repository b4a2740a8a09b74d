"""What docs/from-aws.md says of moving is so: its settings, its code, its table of faults."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.support.aws import rsa_key
from tests.support.house import SECRET, Shop
from tests.support.readme import DOCS
from vwr_middleware.aws import AwsApi
from vwr_middleware.aws.events import api_problems
from vwr_middleware.cli.commands import vwr
from vwr_middleware.serve.settings_file import read_given

GUIDE = (DOCS / "from-aws.md").read_text()
HERE = Path(__file__).parent


def block(language: str) -> str:
    """The first block of code in this language."""
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the key lies."""
    (tmp_path / "rsa.pem").write_text(rsa_key())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_its_settings_are_all_that_the_api_needs(folder: Path) -> None:
    file = folder / "vwr.toml"
    file.write_text(f'secret_key = "{SECRET}"\n{block("toml")}')
    assert api_problems(read_given(file, {}).settings()) == []


def test_its_first_command_writes_all_that_the_second_one_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    command = re.findall(r"^vwr (init --aws \w+)", block("sh"), re.MULTILINE)[0].split()
    result = runner.invoke(vwr, command)
    assert result.exit_code == 0 and "vwr serve vwr.toml --aws" in result.output
    settings = read_given(Path("vwr.toml"), {}).settings()
    assert api_problems(settings) == [] and settings.rooms[0].aws_event == "Sample"
    assert settings.admin_api_key and os.stat("rsa.pem").st_mode & 0o777 == 0o600
    before = Path("rsa.pem").read_text()
    assert runner.invoke(vwr, [*command, "--force"]).exit_code == 0
    assert Path("rsa.pem").read_text() == before, "a key that signs already is kept"
    bad = runner.invoke(vwr, ["init", "other.toml", "--aws", "x" * 101])
    assert bad.exit_code == 2 and "aws_event must be text" in bad.output
    assert not Path("other.toml").exists()


def test_its_app_serves_the_api_in_front_of_the_room(folder: Path) -> None:
    names: dict[str, Any] = {"shop": Shop(), "KEY": SECRET}
    exec(block("python"), names)
    assert isinstance(names["app"], AwsApi)


def test_each_fault_that_was_not_taken_over_names_its_test() -> None:
    rows = re.findall(r"^\|.*\| `(test_\w+)` \|$", GUIDE, re.MULTILINE)
    there = {
        name
        for file in HERE.glob("test_*.py")
        for name in re.findall(r"def (test_\w+)", file.read_text())
    }
    assert len(rows) > 15
    assert set(rows) - there == set()
