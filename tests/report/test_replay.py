"""A day is played once more: as it was, and with other settings."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from vwr_middleware.errors import Refused
from vwr_middleware.report.replay import Wished, checked, replay


def row(number: int, **fields: Any) -> dict[str, Any]:
    counts = ("arrivals", "entries", "inside", "left", "no_shows")
    endings = ("completed", "abandoned", "revoked", "expired", "lapsed")
    known = {"at": 60.0 * number, "limit": 50, "mode": "auto", "per_minute": None}
    return {**dict.fromkeys((*counts, *endings), 0), **known, **fields}


def a_day(seed: int) -> list[dict[str, Any]]:
    """Any day that may have been, as the room would count it."""
    random = Random(seed)
    rows, inside, line = list[dict[str, Any]](), 0, 0
    for number in range(120):
        mode = random.choice(["auto"] * 8 + ["paused", "queue", "shadow"])
        limit = random.choice([50, 50, 80])
        arrivals, ended = random.randint(0, 60 if number < 40 else 5), random.randint(0, inside)
        left = random.randint(0, line // 10)
        free = 10**6 if mode == "shadow" else 0 if mode == "paused" else limit - inside + ended
        entries = max(0, min(line + arrivals - left, free) - random.randint(0, 3))
        inside, line = inside + entries - ended, line + arrivals - entries - left
        fields = {"arrivals": arrivals, "entries": entries, "completed": ended, "left": left}
        rows.append(row(number, **fields, limit=limit, mode=mode, inside=inside))
    return rows


def of_the_day(rows: Sequence[dict[str, Any]]) -> tuple[list[float], list[float], list[float]]:
    inside, line = max(0, rows[0]["inside"] - rows[0]["entries"]), 0
    found: tuple[list[float], list[float], list[float]] = [], [], []
    for each in rows:
        inside = max(0, inside + each["entries"] - each["completed"])
        line = max(0, line + each["arrivals"] - each["entries"] - each["left"])
        for values, value in zip(found, (each["entries"], inside, line), strict=True):
            values.append(value)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_a_replay_with_the_settings_of_the_day_is_the_day(seed: int) -> None:
    rows = a_day(seed)
    played = replay(rows)
    assert (played.entries, played.inside, played.line) == of_the_day(rows)
    assert replay(rows) == played


def sale() -> list[dict[str, Any]]:
    """A thousand come at once to 50 slots of ten minutes."""
    rows, inside, line = list[dict[str, Any]](), [0] * 10, 0
    for number in range(230):
        line += 1000 if number == 0 else 0
        ended = inside.pop(0)
        entries = min(line, 50 - sum(inside))
        inside.append(entries)
        line -= entries
        arrivals = 1000 if number == 0 else 0
        fields = {"arrivals": arrivals, "entries": entries, "completed": ended}
        rows.append(row(number, **fields, inside=sum(inside)))
    return rows


def test_more_slots_would_have_made_the_wait_shorter_and_fewer_longer() -> None:
    waits = [replay(sale(), Wished(most)).wait(0.9) for most in (25, 50, 100, 1000)]
    day = replay(sale()).wait(0.9)
    assert day is not None and waits[1] == day
    assert None not in waits and waits == sorted(waits, reverse=True, key=lambda w: w or 0)
    assert waits[3] == 0 and (waits[2] or 0) < 0.6 * day
    assert replay(sale(), Wished(25)).line[-1] > 400, "they are not through"


def test_more_people_than_there_are_slots_are_never_inside() -> None:
    for most in (10, 25, 60):
        assert max(replay(sale(), Wished(most)).inside) <= most + 1e-6


def test_a_pace_holds_people_back() -> None:
    played = replay(sale(), Wished(1000, per_minute=20))
    assert max(played.entries) <= 20 and played.wait(0.99) == 49


def test_a_day_in_shadow_mode_says_what_a_limit_would_have_done() -> None:
    rows = [row(n, arrivals=30, entries=30, mode="shadow", inside=30 * n) for n in range(10)]
    assert max(replay(rows).line) == 0
    assert replay(rows, Wished(100)).line[-1] == 200


def test_while_the_room_was_paused_nobody_goes_in_in_a_replay_either() -> None:
    rows = [row(0, arrivals=40, mode="paused"), row(1, entries=40)]
    assert replay(rows, Wished(500)).entries[0] == 0


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "nothing is kept"),
        ([row(0), {"at": 60.0}], "minute 2 of the day lacks arrivals"),
        ([row(0), "rubbish"], "minute 2"),
        ([row(0, seconds=300)], "steps of one minute"),
        ([row(0, arrivals=-5)], "a value that none can have"),
        ([row(0, arrivals="many")], "a value that none can have"),
    ],
)
def test_a_day_that_is_none_is_refused(rows: Any, words: str) -> None:
    with pytest.raises(Refused, match=words):
        checked(rows)
