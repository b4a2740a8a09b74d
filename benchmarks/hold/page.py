"""What a visitor does with each answer: the rule of the waiting page's script, and a short visit.

`static/src/waiting.js` is the original. Everybody has the page in sight, no other tab and a browser
that keeps cookies; its scripts and styles are not asked for, since browsers and proxies keep them.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from benchmarks.hold.connections import Answer, Question
from benchmarks.hold.order import Order
from benchmarks.hold.people import People
from benchmarks.visitors import FETCH, NAVIGATION
from vwr_middleware.loadtest.door import Door

#: What somebody asks: a page of the app, which may be the waiting page; a place, if the page that
#: came has none; the public status, far back; the own position, also after having been called; to
#: come in; the app's page just after that; another one later; the last one; and to leave the line.
OPEN, JOIN, STATUS, POSITION, DOOR, CLAIM, ENTER, LOOK, FINISH, LEAVE = range(10)
NAMES = (
    "the first page", "a place", "the status", "the position", "the position at the door",
    "the token", "the page after it", "a page inside", "the last page inside", "leaving",
)  # fmt: skip
#: Those which the line costs, and which go on while nothing happens.
POLLS = (STATUS, POSITION, DOOR)
INSIDE = (ENTER, LOOK, FINISH)
#: Who asks one of these gives up when patience ends.
IN_LINE = (JOIN, STATUS, POSITION, DOOR)
#: Seconds for which the page's script waits for an answer, and a browser for a page.
SCRIPT_WAITS, PAGE_WAITS = 10.0, 60.0
PAGES = (OPEN, *INSIDE)
#: Of those who give up, one in so many says so; the others close the page.
SAYS_SO = 10

Told = dict[str, Any]
#: Within how many seconds the light page of a rush is to be loaded again.
WINDOW = re.compile(rb"data-least=(\d+) data-most=(\d+)")


class Requests:
    """The bytes of all questions, made once, but for the cookie."""

    def __init__(self, host: str, namespace: str) -> None:
        room, self._cookie = "/vwr/main", f"{namespace}_main"
        pages = {OPEN: "/tickets", ENTER: "/tickets", LOOK: "/tickets", FINISH: "/tickets/done"}
        gets = {STATUS: "/status", POSITION: "/position?", DOOR: "/position?door=1&"}
        posts = {JOIN: "/tickets", CLAIM: "/token?go=1", LEAVE: "/leave"}
        script = {**FETCH, "Referer": f"http://{host}/tickets"}
        writes = {**script, "Origin": f"http://{host}", "Content-Length": "0"}
        self._heads = {
            **{kind: _head("GET", path, host, NAVIGATION) for kind, path in pages.items()},
            **{kind: _head("GET", room + path, host, script) for kind, path in gets.items()},
            **{kind: _head("POST", room + path, host, writes) for kind, path in posts.items()},
        }
        self._ticket = {
            kind: head + f"Cookie: {self._cookie}=".encode() for kind, head in self._heads.items()
        }
        self._token = {
            kind: head + f"Cookie: {self._cookie}_token=".encode()
            for kind, head in self._heads.items()
        }
        found = rb"\r\nset-cookie: *" + self._cookie.encode()
        self.ticket_in = re.compile(found + rb"=([^;\r]+)", re.IGNORECASE)
        self.token_in = re.compile(found + rb"_token=([^;\r]+)", re.IGNORECASE)
        self.appointment_in = re.compile(found + rb"(_appointment=[^;\r]+)", re.IGNORECASE)

    def plain(self, kind: int) -> bytes:
        """Asked by somebody without any papers."""
        return self._heads[kind] + b"\r\n"

    def with_appointment(self, kind: int, appointment: bytes) -> bytes:
        """Asked by somebody whom the light page of a rush has told to come again."""
        cookie = b"Cookie: " + self._cookie.encode() + appointment
        return self._heads[kind] + cookie + b"\r\n\r\n"

    def with_ticket(self, kind: int, ticket: bytes) -> bytes:
        return self._ticket[kind] + ticket + b"\r\n\r\n"

    def with_token(self, kind: int, token: bytes) -> bytes:
        return self._token[kind] + token + b"\r\n\r\n"


def _head(method: str, path: str, host: str, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n").encode()


class Visits:
    """What each answer leads to. A method for each kind of question changes what somebody asks
    next, and says in how many seconds; None: somebody has gone for good.
    """

    def __init__(self, people: People, requests: Requests, door: Door, stay: float, random: Random):
        self._people, self._requests, self._door = people, requests, door
        self._stay, self._random = stay, random.random
        self._status = b""
        self._told: Told = {}
        self._at_door: dict[int, float] = {}  # until when a slot may be held for somebody
        self._tokens: dict[int, bytes] = {}
        self.errors: Counter[str] = Counter()
        self.without_place = 0  # pages that came without one, since the store was busy
        self.told_later = 0  # pages that told when to come again
        self._told_to_come: dict[int, tuple[bytes, float]] = {}  # by which cookie, and since when
        self.order = Order()
        self.came = self.entered = self.completed = self.gave_up = 0
        self.hear: dict[int, Callable[[Question, Answer, float], float | None]] = {
            OPEN: self._opened, JOIN: self._joined, STATUS: self._status_heard,
            POSITION: self._position_heard, DOOR: self._position_heard, CLAIM: self._claimed,
            ENTER: self._inside, LOOK: self._inside, FINISH: self._finished, LEAVE: self._left,
        }  # fmt: skip

    @property
    def expected(self) -> int:
        """How many have been told to come again, and have no place yet."""
        return len(self._told_to_come)

    # ---- asking

    def question(self, person: int, now: float) -> Question:
        """What somebody asks now."""
        people, kind = self._people, self._people.doing[person]
        if kind == STATUS:
            people.polls[person] = polls = (people.polls[person] + 1) % 10
            kind = STATUS if polls else POSITION
        elif kind == DOOR and now >= self._at_door.get(person, 0.0):
            kind = POSITION
        if kind in INSIDE:
            request = self._requests.with_token(kind, self._tokens[person])
            if kind == FINISH:
                self._door.end()
        elif people.position[person]:
            request = self._requests.with_ticket(kind, people.ticket(person))
        elif kind == OPEN and person in self._told_to_come:
            request = self._requests.with_appointment(kind, self._told_to_come[person][0])
        else:
            request = self._requests.plain(kind)
        patience = PAGE_WAITS if kind in PAGES else SCRIPT_WAITS
        return Question(person, kind, now, request, patience)

    def gives_up(self, person: int) -> bool:
        """Somebody gives up; whether this person still says so."""
        self.gave_up += 1
        self._told_to_come.pop(person, None)
        self._leave_door(person)
        if self._people.position[person] and self._random() * SAYS_SO < 1:
            self._people.doing[person] = LEAVE
            return True
        self._people.go(person)
        return False

    # ---- hearing, in line

    def _opened(self, question: Question, answer: Answer, now: float) -> float | None:
        """The app's page, or the waiting page with a ticket."""
        person = question.person
        if answer.status == 200:
            token = self._requests.token_in.search(answer.head)
            if token is None:
                return self._failed(question, answer, "which brought no token")
            self._has_place(question, now)
            self._begin(person, token[1])
            return self._inside(question, answer, now)
        if answer.status != 202:
            return self._failed(question, answer)
        ticket = self._requests.ticket_in.search(answer.head)
        self.came += person not in self._told_to_come
        if ticket is None:
            return self._without_place(question, answer)
        self._has_place(question, now)
        self._take_ticket(person, ticket[1])
        return 1 + 2.3 * self._random()

    def _without_place(self, question: Question, answer: Answer) -> float:
        """A page that asks for a place, or tells when to come again."""
        person = question.person
        window, cookie = (
            WINDOW.search(answer.body),
            self._requests.appointment_in.search(answer.head),
        )
        if window is None or cookie is None:
            self.without_place += 1
            self._people.doing[person] = JOIN
            return 1 + 2.3 * self._random()
        self.told_later += 1
        since = self._told_to_come.get(person, (b"", question.asked_at))[1]
        self._told_to_come[person] = cookie[1], since
        least, most = float(window[1]), float(window[2])
        return least + (most - least) * self._random() + 0.5  # it looks once a second

    def _has_place(self, question: Question, now: float) -> None:
        _, since = self._told_to_come.pop(question.person, (b"", question.asked_at))
        self.order.has_place(since, now)

    def _joined(self, question: Question, answer: Answer, now: float) -> float | None:
        """A place that the page's script has asked for."""
        ticket = self._requests.ticket_in.search(answer.head)
        if answer.status not in (200, 201) or ticket is None:
            return self._failed(question, answer)
        self._take_ticket(question.person, ticket[1])
        return self._heard(question, _json(answer), now)

    def _take_ticket(self, person: int, ticket: bytes) -> None:
        self._people.keep_ticket(person, ticket)
        self._people.position[person] = -1  # not told yet
        self._people.doing[person] = POSITION

    def _status_heard(self, question: Question, answer: Answer, now: float) -> float | None:
        """Far back, everybody reads the same numbers."""
        if answer.status != 200:
            return self._failed(question, answer)
        if answer.body != self._status:
            self._status, self._told = answer.body, _json(answer)
        told, person = self._told, question.person
        beyond, poll = self._people.position[person] - told["horizon"], told["poll"]
        self._people.doing[person] = STATUS if beyond > 0 else POSITION
        self._people.failures[person] = 0
        return self._again(poll["far"] + beyond * poll["each"] if beyond > 0 else poll["near"])

    def _position_heard(self, question: Question, answer: Answer, now: float) -> float | None:
        if answer.status != 200:
            return self._failed(question, answer)
        return self._heard(question, _json(answer), now)

    def _heard(self, question: Question, told: Told, now: float) -> float | None:
        """What the server says of somebody's place."""
        person, people, you = question.person, self._people, told["you"]
        people.failures[person] = 0
        if you not in ("waiting", "next", "may_enter"):
            return self._lost(question, you)
        position = people.position[person] = told["position"]
        seconds: float = told["retry_after"]
        if told["may_enter"]:
            self._at_door[person] = now + 2 * seconds + 2
            self._door.come_in(position, now)
            people.doing[person] = CLAIM
            return 0.0
        if you == "next":
            self._at_door[person] = now + 2 * seconds + 2
            self._door.wait_on(position, question.asked_at, now, seconds)
            people.doing[person] = DOOR
        else:
            people.doing[person] = STATUS if told["watch"] == "status" else POSITION
        return self._again(seconds)

    def _claimed(self, question: Question, answer: Answer, now: float) -> float | None:
        """The token; or the slot has gone to somebody else."""
        person = question.person
        token = self._requests.token_in.search(answer.head)
        if answer.status == 200 and token is not None:
            self._begin(person, token[1])
            self._people.doing[person] = ENTER
            return 0.0
        if answer.status == 202:
            return self._heard(question, {**_json(answer), "may_enter": False}, now)
        self._people.doing[person] = DOOR
        return self._failed(question, answer)

    # ---- hearing, inside

    def _begin(self, person: int, token: bytes) -> None:
        self._tokens[person] = token
        self._leave_door(person)
        self._door.enter()
        self.entered += 1

    def _inside(self, question: Question, answer: Answer, now: float) -> float | None:
        """A page of the app: the first one confirms the session, and brings a longer token."""
        person, people = question.person, self._people
        if answer.status != 200:
            self._tokens.pop(person)
            self._door.end()
            return self._lost(question, f"outside ({answer.status})")
        token = self._requests.token_in.search(answer.head)
        if token is not None:
            self._tokens[person] = token[1]
        people.doing[person] = {OPEN: ENTER, ENTER: LOOK}.get(question.kind, FINISH)
        return self._stay * (0.5 + self._random()) / 2

    def _finished(self, question: Question, answer: Answer, now: float) -> float | None:
        self._tokens.pop(question.person)
        self.completed += 1
        if answer.status != 200:
            return self._lost(question, f"not told of the end ({answer.status})")
        self._people.go(question.person)
        return None

    def _left(self, question: Question, answer: Answer, now: float) -> float | None:
        if answer.status != 200:
            self.errors[f"{answer.status or 'no answer'} to {NAMES[LEAVE]}"] += 1
        self._people.go(question.person)
        return None

    # ---- what goes wrong

    def _again(self, seconds: float) -> float:
        return max(seconds or 10.0, 0.0) * (0.8 + 0.4 * self._random())

    def _failed(self, question: Question, answer: Answer, why: str = "") -> float:
        """No answer, or not the right one: ask again, ever later."""
        person, people = question.person, self._people
        text = f"{answer.status or 'no answer'} to {NAMES[question.kind]}"
        self.errors[f"{text} {why}".strip()] += 1
        failures = people.failures[person] = min(people.failures[person] + 1, 10)
        most = 60 if people.doing[person] == STATUS else 15
        return max(min(2.0**failures, most), self._told_later(answer)) * (
            0.8 + 0.4 * self._random()
        )

    def _told_later(self, answer: Answer) -> float:
        try:
            return float(_json(answer).get("retry_after", 0))
        except ValueError:
            return 0.0

    def _lost(self, question: Question, what: str) -> float | None:
        """Somebody is not where that person should be, and gives up."""
        self.errors[f"{what} after {NAMES[question.kind]}"] += 1
        self._leave_door(question.person)
        self._people.go(question.person)
        return None

    def _leave_door(self, person: int) -> None:
        if self._at_door.pop(person, None) is not None:
            self._door.leave_door(self._people.position[person])


def _json(answer: Answer) -> Told:
    told: Told = json.loads(answer.body)
    return told
