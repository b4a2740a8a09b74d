"""What docs/from-aws.md says of moving is so: its settings, its code, its table of faults."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.support.aws import rsa_key
from tests.support.house import SECRET, Shop
from tests.support.readme import DOCS
from vwr_middleware.aws import AwsApi
from vwr_middleware.aws.events import api_problems
from vwr_middleware.settings import Settings

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
    told = tomllib.loads(block("toml"))
    settings = Settings(secret_key=SECRET, paths="/", store="memory://", **told)
    assert api_problems(settings) == []


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
