"""What the waiting page says: its phases, and numbers and durations in words.

The script of the page says the same by the same rules, with the texts of `Words.for_script`.
"""

from datetime import UTC, datetime
from typing import Any

from vwr_middleware.pages.languages import Language


def _(text: str) -> str:
    """Mark a text for translation; it is translated when a page is made."""
    return text


#: Heading and explanation of each phase. In this order the page compresses best.
PHASES = {
    "waiting": (
        _("You are in line"),
        _("When it is your turn, this page lets you in automatically."),
    ),
    "next": (
        _("You are next"),
        _("You go in as soon as there is room. Please keep this page open."),
    ),
    "scheduled": (
        _("Not open yet"),
        _("You already have your place in line. When it opens, the line starts automatically."),
    ),
    "closed": (
        _("Closed"),
        _("Nobody can enter at the moment. Please come back later."),
    ),
    # The same for those who have a place.
    "shut": (
        _("Closed"),
        _("Nobody can enter at the moment. You keep your place: please come back later."),
    ),
    "entering": (_("It is your turn"), _("We are letting you in.")),
    "registered": (
        _("You are registered"),
        _(
            "When it opens, everybody who is registered gets a place by lot."
            " It makes no difference who came first."
        ),
    ),
    "early": (
        _("Not open yet"),
        _("You can register before it opens. It makes no difference when: places go by lot."),
    ),
    "cookies": (
        _("Cookies are blocked"),
        _("A cookie keeps your place. Please allow cookies for this site, then check again."),
    ),
    "joining": (_("One moment"), _("We are getting you a place in line.")),
    "paused": (
        _("The line is paused"),
        _(
            "Nobody can enter at the moment."
            " You keep your place, and the line starts again automatically."
        ),
    ),
    "full": (
        _("The line is full"),
        _("Nobody can join at the moment. This page tries again automatically."),
    ),
    "missed": (
        _("You missed your turn"),
        _("The time to enter has passed. You can join the line again."),
    ),
    "turn": (_("It is your turn"), _("You can go in now.")),
    "moved": (
        _("Your place is on another device"),
        _("You can close this page. If you join the line here, you get a new place."),
    ),
    "ended": (_("Your session has ended"), _("To go in again, join the line.")),
    "left": (_("You are not in line"), _("Your place has been given up.")),
    "interrupted": (
        _("The line was interrupted"),
        _("Your number is known, and we are bringing the line back."),
    ),
    "locked": (
        _("Your network has changed"),
        _(
            "Your session only works on the network where it began."
            " Please go back to that network, or join the line again."
        ),
    ),
}

#: The phases that few come to, or in which the page loads extras.js anyway. Their texts are there.
FOR_FEW = (
    *("scheduled", "registered", "early", "cookies", "missed", "moved", "ended", "left"),
    *("interrupted", "locked"),
)

#: Whether something will be left, by the words of worker/stock_odds.py. `hardly` stands for
#: `unlikely` where there is not one chance in ten.
ODDS = {
    "yes": _("There should be enough for you."),
    "likely": _("There will probably be something left for you (about {n} in 10)."),
    "maybe": _("There may be something left for you (about {n} in 10)."),
    "unlikely": _("There is little chance that something is left for you (about {n} in 10)."),
    "hardly": _("There will hardly be anything left for you."),
    "spoken_for": _("All that is left is with people who are inside. Some of it may come back."),
    "no": _("Nothing is left at the moment."),
}

UNKNOWN = _("not known yet")
SOON = _("in less than a minute")
JOINED = _("Joined at {time}")
RESET = _("The line was restarted, so you have a new place.")
#: The same where that line has ended with its opening: see `fresh` in settings/opening_kinds.py.
OVER = _("The line ended with its opening: for the next one, everybody joins anew.")
TROUBLE = _("There is no connection at the moment. We are keeping your place and trying again.")
#: The same without the promise: for those who have no place, and if a missed turn is lost.
NO_CONNECTION = _("There is no connection at the moment. We are trying again.")
RECORD = _(
    "In the last 24 hours, within the range that they were told: {percent}% of {n} whose wait we"
    " looked at."
)
LONGER = _("It is taking longer than expected: fewer people are going in.")
#: For those without scripts who have turned off that the page loads itself.
BY_HAND = _("This page does not update automatically. Please check now and then.")
UPDATED = _("Updated at {time}.")
HELD = _("Your turn is held until {time}.")
OPENS = _("Opens on {time}.")
#: The same where one was before, and its line goes on.
REOPENS = _("This opening is over. The next one is on {time}.")
REGISTERS = _("Registration begins on {time}.")
#: A date for those without scripts, and the months as they stand in it: in many languages they have
#: another form there than alone.
MONTHS = _("January|February|March|April|May|June|July|August|September|October|November|December")
DATE = _("{day} {month} {year} at {time}")
OPENING = _("{name}: the line opens")
CALENDAR = _("Add to calendar")
#: In the calendar, behind what the page says.
COME_BACK = _("Open this page then, in the same browser.")
DENIED = _("Notifications are blocked. Allow them in your browser's settings for this site.")
UNKNOWN_HERE = _("Sign in to the site first, so that it knows how to reach you.")
BACK = _("Back to {site}")
NOT_THERE = _("This page does not exist.")
UNSERVED = _("The site does not answer at the moment. Please try again in a moment.")
SURE = _("Give up your place in line?")
#: Of invitations: see gate/invited.py. In lanes the page says what follows.
INVITED = _("You are invited.")
NO_INVITATION = _("You need an invitation to get in here.")
UNKNOWN_INVITATION = _("This link is no invitation to this line. Please check that it is whole.")
INVITATION_OVER = _("This invitation is not valid any more.")
INVITATION_USED = _("This invitation has been used already. It is good for one person.")

#: Texts with a number: singular and plural. First how long something takes, then when it comes.
SECONDS = (_("{n} second"), _("{n} seconds"))
MINUTES = (_("{n} minute"), _("{n} minutes"))
HOURS = (_("{n} hour"), _("{n} hours"))
IN_MINUTES = (_("in {n} minute"), _("in {n} minutes"))
IN_MINUTES_RANGE = (_("in {low} to {n} minute"), _("in {low} to {n} minutes"))
IN_HOURS = (_("in {n} hour"), _("in {n} hours"))
IN_HOURS_RANGE = (_("in {low} to {n} hour"), _("in {low} to {n} hours"))
LATELY = (
    _("{n} person has gone in during the last minute."),
    _("{n} people have gone in during the last minute."),
)

#: What is read out when it has become half as many.
AHEAD = (_("{n} person is ahead of you."), _("{n} people are ahead of you."))

MINUTE, HOUR = 60, 3600


def span(low: int, high: int) -> tuple[int, int, int]:
    """A wait of `low` to `high` seconds, rounded outwards to what a person can use: the unit in
    seconds, and how many of it at least and at most. The unit is hours from one hour on, else
    minutes; these are in fives if it may take more than ten."""
    unit = HOUR if low >= HOUR else MINUTE
    step = unit * 5 if unit == MINUTE and high > 10 * MINUTE else unit
    at_least = max(low // step * step, unit)
    at_most = max(-(-high // step) * step, at_least)
    return unit, at_least // unit, at_most // unit


#: The phases whose texts say that the page goes on by itself.
BY_ITSELF = ("waiting", "next", "joining", "full")


class Words:
    """One language's words, made once."""

    def __init__(self, language: Language) -> None:
        self._language = language
        say = language.gettext
        self.phases = {name: (say(head), say(lead)) for name, (head, lead) in PHASES.items()}
        self._unknown, self._soon = say(UNKNOWN), say(SOON)
        self._odds = {word: say(text) for word, text in ODDS.items()}
        self._separator = language.separator
        self._date, months = say(DATE), say(MONTHS).split("|")
        #: Those of a catalogue of somebody's own may be fewer.
        self._months = months if len(months) == 12 else MONTHS.split("|")
        # In a calendar.
        self.opening, self.come_back = say(OPENING), say(COME_BACK)
        self.gap = "" if language.code[:2] in ("ja", "zh") else " "  # between sentences
        self.by_hand, self.back = say(BY_HAND), say(BACK)
        self.unknown_here = say(UNKNOWN_HERE)

    def number(self, n: int) -> str:
        """A number with its digits in groups."""
        return f"{n:,}".replace(",", self._separator)

    def people(self, n: int | None) -> str:
        """How many are ahead."""
        return self._unknown if n is None else self.number(n)

    def lately(self, n: int | None) -> str:
        """How many went in during the last minute; "" if nobody did."""
        return self._language.ngettext(*LATELY, n).replace("{n}", self.number(n)) if n else ""

    def duration(self, seconds: float) -> str:
        """How long something takes, in the largest unit in which it is a whole number."""
        whole = max(1, round(seconds))
        units = (HOUR, HOURS), (MINUTE, MINUTES), (1, SECONDS)
        unit, forms = next(found for found in units if whole % found[0] == 0)
        n = whole // unit
        return self._language.ngettext(*forms, n).replace("{n}", self.number(n))

    def time(self, at: float | None) -> str:
        """A time of day. Which zone the visitor is in only a script knows, so it names its own."""
        return "" if at is None else f"{datetime.fromtimestamp(at, UTC):%H:%M} UTC"

    def date(self, at: float | None) -> str:
        """The same with its day."""
        if at is None:
            return ""
        day = datetime.fromtimestamp(at, UTC)
        told = {"day": day.day, "month": self._months[day.month - 1], "year": day.year}
        text = self._date.replace("{time}", self.time(at))
        for name, part in told.items():
            text = text.replace(f"{{{name}}}", str(part))
        return text

    def record(self, record: tuple[int, int] | None) -> str:
        """How true the ranges were that people were told: how many held, of how many."""
        if record is None:
            return ""
        held, of = record
        text = self._language.gettext(RECORD).replace("{percent}", str(round(100 * held / of)))
        return text.replace("{n}", self.number(of))

    def wait(self, seconds: tuple[int, int] | None) -> str:
        """When the turn comes, as a range of time from now."""
        if seconds is None:
            return self._unknown
        if seconds[1] < MINUTE:
            return self._soon
        unit, low, high = span(*seconds)
        minutes, hours = (IN_MINUTES, IN_MINUTES_RANGE), (IN_HOURS, IN_HOURS_RANGE)
        one, two = minutes if unit == MINUTE else hours
        text = self._language.ngettext(*(one if low == high else two), high)
        return text.replace("{low}", str(low)).replace("{n}", str(high))

    def odds(self, likely: str, tenths: int) -> str:
        """Whether something will be left."""
        key = "hardly" if likely == "unlikely" and not tenths else likely
        return self._odds[key].replace("{n}", str(tenths))

    def for_extras(self) -> dict[str, Any]:
        """What the script says that is loaded only by those who need it."""
        say = self._language.gettext
        phases = {name: self.phases[name] for name in FOR_FEW}
        told: dict[str, Any] = {"opens": say(OPENS), "reopens": say(REOPENS)}
        told |= {"registers": say(REGISTERS), "separator": self._separator}
        told |= {"sure": say(SURE), "denied": say(DENIED)}
        told |= {
            "over": say(OVER),
            "calendar": say(CALENDAR),
            "ahead": self._language.forms(*AHEAD),
        }
        return {"phases": phases, "odds": self._odds, **told}

    def for_script(self, late_is_lost: bool) -> dict[str, Any]:
        """All else that the page's script says. In this order the page compresses best."""
        say, forms = self._language.gettext, self._language.forms
        phases = {name: said for name, said in self.phases.items() if name not in FOR_FEW}
        return {
            "phases": phases,
            "reset": say(RESET),
            "longer": say(LONGER),
            "updated": say(UPDATED),
            "soon": self._soon,
            "unknown": self._unknown,
            "held": say(HELD),
            "separator": self._separator,
            "trouble": (say(NO_CONNECTION if late_is_lost else TROUBLE), say(NO_CONNECTION)),
            "spans": [
                forms(*IN_MINUTES),
                forms(*IN_MINUTES_RANGE, lowest=2),
                forms(*IN_HOURS),
                forms(*IN_HOURS_RANGE, lowest=2),
            ],
            "joined": say(JOINED),
            "lately": forms(*LATELY),
        }
