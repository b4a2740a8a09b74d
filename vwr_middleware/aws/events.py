"""A room as this API knows it: by its event id, its visitors by their request ids."""

from dataclasses import dataclass, field

from vwr_middleware.aws.answers import Refusal, unavailable
from vwr_middleware.aws.entry_times import EntryTimes
from vwr_middleware.aws.public_numbers import PublicNumber, serving_counter, waiting
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.gate.gate import Gate
from vwr_middleware.gate.join_claim_leave import JoinClaimLeave
from vwr_middleware.gate.public_keys import issuer_of
from vwr_middleware.papers.request_ids import RequestIds
from vwr_middleware.papers.signing_keys import RSA, SigningKey
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.settings import Settings
from vwr_middleware.site.routing import Site
from vwr_middleware.worker.current_room import CurrentRoom


@dataclass(slots=True)
class Event:
    """A room, with what this API needs of it."""

    id: str
    gate: Gate
    issuer: str
    key: SigningKey
    exchange: JoinClaimLeave = field(init=False)
    entry_times: EntryTimes = field(default_factory=EntryTimes)
    serving: PublicNumber = field(init=False)
    waiting: PublicNumber = field(init=False)

    def __post_init__(self) -> None:
        self.exchange = JoinClaimLeave(self.gate)
        shared = self.gate.store_access, self.gate.view, self.entry_times
        self.serving = PublicNumber(
            *shared, serving_counter, lambda number: {"serving_counter": str(number)}
        )
        self.waiting = PublicNumber(*shared, waiting, lambda number: {"waiting_num": number})

    @property
    def request_ids(self) -> RequestIds:
        """How this room's places are named."""
        return self.gate.papers.tickets.request_ids

    @property
    def room_name(self) -> str:
        """The room's own name."""
        return self.gate.view.name

    async def room(self) -> CurrentRoom:
        """The room as it stands. Raises Refusal while nothing is known of it."""
        room = await self.gate.store_access.fresh(self.gate.view)
        if room is None:
            raise unavailable()
        self.entry_times.note(room)
        return room

    async def ticket(self, request_id: str) -> tuple[CurrentRoom, Ticket | None]:
        """The room, and the place of a request id in its present line, if it has one there."""
        room = await self.room()
        place = self.request_ids.read(request_id, room.room_id)
        if place is None:
            return room, None
        generation, position = place
        asked = self.gate.papers.as_drawn(Ticket(room.room_id, generation, position, 0))
        room, ticket = await self.gate.turns.newest_for(room, asked)
        line = self.gate.turns.line_of(room, ticket)
        if line == "later":  # another worker knows of a reset, and our own reading failed
            raise unavailable()
        if ticket is None or line != "here":
            return room, None
        # Its number may be beyond those that this worker has read of: another one gave it just now.
        ticket.joined_at = self.entry_times.of(room, ticket.position)
        return room, ticket


class Events:
    """All rooms that have an event id."""

    def __init__(self, site: Site) -> None:
        self._events = {event.id: event for event in _events_of(site)}

    def find(self, event_id: object, refused: str) -> Event:
        """The event of this id. Raises Refusal, in these words, for any other."""
        event = self._events.get(event_id) if isinstance(event_id, str) else None
        if event is None:
            raise Refusal(400, refused)
        return event


def _events_of(site: Site) -> list[Event]:
    settings = site.settings
    problems = api_problems(settings)
    if problems:
        raise ConfigurationError(problems)
    found = []
    for room in settings.rooms:
        gate = site.gates[room.name]
        key = next((key for key in gate.papers.tokens.keys if key.algorithm == RSA), None)
        if room.aws_event and key:
            found.append(Event(room.aws_event, gate, issuer_of(settings, room.name), key))
    return found


def api_problems(settings: Settings) -> list[str]:
    """What keeps these settings from serving this API, each problem with its fix."""
    problems = []
    if not any(room.aws_event for room in settings.rooms):
        problems.append('aws_event is missing: name the event of a room, like aws_event="Sample"')
    if RSA not in settings.token_algorithm:
        problems.append(
            "the tokens of AWS's API are signed by RS256: make a key with vwr keygen --rsa rsa.pem,"
            ' and set token_keys="rsa.pem" and token_algorithm=["HS256", "RS256"]'
        )
    if not settings.token_issuer:
        problems.append(
            "token_issuer is missing: set the URL that your authorizers expect as `iss` (the one of"
            " the private API there), or this service's own"
        )
    return problems
