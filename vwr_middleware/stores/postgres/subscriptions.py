"""Subscriptions of a room, as rows that this worker knows; see line/subscriptions.py."""

import json

from vwr_middleware.line.subscriptions import Subscription
from vwr_middleware.stores.postgres.known_rows import KnownRows
from vwr_middleware.stores.postgres.parts import SUBSCRIPTIONS


class PostgresSubscriptions:
    """Subscriptions by position, by which a row counts too."""

    def __init__(self, rows: KnownRows) -> None:
        self._known = rows

    def get(self, position: int) -> Subscription | None:
        row = self._known.get(SUBSCRIPTIONS, str(position))
        return None if row is None else _subscription(row.data)

    def put(self, position: int, kept: Subscription) -> None:
        data = json.dumps([kept.text, kept.due, kept.tries])
        self._known.put(SUBSCRIPTIONS, str(position), position, data)

    def remove(self, position: int) -> None:
        self._known.remove(SUBSCRIPTIONS, str(position))

    def after(self, position: int, most: int) -> list[tuple[int, Subscription]]:
        rows = self._known.above(SUBSCRIPTIONS, position, most)
        return [(int(key), _subscription(row.data)) for key, row in rows]

    def clear(self) -> None:
        self._known.drop(SUBSCRIPTIONS)


def _subscription(data: str) -> Subscription:
    return Subscription(*json.loads(data))
