"""The board in a SQLite file: what workers share besides rooms."""

import sqlite3

import pytest

from vwr_middleware.stores import board
from vwr_middleware.stores.sqlite.rooms import SqliteBoard
from vwr_middleware.stores.sqlite.tables import SCHEMA

NOW, MANY = 1000.0, 20_000


@pytest.fixture
def connection() -> sqlite3.Connection:
    """A new file with many uses, which an older release has kept: it did not count them."""
    made = sqlite3.connect(":memory:")
    made.executescript(SCHEMA)
    rows = ((f"used {number}", NOW + 60 + number) for number in range(MANY))
    made.executemany("INSERT INTO board VALUES ('vwr/uses', ?, '1 ', ?)", rows)
    return made


def count(connection: sqlite3.Connection) -> int:
    found: tuple[int] = connection.execute(
        "SELECT count(*) FROM board WHERE kind = 'vwr/uses'"
    ).fetchone()
    return found[0]


def use(connection: sqlite3.Connection, what: str, seconds: float = 1e6, now: float = NOW) -> int:
    return board.use_once(SqliteBoard(connection, "vwr"), what, now + seconds, now)


def test_a_step_takes_as_long_with_many_texts_as_with_few(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "USES_MOST", MANY)
    assert use(connection, "first") == 0  # which counts them
    hundreds: list[None] = []  # of instructions of SQLite
    connection.set_progress_handler(lambda: hundreds.append(None), 100)
    assert use(connection, "second") == 0
    assert len(hundreds) < 20
    assert count(connection) == MANY


def test_as_many_are_kept_whether_they_were_counted_before_or_not(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "USES_MOST", 100)
    for number in range(3):
        assert use(connection, f"later {number}") == 0
        assert count(connection) == 100
    assert [use(connection, "later 0"), count(connection)] == [1, 100]
    kept = SqliteBoard(connection, "vwr")
    for name in ("later 0", "later 0", "later 1"):
        kept.drop("uses", name)
    assert count(connection) == 98
    assert [use(connection, f"last {number}") for number in range(3)] == [0] * 3
    assert count(connection) == 100
    assert use(connection, "alone", now=NOW + 5e5, seconds=1e6) == 0
    assert count(connection) == 5, "what is over is forgotten"
