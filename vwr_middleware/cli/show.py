"""How rooms look in a terminal."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from vwr_middleware.cli.base import harmless
from vwr_middleware.panel.stock import stock_in_words
from vwr_middleware.panel.words import by_itself, count, duration, in_words, outcome

#: How the panel calls totals whose keys are other words.
_OUTCOMES = {
    "claimed": "entered",
    "lapsed": "never confirmed",
    "left": "left the line",
    "no_shows": "no-shows",
}
_SEVERITIES = {"info": "cyan", "warning": "yellow"}
_COLOURS = {"open": "green", "queueing": "yellow", "paused": "yellow", "scheduled": "cyan"}


#: The columns of the table of rooms: the key of each, and from how wide a terminal on it is shown.
_COLUMNS = (
    *(("waiting", "waiting", 0), ("called", "called", 100), ("inside", "active", 0)),
    *(("of", "limit", 0), ("per min", "admitted_per_minute", 70)),
    *(("serving", "serving", 90), ("issued", "issued", 100)),
)


def rooms_table(rooms: Sequence[Mapping[str, Any]], width: int = 10_000) -> RenderableType:
    """All rooms, a line each. A narrow terminal has the columns that matter most."""
    table = Table(box=None, pad_edge=False)
    columns = [(name, key) for name, key, least in _COLUMNS if width >= least]
    cells = [[count(room.get(key)) for room in rooms] for _, key in columns]
    cells += [[str(room["state"]) for room in rooms]]
    names = [*(name for name, _ in columns), "state"]
    # Only a name is cut: half a number would be another. Two spaces stand between columns.
    widths = [max(map(len, (name, *each))) for name, each in zip(names, cells, strict=True)]
    room_width = max(len("room"), width - sum(2 + each for each in widths))
    table.add_column("room", style="bold", overflow="ellipsis", no_wrap=True, max_width=room_width)
    table.add_column("state", no_wrap=True)
    for (name, _), least in zip(columns, widths, strict=False):
        table.add_column(name, justify="right", no_wrap=True, min_width=least)
    for room in rooms:
        numbers = [count(room.get(key)) for _, key in columns]
        table.add_row(str(room["room"]), _state(room), *numbers)
    return table


def room_view(overview: Mapping[str, Any], silent_for: float = 0.0) -> RenderableType:
    """One room: its numbers, then the settings that an operator changed.

    `silent_for`: for so many seconds there was no newer answer.
    """
    totals = overview["totals"]
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column()
    rows = {
        "waiting": f"{count(overview['waiting'])} ({count(overview['present'])} present)",
        "called": _called(overview),
        "inside": f"{count(overview['active'])} of {count(overview['limit'])}"
        f" ({overview['limit_reason']})",
        "per minute": count(overview["admitted_per_minute"]),
        "longest wait": _waits(overview),
        "serving": f"{count(overview['serving'])} of {count(overview['issued'])} handed out",
        "so far": ", ".join(f"{count(totals[key])} {_OUTCOMES.get(key, key)}" for key in totals),
    }
    rows |= _only_some(overview)
    for name, text in rows.items():
        table.add_row(name, _shown(text))
    heading = Text.assemble(
        (str(overview["room"]), "bold"), " ", _state(overview), _until(overview)
    )
    parts: list[RenderableType] = [heading, *_warnings(overview, silent_for)]
    changed = [row for row in overview["settings"] if row["overridden"]]
    return Group(*parts, table, *([changed_table(changed)] if changed else []))


def _only_some(overview: Mapping[str, Any]) -> dict[str, str]:
    """The rows that only some rooms have."""
    found = {}
    if stock := overview.get("stock"):  # an older release tells nothing of it
        found["left to sell"] = stock_in_words(stock)
    if planned := overview.get("planned"):
        found["at a time"] = "; ".join(map(planned_in_words, planned))
    if overview["held_back"]:
        found["held back"] = str(overview["held_back"])
    if overview["message"]:
        found["message"] = in_words(overview.get("announcement") or overview["message"])
    return found


def planned_in_words(row: Mapping[str, Any]) -> str:
    """A planned change: when, in how long, what, and by whom."""
    does = [f"{name}={in_words(value, name)}" for name, value in row["settings"].items()]
    does += [f"{name} as configured" for name in row["unset"]]
    ahead = duration(max(0.0, row["in"]))
    return f"{_when(row['at'])}, in {ahead}: {', '.join(does)} (by {row['who'] or 'somebody'})"


def _warnings(overview: Mapping[str, Any], silent_for: float) -> Iterator[Text]:
    """What is wrong. An older release may tell nothing of some of it."""
    yield from alarm_lines(overview.get("alarms", ()))
    if overview["store"] == "down":
        yield Text("the store does not answer: these numbers are old", style="red")
    if overview["two_stores"]:
        text = "tickets of another store have come: run `vwr check` to see what to do"
        yield Text(text, style="red")
    if overview.get("overloaded_workers"):
        text = "more newcomers come than can join at once: some are told to come again in a moment"
        yield Text(text, style="yellow")
    if (stock := overview.get("stock")) and stock["problem"]:
        yield Text(stock["problem"], style="red")
    if silent_for:
        yield Text(f"no answer: these numbers are {duration(silent_for)} old", style="red")


@contextmanager
def renewed(view: Callable[..., RenderableType]) -> Iterator[Callable[[], None]]:
    """Shows a view, and gives what shows it anew: in its place, or, where that cannot be, below.
    A view is given the width that it has, and whether it must do with plain characters."""
    console = Console()
    plain = not (console.encoding or "").lower().startswith("utf")
    if console.is_terminal and not console.is_dumb_terminal:
        # Longer than the screen is cut at its end: what matters most stands first.
        with Live(view(console.width, plain=plain), console=console, auto_refresh=False) as live:
            yield lambda: live.update(view(console.width, plain=plain), refresh=True)
        return
    last = ""

    def below() -> None:
        # In a pipe, a file or a dumb terminal Live would show nothing before its end.
        nonlocal last
        newer = view(console.width, plain=plain)
        with console.capture() as text:
            console.print(newer)
        told = text.get().partition("\n")[2]  # without the clock
        if told != last:
            console.print(newer, "")
            last = told

    below()
    yield below


def _called(overview: Mapping[str, Any]) -> str:
    credit = overview["credit"]
    kept = f"; calls kept for later arrivals: {count(credit)}" if credit else ""
    return f"{count(overview['called'])} ({count(overview['at_the_door'])} at the door){kept}"


def _waits(overview: Mapping[str, Any]) -> str:
    now, lately, last = (
        overview["longest_wait"],
        overview["longest_waited"],
        overview["last_in_line"],
    )
    parts = [
        f"{duration(now)} so far" if now is not None else "",
        f"{duration(lately)} of those who entered recently" if lately is not None else "",
        f"the last in line: {duration(last['low'])} to {duration(last['high'])}" if last else "",
    ]
    return ", ".join(filter(None, parts)) or "-"


def changed_table(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Settings that stand in place of the configured ones."""
    table = Table(box=None, pad_edge=False)
    for name in ("changed setting", "value", "configured"):
        table.add_column(name, overflow="fold")
    for row in rows:
        name = str(row["name"])
        table.add_row(name, *(_shown(in_words(row[key], name)) for key in ("value", "configured")))
    return table


def alarms_view(found: Mapping[str, Any]) -> RenderableType:
    """What is on, what was, who is told, and what was sent of it."""
    parts: list[RenderableType] = [*alarm_lines(found["alarms"])] or [Text("no alarm is on")]
    past = _table("began", "ended", "alarm", "who was on it")
    for row in found["past"][:10]:
        by = row["acknowledged_by"] or "-"
        past.add_row(_when(row["began"]), _when(row["ended"]), row["alarm"], _shown(by))
    sent = _table("when", "event", "receiver", "tries", "outcome", "problem")
    for row in found["deliveries"][:20]:
        about = row["room"] if row["type"].startswith("room.") else row["kind"]
        event = f"{row['type']} {about}"
        cells = event, row["receiver"], str(row["tries"]), row["outcome"], row["problem"]
        sent.add_row(_when(row["time"]), *map(_shown, cells))
    parts += [past] if found["past"] else []
    parts += [sent] if found["deliveries"] else []
    return Group(*parts, Text(f"{count(found['due'])} still to be sent", style="dim"))


def alarm_lines(alarms: Sequence[Mapping[str, Any]]) -> Iterator[Text]:
    """A line for each alarm that is on."""
    for row in alarms:
        by = f" ({row['acknowledged_by']} is on it)" if row["acknowledged_by"] else ""
        style = "dim" if by else _SEVERITIES.get(row["severity"], "red")
        text = harmless(f"{row['alarm']}, since {_when(row['began'])}: {row['text']}{by}")
        yield Text(text, style=style)


def _table(*names: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def audit_table(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Who changed what, and when by this machine's time, or Django's."""
    table = Table(box=None, pad_edge=False)
    for name in ("when", "who", "what", "from", "to"):
        # However long a message is: when it was stands on one line, and no link in it is cut.
        table.add_column(name, no_wrap=name in ("when", "what"), overflow="fold")
    for row in rows:
        what = str(row["what"])
        cells = [str(row["who"]), what, in_words(row["from"], what), in_words(row["to"], what)]
        table.add_row(_when(row["time"]), *map(_shown, cells))
    return table


def sessions_table(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Running sessions, and when their slots are free."""
    table = Table(box=None, pad_edge=False)
    for name in ("session", "slot ends", "confirmed", "addresses"):
        table.add_column(name)
    for row in rows:
        confirmed = "not yet" if row["unconfirmed"] else "yes"
        table.add_row(row["session"], _when(row["until"]), confirmed, str(row["addresses"]))
    return table


def ended_table(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Sessions that ended, and how."""
    table = Table(box=None, pad_edge=False)
    for name in ("when", "session", "how"):
        table.add_column(name)
    for row in rows:
        table.add_row(_when(row["time"]), row["session"], outcome(row["how"]))
    return table


def _until(overview: Mapping[str, Any]) -> str:
    before, at, after = by_itself(overview)
    comma = "" if overview["state"] == "closed" else ","
    return f"{comma} {before} {_when(at)}{after}" if at else ""


def _when(at: float) -> str:
    # With its zone: that of `manage.py` is Django's TIME_ZONE, and not the machine's.
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def _shown(text: str) -> Text:
    return Text(harmless(text))


def _state(overview: Mapping[str, Any]) -> Text:
    state = str(overview["state"])
    return Text(state, style=_COLOURS.get(state, "red"))
