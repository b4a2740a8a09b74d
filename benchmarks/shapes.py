"""`python -m benchmarks.shapes`: how true it is what people are told, and in which order they come
in, over twenty shapes of a day in rooms of one slot to five thousand.

Each day is simulated in this process, by the real rule, with a stock of which something is left for
some of those who come. Its figures are kept in a file, so that a run that was broken off goes on
where it was.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.tables import render, write
from vwr_middleware.simulate import simulate
from vwr_middleware.simulate.result import WARM_UP, Result
from vwr_middleware.simulate.scenario import Scenario, StockModel
from vwr_middleware.simulate.shapes import SHAPES, shaped
from vwr_middleware.simulate.stock import brier
from vwr_middleware.simulate.summary import ENOUGH

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".cache/shapes"
#: The stated part of ranges that hold is four fifths; so near to it is as good as stated.
STATED = (0.75, 0.85)
#: Of those inside, who buy; and for which part of those who would buy there is something.
BUYS, ENOUGH_FOR = 0.6, 0.6


class Room(NamedTuple):
    """Slots, and in seconds the mean visit and the day. Of many slots a short day has visitors
    enough."""

    slots: int
    visit: float
    day: float


ROOMS = (Room(1, 60, 7200), Room(20, 120, 10_800), Room(200, 120, 3600), Room(5000, 120, 900))


@dataclass(frozen=True, slots=True)
class Day:
    """The figures of one day. Parts are from 0 to 1; None: nobody was there to tell it."""

    shape: str
    slots: int
    date: str
    cpu: float  # seconds that it took
    went_in: int
    asked: int  # what they were told
    held: float
    width: float  # of the range, over the wait
    windows: list[float]  # the part that held of each ten minutes in which enough were asked
    used: float | None
    overtaken: int
    overtaken_by: int  # places at most
    overtaken_for: float  # seconds at most
    broken: int  # above the limit, out of order, or into a slot that somebody before needed
    brier: float | None  # of those who were told one to nine in ten
    brier_all: float | None
    odds: int  # how many were told one to nine in ten


def scenario_of(shape: str, room: Room) -> Scenario:
    """A day of that shape, with something to sell."""
    settings = {"max_active": room.slots, "session_seconds": max(600.0, 6 * room.visit)}
    found = shaped(shape, settings, {"visit": room.visit}, day=room.day)
    left = max(1, round(ENOUGH_FOR * BUYS * len(found.crowd.arrivals)))
    return replace(found, stock=StockModel(left=left, buys=BUYS))


def day_of(shape: str, room: Room) -> tuple[Day, Result]:
    """Simulate it."""
    began = time.process_time()
    result = simulate(scenario_of(shape, room))
    told, order, odds = result.told(), result.order(), result.told_odds()
    windows = [w.held for w in result.told_in_turn().values() if w.asked >= ENOUGH]
    day = Day(
        shape=shape,
        slots=room.slots,
        date=datetime.now(UTC).date().isoformat(),
        cpu=time.process_time() - began,
        went_in=len(result.entries),
        asked=told.asked,
        held=told.held,
        width=told.width,
        windows=windows,
        used=_used(result, shape),
        overtaken=order.overtaken,
        overtaken_by=order.most,
        overtaken_for=order.longest,
        broken=result.overshoot + result.violations + result.slots_taken,
        brier=brier(odds),
        brier_all=brier(odds, 0, 10),
        odds=sum(0 < each.tenths < 10 for each in odds),
    )
    return day, result


def _used(result: Result, shape: str) -> float | None:
    """The part of the slots in use at moments at which enough people waited to fill all of them.
    None: a pace or a pause decided how many came in, or there was no line."""
    changes = SHAPES[shape].changes
    if SHAPES[shape].paced or any(name == "mode" for _, name, _ in changes):
        return None
    first = next((s.at for s in result.samples if s.arrived), 0.0)
    crowded = [s for s in result.samples if s.active + s.here >= s.limit and s.limit]
    parts = [min(1.0, s.active / s.limit) for s in crowded if s.at >= first + WARM_UP]
    return _mean(parts) if parts else None


def line_of(day: Day) -> str:
    """A day in two lines."""
    used = "-" if day.used is None else f"{day.used:.1%}"
    score = "-" if day.brier is None else f"{day.brier:.3f}"
    return (
        f"{day.shape}, {day.slots} slots: {day.held:.0%} of {day.asked} held, {day.width:.0%} wide"
        f"; {used} of the slots used; of {day.went_in} overtaken {day.overtaken}, by"
        f" {day.overtaken_by} at most, for {day.overtaken_for:.1f} s; Brier score {score}\n"
        f"   each ten minutes: {' '.join(f'{part:.0%}' for part in day.windows)}"
    )


# What is kept of days that were simulated.


def _file(folder: Path, shape: str, room: Room) -> Path:
    return folder / f"{room.slots}-{shape.replace(' ', '-')}.json"


def keep(folder: Path, day: Day, room: Room) -> None:
    """Write down a day."""
    folder.mkdir(parents=True, exist_ok=True)
    _file(folder, day.shape, room).write_text(json.dumps(asdict(day), indent=1))


def kept(folder: Path) -> list[Day]:
    """All days that are written down here, by room."""
    days = [Day(**json.loads(path.read_text())) for path in folder.glob("*.json")]
    return sorted(days, key=lambda day: (day.slots, [*SHAPES].index(day.shape)))


# What all of them show.


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _spread(values: Sequence[float], form: str = "{:.0%}") -> str:
    """The mean, with the lowest and the highest."""
    if not values:
        return "-"
    mean, low, high = (form.format(v) for v in (_mean(values), min(values), max(values)))
    return f"{mean} ({low} to {high})"


def _part(values: Sequence[float], is_so: Callable[[float], bool]) -> str:
    return f"{sum(map(is_so, values))} of {len(values)}"


def is_as_stated(part: float) -> bool:
    """Whether so many held as was stated."""
    return STATED[0] <= part <= STATED[1]


def _column(days: Sequence[Day], room: Room) -> list[str]:
    """What the days of one room come to. Of a day on which few were asked it says nothing how many
    of their ranges held."""
    asked = [day for day in days if day.asked >= ENOUGH]
    held, windows = [day.held for day in asked], [part for day in days for part in day.windows]
    scores = [day.brier for day in days if day.brier is not None and day.odds >= ENOUGH]
    of_all = [day.brier_all for day in days if day.brier_all is not None]
    went_in, overtaken = sum(day.went_in for day in days), sum(day.overtaken for day in days)
    by, longest = (
        max(each) for each in zip(*((d.overtaken_by, d.overtaken_for) for d in days), strict=True)
    )
    return [
        f"{room.slots:,}",
        f"{room.visit:.0f} s; {room.day / 60:.0f} min",
        f"{went_in:,}",
        _spread(held),
        _part(held, is_as_stated),
        _part(windows, is_as_stated),
        f"{sum(w < STATED[0] for w in windows)}; {sum(w > STATED[1] for w in windows)}",
        _spread([day.width for day in asked], "{:.2f}"),
        _spread([day.used for day in days if day.used is not None], "{:.1%}"),
        f"{overtaken / max(1, went_in):.1%}; {by:,} places, {longest:.0f} s",
        f"{sum(day.broken for day in days)}",
        f"{_mean(scores):.2f}; {_mean(of_all):.2f}",
    ]


HEADINGS = [
    *("slots", "mean visit; length of the day", "people who went in", "ranges that held"),
    *("days on which 75 to 85 % held", "ten minutes in which 75 to 85 % did"),
    *("in which fewer did; more did", "width, of the wait", "slots in use, while enough waited"),
    *("overtaken; by and for at most", "let in above the limit, or before others"),
    "Brier score of the odds, told 1 to 9 in ten; all",
]
MARK, MARK_EACH = "shapes", "each shape"


def by_room(days: Sequence[Day], *, as_markdown: bool) -> str:
    """A column for each room."""
    rooms = [room for room in ROOMS if any(day.slots == room.slots for day in days)]
    columns = [_column([day for day in days if day.slots == room.slots], room) for room in rooms]
    rows = list(zip(HEADINGS, *columns, strict=True))
    return render(rows, range(1, len(columns) + 1), as_markdown)


def by_shape(days: Sequence[Day], *, as_markdown: bool) -> str:
    """A row for each shape: what held in each room, and how wide it was."""
    found = {(day.shape, day.slots): day for day in days}
    rows = [["shape", *(f"{room.slots:,}" for room in ROOMS), "what happens"]]
    for name, shape in SHAPES.items():
        days_of = [found.get((name, room.slots)) for room in ROOMS]
        rows.append([name, *(_told(day) for day in days_of), shape.says.removesuffix(".")])
    return render(rows, range(1, len(ROOMS) + 1), as_markdown)


def _told(day: Day | None) -> str:
    return "-" if day is None or day.asked < ENOUGH else f"{day.held:.0%} ({day.width:.1f})"


def publish(days: Sequence[Day]) -> None:
    """Write both tables into the documents."""
    write(ROOT / "docs/measured.md", MARK, by_room(days, as_markdown=True))
    write(ROOT / "docs/simulate.md", MARK_EACH, by_shape(days, as_markdown=True))


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shapes", description=__doc__)
    add = parser.add_argument
    sizes = [room.slots for room in ROOMS]
    add("--slots", type=int, nargs="+", choices=sizes, default=sizes, help="of these rooms")
    add("--shape", nargs="+", choices=[*SHAPES], default=[*SHAPES], help="of these shapes")
    add("--again", action="store_true", help="days that are kept, too")
    add("--report", action="store_true", help="simulate nothing: the tables of what is kept")
    add("--publish", action="store_true", help="write the tables into docs/, too")
    add("--markdown", action="store_true", help="print them as Markdown")
    add("--out", type=Path, default=KEPT, help="where figures are kept")
    options = parser.parse_args(argv)
    for room in ROOMS if not options.report else ():
        for shape in options.shape if room.slots in options.slots else ():
            if options.again or not _file(options.out, shape, room).exists():
                day, _ = day_of(shape, room)
                keep(options.out, day, room)
                print(line_of(day), flush=True)
    days = kept(options.out)
    for table in (by_room, by_shape):
        print(f"\n{table(days, as_markdown=options.markdown)}", flush=True)
    if options.publish:
        publish(days)


if __name__ == "__main__":
    main()
