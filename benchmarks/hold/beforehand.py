"""People who are in line before the run begins: their places come straight from the store.

A million people who come over HTTP take half an hour and more of a core, and how that goes is what
`--rush` shows. What it takes to hold them can be seen without it: each has a place in the store and
a ticket of their own, and polls as anybody does who came by a page.
"""

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from benchmarks.hold.page import POSITION, STATUS
from benchmarks.hold.people import Agenda, People
from benchmarks.hold.stores import NAMESPACE
from vwr_middleware.blocking import finish
from vwr_middleware.keys import Keys
from vwr_middleware.line.messages import Ask
from vwr_middleware.papers.tickets import Ticket, Tickets
from vwr_middleware.settings import Settings
from vwr_middleware.stores.opening import open_store

#: Places that are taken in one step of the store.
AT_ONCE = 500
#: Those up to here ask for their own position, and do it soon; the others read the status.
NEAR, SOON = 2000, 10.0
#: Seconds in which everybody has asked once: the more there are, the less often they ask.
LEAST, MOST, FOR_MOST = 60.0, 240.0, 1_000_000


def asks_within(people: int) -> float:
    """The seconds in which so many people have all asked once."""
    return LEAST + (MOST - LEAST) * min(1.0, people / FOR_MOST)


def places(given: Mapping[str, Any], count: int) -> Iterator[tuple[int, bytes]]:
    """So many places in line, in order, each with its ticket."""
    settings = Settings(**given)
    room = settings.rooms[0]
    store = open_store(given["store"], NAMESPACE, patience=10.0)
    tickets = Tickets(Keys([given["secret_key"]], NAMESPACE), room.name)
    finish(store.refresh([Ask(room.name, room.store_config())]))
    for begin in range(0, count, AT_ONCE):
        kinds = ["place"] * min(AT_ONCE, count - begin)
        turns = finish(store.join(room.name, kinds))  # type: ignore[arg-type]
        # Their pages have asked once, as all do soon after they have come.
        present, generation = [turn.position for turn in turns], turns[0].generation
        ask = Ask(room.name, room.store_config(), generation=generation, present=present)
        finish(store.refresh([ask]))
        for turn in turns:
            ticket = Ticket(turn.room_id, turn.generation, turn.position, int(turn.now))
            yield turn.position, tickets.sign(ticket).encode()
    finish(store.close())


def stand_in_line(people: People, given: Mapping[str, Any], count: int, random: Random) -> None:
    """So many stand in line, and among them as many places belong to people who have gone."""
    left = count
    for taken, (position, ticket) in enumerate(places(given, 2 * count)):
        if random.random() * (2 * count - taken) >= left:  # an even choice of so many of the rest
            continue
        left -= 1
        is_near = position <= NEAR
        person = people.come(POSITION if is_near else STATUS, float("inf"))
        people.keep_ticket(person, ticket)
        people.position[person] = position


def begin_to_ask(people: People, agenda: Agenda, now: float, random: Random) -> None:
    """All of them ask within some minutes."""
    within = asks_within(len(people))
    for person in range(len(people)):
        soon = people.doing[person] == POSITION
        agenda.put(person, now + random.random() * (SOON if soon else within))
