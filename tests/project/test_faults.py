"""The table of what breaks is made from the tests, and from nothing else."""

from pathlib import Path

import pytest

from tests.support.faults import FAULTS, PAGE, fault, page_with, rows, table

AWAY, HANGS, *_ = FAULTS["The store"]

INJECTING = f'''
from tests.support.faults import fault

@fault("{AWAY}", inside="Go on.", figure="1 s.")
@pytest.mark.parametrize("how", ["one"])
def test_one(how: str) -> None: ...

@fault("{AWAY}", line="Wait.", figure="2 s.")
@fault("{HANGS}", new=(
    "Wait, "
    "too."
))
async def test_two() -> None: ...

def test_three() -> None: ...
'''


@pytest.fixture
def tests(tmp_path: Path) -> Path:
    """A folder of tests that inject faults."""
    (tmp_path / "tests/store").mkdir(parents=True)
    (tmp_path / "tests/store/test_outages.py").write_text(INJECTING)
    return tmp_path / "tests"


def test_the_page_says_what_the_tests_say() -> None:
    assert PAGE.read_text() == page_with(PAGE.read_text(), rows()), "run: make readme"


def test_a_row_has_what_all_tests_of_a_fault_say(tests: Path) -> None:
    away, hangs = table(rows(tests)).splitlines()[-2:]
    where = "[store: outages](../tests/store/test_outages.py)"
    assert away == f"| {AWAY} | Go on. | Wait. | - | 1 s. 2 s. | {where} |"
    assert hangs == f"| {HANGS} | - | - | Wait, too. | - | {where} |"


def test_a_test_that_goes_away_takes_its_part_of_the_table_along(tests: Path) -> None:
    file = tests / "store/test_outages.py"
    file.write_text(INJECTING.partition("@fault")[0] + "def test_three() -> None: ...\n")
    assert rows(tests) == {}
    file.write_text(INJECTING.partition(f'@fault("{AWAY}", line')[0])
    assert list(rows(tests)) == [AWAY]
    assert "Wait" not in table(rows(tests))


def test_a_fault_that_the_page_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="none of the faults"):
        fault("A meteorite hits the store")
