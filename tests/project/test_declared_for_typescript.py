"""What the documentation declares of vwr.js for TypeScript is what the script has."""

import re

from tests.support.servers import ROOT

SCRIPT = (ROOT / "static" / "src" / "vwr.js").read_text()
PAGE = (ROOT / "docs" / "single-page-apps.md").read_text()
DECLARED = PAGE.partition("```ts\n")[2].partition("```")[0]
#: The same in the package for npm.
TYPES = (ROOT / "examples" / "vwr-js" / "vwr.d.ts").read_text()


def names(pattern: str, text: str) -> set[str]:
    return set(re.findall(pattern, text, re.MULTILINE))


def test_all_its_functions_are_declared() -> None:
    own = SCRIPT.partition("self.vwr = {")[2]
    assert names(r"^    (\w+)[,:]", own) == names(r"^  (\w+)[(:]", DECLARED)


def test_the_package_declares_the_same() -> None:
    (part,) = re.findall(r"^interface WindowEventMap {\n.*?^}", DECLARED, re.MULTILINE | re.DOTALL)
    for line in [*DECLARED.partition("\n};")[0].splitlines()[1:], *part.splitlines()]:
        assert line.strip() in TYPES, line


def test_all_its_events_are_declared() -> None:
    event = r'"(vwr:\w+)"'
    assert names(event, SCRIPT) == names(event, DECLARED)


def test_it_is_declared_as_a_part_of_the_window_too() -> None:
    # By `const` it would not: `window.vwr?.fetch`, for pages without the script, would be refused.
    assert "declare var vwr: {" in DECLARED
