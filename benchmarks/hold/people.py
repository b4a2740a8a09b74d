"""What is remembered of each person, and who does something when: some 100 bytes for each."""

from array import array
from collections.abc import Iterator

#: Letters of a ticket whose place has not moved, as the server signs it.
TICKET = 72
#: Moments in a second: whoever does something within the same one does it together.
MOMENTS = 1000


class Agenda:
    """Who does something next, at which moment. Nobody is in it twice."""

    def __init__(self, now: float) -> None:
        self._people: dict[int, array[int]] = {}
        self._next = int(now * MOMENTS)

    def put(self, person: int, at: float) -> None:
        """Note when somebody does something; what should have been done already, at once."""
        moment = max(int(at * MOMENTS), self._next)
        due = self._people.get(moment)
        if due is None:
            due = self._people[moment] = array("i")
        due.append(person)

    def take(self, now: float) -> Iterator[tuple[float, "array[int]"]]:
        """Those whose moment has come, in order, with the moment."""
        last = int(now * MOMENTS)
        while self._next <= last:
            moment = self._next
            self._next += 1
            due = self._people.pop(moment, None)
            if due is not None:
                yield moment / MOMENTS, due


class People:
    """Everybody who is there, as columns of numbers. A person is a row, which is used again."""

    def __init__(self) -> None:
        self._gone: array[int] = array("i")
        self.doing = bytearray()  # what somebody asks next, one of `page.Asks`
        self.polls = bytearray()  # every tenth question from far back is for the own position
        self.failures = bytearray()  # without an answer in between
        self.position: array[int] = array("i")
        self.gives_up: array[float] = array("d")  # when, if not called before
        self._tickets = bytearray()

    def __len__(self) -> int:
        return len(self.doing) - len(self._gone)

    def come(self, doing: int, gives_up: float) -> int:
        """Somebody new."""
        if self._gone:
            person = self._gone.pop()
            self.polls[person] = self.failures[person] = self.position[person] = 0
        else:
            person = len(self.doing)
            self.doing.append(0)
            self.polls.append(0)
            self.failures.append(0)
            self.position.append(0)
            self.gives_up.append(0.0)
            self._tickets.extend(bytes(TICKET))
        self.doing[person], self.gives_up[person] = doing, gives_up
        return person

    def go(self, person: int) -> None:
        """Nobody asks about this person any more."""
        self._gone.append(person)

    def ticket(self, person: int) -> bytes:
        at = person * TICKET
        return bytes(self._tickets[at : at + TICKET])

    def keep_ticket(self, person: int, ticket: bytes) -> None:
        if len(ticket) != TICKET:
            raise ValueError(f"a ticket has {len(ticket)} letters instead of {TICKET}")
        at = person * TICKET
        self._tickets[at : at + TICKET] = ticket
