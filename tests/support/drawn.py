"""Settings and strategies, drawn at random."""

from random import Random
from typing import Any

from tests.support.rooms import config
from vwr_middleware.line.asks import Inlet


def some_config(random: Random, now: float) -> dict[str, Any]:
    """What a room may be set to."""
    pick = random.choice
    settings: dict[str, Any] = {
        "max_active": pick([1, 2, 5, 20, 60, 700]),
        "mode": pick(["auto", "auto", "queue", "queue", "paused", "closed", "off"]),
        "per_minute": pick([None, None, 7.5, 60.0, 600.0]),
        "max_waiting": pick([None, None, None, 0, 15]),
        "session_seconds": pick([20, 90.5, 600]),
        "renew": pick([True, True, False]),
        "confirm_within": pick([5, 20]),
        "session_grace": pick([0, 10]),
        "outage_grace": pick([0, 40, 3600]),
        "claim_within": pick([3, 30, 60]),
        "late": pick(["when_space", "when_space", "lost"]),
        "opens_at": pick([None, None, None, now + 30, now + 1, now - 2]),
        "closes_at": pick([None, None, None, now + 2000.25]),
        "message": pick([None, 'Grüße, "you"', ""]),
    }
    return config() | settings


def some_inlet(random: Random, serving: int) -> Inlet | None:
    """What a strategy may ask for."""
    if random.random() < 0.7:
        return random.choice([Inlet(), Inlet(), Inlet(), Inlet(), None])
    return Inlet(
        limit=random.choice([None, 0, 1, 3, 30, 1000]),
        per_second=random.choice([None, 0.1, 5.5]),
        burst=random.choice([None, 2.5]),
        serving=random.choice([None, serving + random.randint(-2, 9)]),
        calls=random.random() < 0.7,
        holds=random.random() < 0.2,
    )
