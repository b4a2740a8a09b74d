"""A room that its store has lost, with a new one in its place and visitors who have not heard."""

import sqlite3
from contextlib import ExitStack
from dataclasses import dataclass, field

import psycopg
import redis

from tests.support.clock import Clock
from tests.support.doors import Door, open_door
from tests.support.panel import GIVEN
from tests.support.visitor import Visitor
from vwr_middleware.stores.sqlite.tables import TABLES_OF_ROOMS


@dataclass
class Loss:
    """The door of a room without its old store, and the people of the old line."""

    door: Door
    room_id: str  # of the old room
    inside: list[Visitor] = field(default_factory=list)
    waiting: list[Visitor] = field(default_factory=list)

    def ask(self) -> None:
        """The people of the old line poll."""
        for visitor in (*self.inside, *self.waiting):
            visitor.fetches("/tickets")
        self.door.refresh()


def at_door(door: Door, visitor: Visitor) -> Visitor:
    """The same browser at another door."""
    other = door.visitor()
    for cookie in visitor.client.cookies.jar:
        other.client.cookies.jar.set_cookie(cookie)
    return other


def lose_room(clock: Clock, stack: ExitStack, inside: int = 2, waiting: int = 5) -> Loss:
    """So many people come; then another store replaces theirs."""
    before = open_door("wsgi", "memory://", clock, stack, max_active=inside, **GIVEN)
    people = [before.visit_at() for _ in range(inside + waiting)]
    for visitor in people[:inside]:
        visitor.opens()
    known = before.site.store_access.views["main"].room
    door = open_door("wsgi", "memory://", clock, stack, max_active=inside, **GIVEN)
    for _ in range(inside + 1):
        door.visit_at()
    door.refresh()
    assert known is not None
    there = [at_door(door, visitor) for visitor in people]
    return Loss(door, known.room_id, there[:inside], there[inside:])


def lose_all(url: str) -> None:
    """The store forgets everything, while its workers run."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            for table in ("rooms", "logs", "bits", *TABLES_OF_ROOMS):
                connection.execute(f"DELETE FROM {table}")
    elif url.startswith("postgres"):
        with psycopg.connect(url.partition("&socket_timeout")[0], autocommit=True) as connection:
            connection.execute("DELETE FROM vwr.rooms")
    else:
        with redis.Redis.from_url(url) as client:
            client.flushall()
