"""One version, everywhere."""

import re
import tomllib

import vwr_middleware
from tests.support.servers import ROOT


def test_the_package_and_its_metadata_tell_the_same_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert vwr_middleware.__version__ == project["version"]


def test_the_changelog_begins_with_what_is_not_released_and_then_this_version() -> None:
    headings = re.findall(r"^## \[?([^\]\s]+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert headings[1:2] in ([], [vwr_middleware.__version__])
