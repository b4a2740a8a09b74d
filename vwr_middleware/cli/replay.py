"""`vwr replay`: what other settings would have done, by the day's log or by the room's minutes."""

import csv
import io
import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import click

from vwr_middleware.cli.base import vwr
from vwr_middleware.cli.reach import Reach
from vwr_middleware.cli.report import seconds_of, write
from vwr_middleware.errors import Refused
from vwr_middleware.line.constants import TICKS
from vwr_middleware.report.day_log import Day, Visitor, part_of, read_day
from vwr_middleware.report.moments import DAY, read_moment, told
from vwr_middleware.report.moments import zone_of as zone_by_name
from vwr_middleware.report.page import length
from vwr_middleware.report.replay import SHUT, Wished, checked
from vwr_middleware.report.replay import replay as replay_minutes
from vwr_middleware.report.replay_visitors import InShort, in_short, replay_visitors

_NO_DAY = "{} is no day that --save has kept, or is cut off"
_BY_MINUTE = (
    "by whole minutes, since the room kept no log of its visitors (the setting day_log) then"
)
_LANES = (
    "the room had lanes on that day. With other settings they would have given other places, and"
    " nobody knows which: so it is played visitor by visitor only as it was. With --by-minute it is"
    " played with other settings, all lanes together"
)
_PARTS = (("half waited at most", 0.5), ("nine in ten", 0.9), ("99 in 100", 0.99))
_FILE = click.Path(path_type=Path, dir_okay=False)


@dataclass(frozen=True, slots=True)
class _Span:
    """Which time is asked for, as it was written."""

    since: str
    until: str
    zone: tzinfo


@vwr.command()
@click.argument("room_name", metavar="[ROOM]", default="main")
@click.option("--max-active", type=click.IntRange(min=1), help="Sessions at once.")
@click.option("--per-minute", help='New admissions per minute, or "none": as slots get free.')
@click.option(
    "--since", default="", help="When the day begins, as for vwr report: 24h, if it is not said."
)
@click.option("--until", default="", help="When it ends; now, if it is not said.")
@click.option("--zone", default="", help="The time zone of these (default: this machine's).")
@click.option("--day", type=_FILE, help="A day that --save has kept.")
@click.option("--save", type=_FILE, help="Keep the day in this file.")
@click.option("--visitors", type=_FILE, help="Write each visitor's times to this file, as CSV.")
@click.option("--by-minute", is_flag=True, help="By the room's minutes, whatever else it has kept.")
@click.pass_obj
def replay(
    reach: Reach,
    room_name: str,
    max_active: int | None,
    per_minute: str | None,
    since: str,
    until: str,
    zone: str,
    day: Path | None,
    save: Path | None,
    visitors: Path | None,
    by_minute: bool,
) -> None:
    """Play a day once more, with other settings: what they would have done.

    By the log of its visitors, if the room keeps one (day_log), else by the minutes that it keeps,
    of two days at most. Without other settings it is the day.
    """
    wished = _wished(max_active, per_minute)
    here = zone_by_name(zone) if zone else datetime.now().astimezone().tzinfo
    assert here is not None
    span = _Span(since, until, here)
    kept = _kept_day(day) if day else _asked_day(reach, room_name, span, by_minute)
    if "minutes" in kept:
        if visitors is not None:
            raise Refused(f"--visitors: the day is known {_BY_MINUTE}")
        minutes = checked(kept["minutes"])
        shown = _minutes_compared(minutes, wished, here)
        kept = {"minutes": minutes}
    else:
        found = _span_of(read_day(_chunks_of(kept["day_log"], day)), span)
        _refuse_what_cannot_be(found, wished)
        played = replay_visitors(found), replay_visitors(found, wished)
        shown = _visitors_compared(found, played, wished, here)
        if visitors is not None:
            write(visitors, _rows(*played))
    if save is not None:
        write(save, json.dumps(kept) + "\n")
    click.echo(shown)


def _asked_day(reach: Reach, room_name: str, span: _Span, by_minute: bool) -> dict[str, Any]:
    """The day as the room keeps it."""
    client = reach.client()
    if not by_minute and (chunks := client.ask("day", room_name)["chunks"]):
        return {"day_log": chunks}
    asked = {"since": seconds_of("since", span.since or "24h", span.zone), "step": "60"}
    if span.until:
        asked["until"] = seconds_of("until", span.until, span.zone)
    return {"minutes": client.ask("minutes", room_name, **asked)["minutes"]}


def _kept_day(path: Path) -> dict[str, Any]:
    """The day as --save has kept it."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise Refused(_NO_DAY.format(path)) from error
    if isinstance(found, dict):
        for name in ("day_log", "minutes"):
            if isinstance(found.get(name), list):
                return {name: found[name]}
    raise Refused(_NO_DAY.format(path))


def _chunks_of(texts: Sequence[Any], path: Path | None) -> list[bytes]:
    try:
        return [b64decode(text, validate=True) for text in texts]
    except (ValueError, TypeError) as error:
        raise Refused(_NO_DAY.format(path or "what the room answered")) from error


def _span_of(day: Day, span: _Span) -> Day:
    """The part of a day that is asked for; of one that was kept, all of it, if nothing is said."""
    now = datetime.now().timestamp()
    end = day.end / TICKS
    until = read_moment("until", span.until, now, span.zone) if span.until else end
    begin = read_moment("since", span.since, now, span.zone) if span.since else end - 2 * DAY
    if begin >= until:
        raise Refused("since must be earlier than until")
    return part_of(day, begin, until)


def _refuse_what_cannot_be(day: Day, wished: Wished) -> None:
    """Raise Refused where nobody knows what these settings would have done on that day."""
    if wished != Wished() and all(rules.mode in SHUT for rules in day.rules):
        modes = ", ".join(sorted({rules.mode for rules in day.rules}))
        raise Refused(f"the room was {modes} all the time: no other limit lets anybody in")
    if wished != Wished() and day.has_lanes:
        raise Refused(_LANES)


def _wished(max_active: int | None, per_minute: str | None) -> Wished:
    if per_minute is None:
        return Wished(max_active)
    if per_minute == "none":
        return Wished(max_active, is_unpaced=True)
    try:
        pace = float(per_minute)
    except ValueError:
        pace = 0.0
    if not 0 < pace < 1e9:
        raise click.UsageError('--per-minute must be a number above 0, or "none"')
    return Wished(max_active, pace)


def _visitors_compared(
    day: Day, played: tuple[Sequence[Visitor], Sequence[Visitor]], wished: Wished, zone: tzinfo
) -> str:
    both = [in_short(each, day.end) for each in played]
    columns: list[InShort] = both[:1] if wished == Wished() else both
    lines: list[tuple[str, list[str]]] = [
        ("went in", [f"{one.went_in:,}" for one in columns]),
        ("most in line", [f"{one.most_in_line:,}" for one in columns]),
        ("most inside", [f"{one.most_inside:,}" for one in columns]),
        ("still in line at the end", [f"{one.left_in_line:,}" for one in columns]),
    ]
    for words, part in _PARTS:
        lines.append((words, [_seconds(one.wait(part)) for one in columns]))
    begin, end = (told(tick / TICKS, zone) for tick in (day.begin, day.end))
    return _table(f"{begin} to {end}, visitor by visitor", lines)


def _seconds(value: float | None) -> str:
    return "—" if value is None else length(value)


def _minutes_compared(rows: Sequence[Mapping[str, Any]], wished: Wished, zone: tzinfo) -> str:
    day, new = replay_minutes(rows), replay_minutes(rows, wished)
    played = [day] if wished == Wished() else [day, new]
    lines: list[tuple[str, list[str]]] = [
        ("went in", [f"{sum(one.entries):,.0f}" for one in played]),
        ("most in line", [f"{max(one.line):,.0f}" for one in played]),
        ("most inside", [f"{max(one.inside):,.0f}" for one in played]),
        ("still in line at the end", [f"{one.line[-1]:,.0f}" for one in played]),
    ]
    for words, part in _PARTS:
        lines.append((words, [_minutes(one.wait(part)) for one in played]))
    head = f"{told(rows[0]['at'], zone)} to {told(rows[-1]['at'] + 60, zone)}, by whole minutes"
    return _table(head, lines)


def _table(head: str, lines: Sequence[tuple[str, list[str]]]) -> str:
    names = ["the day", "replayed"][: len(lines[0][1])]
    return "\n".join(
        [
            head,
            *(
                f"{words:25}" + "".join(f"{v:>12}" for v in row)
                for words, row in [("", names), *lines]
            ),
        ]
    )


def _minutes(value: int | None) -> str:
    return "—" if value is None else f"{value} min"


def _rows(day: Sequence[Visitor], new: Sequence[Visitor]) -> str:
    """Each visitor as the day had them, and as the replay has them; times in seconds since 1970."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    times = ("called", "entered", "left", "ended")
    names = [name for each in times for name in (each, f"{each}_replayed")]
    rows.writerow(["generation", "position", "joined", *names, "how", "how_replayed"])
    for one, other in zip(day, new, strict=True):
        pairs = [_time(getattr(v, name)) for name in times for v in (one, other)]
        place = [one.generation, one.position, _time(one.joined)]
        rows.writerow([*place, *pairs, one.how, other.how])
    return out.getvalue()


def _time(tick: int | None) -> str:
    return "" if tick is None else f"{tick / TICKS:.1f}"
