"""One version, told by the tag alone, and metadata that says what the matrix tests."""

import ast
import re
import tomllib
from importlib.metadata import version

from packaging.version import Version

import vwr_middleware
from tests.support.servers import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
MATRIX = {
    target.id: ast.literal_eval(node.value)
    for node in ast.parse((ROOT / "noxfile.py").read_text()).body
    if isinstance(node, ast.Assign)
    and isinstance(target := node.targets[0], ast.Name)
    and target.id in ("PYTHONS", "DJANGOS")
}
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()


def told(start: str) -> list[str]:
    """The ends of the classifiers that begin so and name a version."""
    found = (re.fullmatch(rf"{start} :: (\d\.\d+)", text) for text in PROJECT["classifiers"])
    return [match[1] for match in found if match]


def test_the_package_tells_the_version_of_its_metadata() -> None:
    assert vwr_middleware.__version__ == version("vwr-middleware")
    assert not hasattr(vwr_middleware, "__versions__")


def test_no_file_tells_a_version_beside_the_tag() -> None:
    assert "version" not in PROJECT
    assert "version" in PROJECT["dynamic"]


def test_the_changelog_begins_with_what_is_not_released_and_goes_back_from_there() -> None:
    headings = re.findall(r"^## \[?([^\]\s]+)", CHANGELOG, re.MULTILINE)
    assert headings[0] == "Unreleased"
    released = [Version(heading) for heading in headings[1:]]
    assert released == sorted(released, reverse=True)


def test_each_python_and_django_that_is_promised_is_in_the_matrix() -> None:
    assert told("Programming Language :: Python") == MATRIX["PYTHONS"]
    assert PROJECT["requires-python"] == ">=" + MATRIX["PYTHONS"][0]
    djangos = sorted({django for django, _ in MATRIX["DJANGOS"]})
    assert told("Framework :: Django") == djangos
    assert f"django>={djangos[0]}" in PROJECT["optional-dependencies"]["django"]


def test_every_dependency_has_a_lower_bound_that_can_be_tested() -> None:
    extras = PROJECT["optional-dependencies"].values()
    needed = [*PROJECT["dependencies"], *(one for extra in extras for one in extra)]
    bare = [one for one in needed if ">=" not in one and not one.startswith("vwr-middleware[")]
    assert bare == []


def test_the_address_stands_in_for_one_that_is_still_to_come_in_one_spelling() -> None:
    given = {url.partition("/vwr-middleware")[0] for url in PROJECT["urls"].values()}
    assert len(given) == 1
    for path in (ROOT / "SECURITY.md", ROOT / "CITATION.cff", ROOT / "CHANGELOG.md"):
        named = re.findall(r"https://code\.example[\w/.-]*", path.read_text())
        assert all(url.startswith("https://code.example/vwr-middleware") for url in named)
