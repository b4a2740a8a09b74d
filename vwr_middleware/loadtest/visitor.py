"""One visitor: comes, waits as the page or an app does, enters, stays, goes.

The rule of waiting is that of `static/src/waiting.js`, and for programs that of docs/programs.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from vwr_middleware.loadtest.browser import PROGRAM, Answer, Browser, Send
from vwr_middleware.loadtest.journal import DoorAnswer, Journal, Visit
from vwr_middleware.loadtest.plan import Nature, Plan

#: Words of `you` that end the wait of a page: it asks the person.
OVER = ("none", "ended", "missed", "left", "moved", "locked")
#: Seconds between two questions of a page without a script that does not say when it loads itself.
_NO_REFRESH = 30.0
_FAR_PAUSE_MOST, _NEAR_PAUSE_MOST = 60.0, 15.0
#: Questions in a row without an answer after which a visitor gives up.
_LOST_MOST = 8


class LoadtestEnded(Exception):
    """The test is over. Raised by the pause in which a visitor is."""


class VisitEnded(Exception):
    """This visitor has gone, with an outcome."""

    def __init__(self, outcome: str, why: str = "") -> None:
        super().__init__(outcome)
        self.outcome, self.why = outcome, why


@dataclass(slots=True)
class _Wait:
    """When a visitor asks again, and what."""

    seconds: float
    watch: str = "position"
    polls: int = 0  # from far back
    lost: int = 0  # in a row
    door_until: float = 0.0  # until when a slot may be held

    def is_far(self) -> bool:
        """Whether the public status is asked for: far back, all but each tenth time."""
        self.polls = self.polls + 1 if self.watch == "status" else 0
        return self.polls % 10 != 0


class Visitor:
    """Plays one visit. `pause` waits for some seconds, and `clock` tells the time."""

    def __init__(
        self,
        plan: Plan,
        nature: Nature,
        send: Send,
        journal: Journal,
        pause: Callable[[float], object],
        clock: Callable[[], float],
        dice: Random,
    ) -> None:
        self._plan, self._nature, self._journal = plan, nature, journal
        self._browser, self._send = Browser(plan.origin, send), send
        self._pause, self._clock, self._dice = pause, clock, dice
        self._base = f"{plan.prefix}/{plan.room_name}"
        self._visit = Visit(nature.kind, 0.0)
        self._papers: dict[str, str] = {}  # of a program
        self._appointment, self._told_later = "", 0.0

    def play(self) -> Visit:
        """From the first click to the end."""
        visit = self._visit
        visit.arrived = self._clock()
        self._journal.begun += 1
        try:
            (self._as_program if self._nature.kind == "program" else self._as_browser)()
        except VisitEnded as gone:
            visit.outcome, visit.why = gone.outcome, gone.why
        except LoadtestEnded:
            self._say_goodbye()
        finally:
            self._note_gone()
            self._journal.visits.append(visit)
        return visit

    # A browser.

    def _as_browser(self) -> None:
        answer = self._opened(self._plan.path, "a page, first")
        while answer.state:
            data = answer.page_data()
            self._base = data.get("base") or self._base
            self._take_place(data, answer)
            if self._nature.kind == "absent":
                raise VisitEnded("absent")
            if self._nature.kind == "without":
                answer = self._wait_by_refresh(answer, data)
            else:
                self._wait_by_polls(self._ask_of_page)
                answer = self._opened(self._plan.path, "a page, after waiting")
        self._enter(answer.place_of_token())
        if self._nature.kind == "absent":
            raise VisitEnded("closed inside")
        self._stay(lambda path: self._opened(path, "a page, inside"))

    def _opened(self, path: str, name: str) -> Answer:
        """A page, which is tried again if the server fails."""
        for attempt in range(_LOST_MOST):
            answer = self._browser.open(path, name)
            if 300 <= answer.status < 400:
                raise VisitEnded("sent elsewhere", answer.headers.get("location", ""))
            if answer.state == "overload":
                return self._comes_again(answer, path, name)
            if not answer.is_error or self._visit.entered:
                return answer
            if 400 <= answer.status < 500 and answer.status != 429:
                raise VisitEnded("an error page", f"status {answer.status}")
            self._pause(self._jittered(min(2.0 ** (attempt + 1), _NEAR_PAUSE_MOST)))
        raise VisitEnded("no answer", f"status {answer.status}")

    def _comes_again(self, answer: Answer, path: str, name: str) -> Answer:
        """The light page of a rush: it is loaded again at the time that it says."""
        gives_up_at = self._clock() + self._nature.patience
        while answer.state == "overload":
            seconds = float(answer.headers.get("retry-after") or _NO_REFRESH)
            if self._clock() + seconds > gives_up_at:
                self._give_up(gives_up_at)
            self._pause(seconds * (1 + 0.1 * self._dice.random()))
            answer = self._browser.open(path, name)
        return answer

    def _wait_by_refresh(self, page: Answer, data: dict[str, Any]) -> Answer:
        """Without a script: the page loads itself anew, and so enters."""
        gives_up_at = self._clock() + self._nature.patience
        path, asked = self._plan.path, self._clock()
        while page.state:
            self._refuse_worthless(str(data.get("you", page.state)), str(data.get("state", "")))
            seconds, where = page.refresh() or (_NO_REFRESH, "")
            if data.get("you") == "next":
                self._wait_on(asked, seconds)
            if self._clock() + seconds > gives_up_at:
                self._give_up(gives_up_at)
            self._pause(seconds)
            path, asked = self._local(where) or path, self._clock()
            self._visit.polls += 1
            page = self._opened(path, "a page, loaded anew")
            if page.state:
                data = page.page_data()
                self._take_place(data, page)
        self._come_in(asked)
        return page

    def _local(self, where: str) -> str:
        return where if where.startswith("/") and not where.startswith("//") else ""

    # The page's script, and programs, ask alike.

    def _wait_by_polls(self, ask: Callable[[str, str], Answer]) -> None:
        """Until the visitor may open the page."""
        gives_up_at = self._clock() + self._nature.patience
        wait = _Wait(1 + 2.3 * self._dice.random())
        while True:
            if self._clock() + wait.seconds > gives_up_at:
                self._give_up(gives_up_at)
            self._pause(wait.seconds)
            if self._ask(wait, ask):
                return

    def _ask(self, wait: _Wait, ask: Callable[[str, str], Answer]) -> bool:
        """One question, after which `wait` says when to ask what; True: open the page."""
        asked, is_far = self._clock(), wait.is_far()
        what = "/status" if is_far else "/position"
        what += "?door=1" if asked < wait.door_until else ""
        told = ask(what, "the status" if is_far else "the position").told
        self._visit.polls += 1
        if "state" not in told:
            self._after_loss(wait, told)
            return False
        wait.lost = 0
        if is_far and told.get("generation") == self._visit.generation:
            self._from_afar(wait, told)
            return False
        if self._heard(told, asked):
            return True
        if told.get("you") in ("next", "may_enter"):
            wait.door_until = asked + 2 * float(told["retry_after"]) + 2
        wait.watch = str(told.get("watch", "position"))
        wait.seconds = self._jittered(float(told.get("retry_after") or 10.0))
        return False

    def _after_loss(self, wait: _Wait, told: dict[str, Any]) -> None:
        wait.lost += 1
        if wait.lost > _LOST_MOST:
            raise VisitEnded("no answer", "to its polls")
        most = _FAR_PAUSE_MOST if wait.watch == "status" else _NEAR_PAUSE_MOST
        least = float(told.get("retry_after") or 0.0)
        wait.seconds = self._jittered(max(min(2.0**wait.lost, most), least))

    def _from_afar(self, wait: _Wait, told: dict[str, Any]) -> None:
        """What somebody far back works out of the numbers that all read."""
        beyond, poll = self._visit.position - told.get("horizon", 0), told["poll"]
        wait.watch = "status" if beyond > 0 else "position"
        later = poll["far"] + beyond * poll.get("each", 0.0)
        wait.seconds = self._jittered(float(later if beyond > 0 else poll["near"]))

    def _heard(self, told: dict[str, Any], asked: float) -> bool:
        """What the room says of the own place; True: go in."""
        you = str(told.get("you", ""))
        if told.get("state") == "off" or you == "admitted":
            return True
        if you == "reset" or (you == "none" and not self._visit.position):
            self._join()
            return False
        self._refuse_worthless(you, str(told.get("state", "")))
        self._take_place(told)
        if you == "next":
            self._wait_on(asked, float(told.get("retry_after", 2.0)))
        if told.get("may_enter"):
            self._come_in(asked)
            return self._claim()
        return False

    def _refuse_worthless(self, you: str, state: str) -> None:
        if you in OVER and (self._visit.position or you != "none"):
            raise VisitEnded("lost the place", you)
        if state == "closed" and not self._visit.position:
            raise VisitEnded("turned away", "the room is closed")

    def _claim(self) -> bool:
        """Exchange the ticket for a token. False: not yet, after all."""
        answer = self._post("/token?go=1", "the token", (202,))
        told = answer.told
        if answer.status == 200 and "token" in told:
            self._papers = {"VWR-Token": str(told["token"])}
            return True
        if answer.status in (409, 410):
            raise VisitEnded("lost the place", str(told.get("you", answer.status)))
        return False

    def _join(self) -> None:
        """A place, for a program, or by the page's script after a reset."""
        answer = self._post(f"/tickets{self._appointment}", "a place", (429,))
        told = answer.told
        if appointment := told.get("appointment"):  # of a rush
            self._appointment = f"?appointment={appointment}"
        self._told_later = float(told.get("retry_after") or 0.0)
        if answer.status in (200, 201) and "ticket" in told:
            self._papers = {"VWR-Ticket": str(told["ticket"])}
            self._visit.position = 0
            self._take_place(told)
        elif answer.status == 403:
            raise VisitEnded("turned away", "the room asks for a proof first (challenge)")
        elif told.get("state") == "closed":
            raise VisitEnded("turned away", "the room is closed")

    def _take_place(self, told: dict[str, Any], page: Answer | None = None) -> None:
        visit, position = self._visit, told.get("position")
        if isinstance(position, int) and position:
            visit.position, visit.generation = position, int(told.get("generation") or 0)
            visit.joined = visit.joined or self._clock()
        elif page is not None and page.state == "closed":
            raise VisitEnded("turned away", "the room is closed")

    # A program.

    def _as_program(self) -> None:
        for attempt in range(_LOST_MOST):
            self._join()
            if self._visit.position:
                break
            pause = self._jittered(min(2.0 ** (attempt + 1), _NEAR_PAUSE_MOST))
            self._pause(max(pause, self._told_later))
        else:
            raise VisitEnded("turned away", "it got no place")
        self._wait_by_polls(lambda path, name: self._by_program("GET", path, name))
        self._enter((self._visit.generation, self._visit.position))
        self._stay(self._called)

    def _called(self, path: str) -> Answer:
        answer = self._send("GET", path, {**PROGRAM, **self._papers}, "a call, inside", ())
        if token := answer.headers.get("vwr-token"):
            self._papers = {"VWR-Token": token}
        return answer

    def _by_program(self, method: str, what: str, name: str, fine: tuple[int, ...] = ()) -> Answer:
        headers = {**PROGRAM, **self._papers}
        return self._send(method, self._base + what, headers, f"{name}, by a program", fine)

    # Both.

    def _ask_of_page(self, what: str, name: str) -> Answer:
        return self._browser.ask(self._base + what, name)

    def _post(self, what: str, name: str, fine: tuple[int, ...] = ()) -> Answer:
        if self._nature.kind == "program":
            return self._by_program("POST", what, name, fine)
        return self._browser.post(self._base + what, name, fine)

    def _enter(self, numbers: tuple[int, int] | None) -> None:
        visit = self._visit
        visit.entered = visit.left = self._clock()
        if numbers is not None:
            visit.generation, visit.position = numbers

    def _stay(self, look: Callable[[str], Answer]) -> None:
        """Open some pages, and go as this one goes."""
        nature, pages = self._nature, max(1, self._nature.pages)
        for number in range(pages):
            self._pause(nature.stay / pages)
            if number < pages - 1:
                paths = self._plan.inside_paths or (self._plan.path,)
                answer = look(paths[number % len(paths)])
                if answer.state:
                    raise VisitEnded("put out", answer.state)
                if not answer.is_error:
                    self._visit.left = self._clock()
        self._visit.left = self._clock() if nature.ending != "silent" else self._visit.left
        self._go()

    def _go(self) -> None:
        ending = self._nature.ending
        if ending == "completes":
            self._post("/complete", "done")
            raise VisitEnded("completed")
        if ending == "leaves":
            self._post("/leave", "leaving")
            raise VisitEnded("left inside")
        raise VisitEnded("closed inside")

    def _give_up(self, at: float) -> None:
        """Not patient any more: some say so, some close the page."""
        self._pause(max(0.0, at - self._clock()))
        if self._nature.says_so:
            self._post("/leave", "leaving")
        raise VisitEnded("gave up")

    def _say_goodbye(self) -> None:
        """The test is over: whoever is inside makes room, so that nothing is kept from others."""
        visit = self._visit
        if visit.entered:
            visit.outcome, visit.left = "was inside at the end", self._clock()
            self._post("/leave", "leaving")
        else:
            visit.outcome = "was in line at the end"

    # At the door.

    def _come_in(self, asked: float) -> None:
        self._at_door(asked, -1.0)

    def _wait_on(self, asked: float, seconds: float) -> None:
        self._at_door(asked, seconds)

    def _at_door(self, asked: float, waits: float) -> None:
        place = self._visit.generation, self._visit.position
        self._journal.door.append(DoorAnswer(*place, asked, self._clock(), waits))

    def _note_gone(self) -> None:
        now = self._visit.gone = self._clock()
        if self._visit.position:
            place = self._visit.generation, self._visit.position
            self._journal.door.append(DoorAnswer(*place, now, now, float("inf")))

    def _jittered(self, seconds: float) -> float:
        return seconds * (0.8 + 0.4 * self._dice.random())
