"""The figures of a simulation in the terminal, and as data."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from vwr_middleware.cli.sparkline import added, sparkline
from vwr_middleware.simulate.lanes import EVERYBODY_ELSE, LaneResult
from vwr_middleware.simulate.result import Result, most_within, quantile
from vwr_middleware.simulate.scenario import Crowd

#: Below so many columns the notes stand below what they belong to.
_NARROW = 80
#: People asked in ten minutes, so that the part for whom the range held says something.
ENOUGH = 30


def figures(result: Result) -> dict[str, Any]:
    """Everything that the summary shows, as plain data."""
    waits, overtaken, told = result.waits(), result.overtaken(), result.told()
    order = result.order()
    lasted = result.lasted or 1.0
    arrived = result.samples[-1].arrived if result.samples else 0
    return {
        "lasted_seconds": round(result.lasted),
        "arrived": arrived,
        "entered": len(result.entries),
        "never_entered": max(0, arrived - len(result.entries)),
        "used": round(result.used(), 4) if result.had_a_line else None,
        "over_the_limit": result.overshoot,
        "out_of_order": result.violations,
        "slots_taken": result.slots_taken,
        "missed_turns": result.missed,
        "wait_seconds": _wait_seconds(waits),
        **({"lanes": [_lane(lane) for lane in result.lanes]} if result.lanes else {}),
        "overtaken": order.overtaken,
        "overtaken_by": {
            "p50": round(quantile(overtaken, 0.5)),
            "p90": round(quantile(overtaken, 0.9)),
            "p99": round(quantile(overtaken, 0.99)),
            "most": order.most,
        },
        "overtaken_seconds": round(order.longest, 1),
        "freed_within_a_second": most_within(result.freed, 1.0),
        "told_range_held": round(told.held, 3) if told.asked else None,
        "told_range_width": round(told.width, 2) if told.asked else None,
        "told_each_ten_minutes": [
            {
                "minute": minute,
                "asked": n.asked,
                "held": round(n.held, 3),
                "width": round(n.width, 2),
            }
            for minute, n in result.told_in_turn().items()
        ],
        "most_waiting": max((s.waiting for s in result.samples), default=0),
        "own_polls_per_second": round(result.polls / lasted, 1),
        "status_reads_per_second": round(result.status_reads / lasted, 1),
        "store_calls_per_second": round(result.store_calls_per_second(), 1),
        "store_calls": result.calls,
    }


def _wait_seconds(waits: list[float]) -> dict[str, int]:
    return {
        "median": round(quantile(waits, 0.5)),
        "p95": round(quantile(waits, 0.95)),
        "most": round(waits[-1]) if waits else 0,
    }


def _lane(lane: LaneResult) -> dict[str, Any]:
    return {
        "lane": lane.lane,
        "share": lane.share,
        "got": None if lane.got is None else round(lane.got, 4),
        "arrived": lane.arrived,
        "entered": len(lane.waits),
        "wait_seconds": _wait_seconds(lane.waits),
    }


def show(result: Result, console: Console, crowd: Crowd) -> None:
    """The figures as a table."""
    data = figures(result)
    waits, overtaken = data["wait_seconds"], data["overtaken_by"]
    used = "—" if data["used"] is None else f"{data['used']:.1%}"
    rows = [
        ("Simulated", _span(data["lasted_seconds"]), ""),
        ("Arrived", f"{data['arrived']:,}", f"at most {data['most_waiting']:,} in line at once"),
        ("Entered", f"{data['entered']:,}", ""),
        ("Never entered", f"{data['never_entered']:,}", _why_not(crowd)),
        ("Slots in use", used, "while enough people waited to fill them"),
        ("Let in above the limit", f"{data['over_the_limit']}", ""),
        ("Let in out of order", f"{data['out_of_order']}", "ahead of somebody waiting at the door"),
        (
            "Let in before others",
            f"{data['slots_taken']}",
            "into a slot that somebody before needed, who asked as told",
        ),
        (
            "Overtaken",
            f"{data['overtaken']}",
            f"by {overtaken['most']} places at most, and for {data['overtaken_seconds']} s,"
            " by people who had slots of their own",
        ),
        ("Wait, median", _span(waits["median"]), ""),
        ("Wait, p95", _span(waits["p95"]), f"longest {_span(waits['most'])}"),
    ]
    if data["told_range_held"] is not None:
        width = f"median width {data['told_range_width']:.0%} of the wait"
        rows.append(("Wait range held", f"{data['told_range_held']:.0%}", width))
        held = sorted(
            told["held"] for told in data["told_each_ten_minutes"] if told["asked"] >= ENOUGH
        )
        if held:
            half = f"{quantile(held, 0.25):.0%} to {quantile(held, 0.75):.0%} in half of them"
            rows.append(("… each ten minutes", f"{held[0]:.0%} to {held[-1]:.0%}", half))
    rows += [
        ("Position polls", f"{data['own_polls_per_second']}/s", ""),
        ("Status reads", f"{data['status_reads_per_second']}/s", "cacheable"),
        ("Store calls", f"{data['store_calls_per_second']}/s", ""),
    ]
    rows += _lane_rows(data.get("lanes", ()))
    console.print(_table_of(rows, is_narrow=console.width < _NARROW))
    console.print(drawn(result, console))


def _table_of(rows: Sequence[tuple[str, str, str]], *, is_narrow: bool) -> RenderableType:
    """The rows, each with its note beside it, or, in a narrow terminal, below it."""
    if is_narrow:
        return Group(*_lines_of(rows))
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim")
    for row in rows:
        table.add_row(*row)
    return table


def _lines_of(rows: Sequence[tuple[str, str, str]]) -> Iterator[RenderableType]:
    names, values = (max(len(row[at]) for row in rows) for at in (0, 1))
    for name, value, note in rows:
        yield Text.assemble((f"{name:<{names}}  ", "bold"), f"{value:>{values}}")
        if note:
            yield Padding(Text(note, style="dim"), (0, 0, 0, 4))


def _lane_rows(lanes: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """What each lane got, the main line first."""
    for lane in lanes:
        waits, got = lane["wait_seconds"], lane["got"]
        yield (
            f"Lane {lane['lane']}" if lane["lane"] else f"{EVERYBODY_ELSE.capitalize()}",
            "—" if got is None else f"{got:.1%}",
            f"of the slots while others waited, too; its share is {lane['share']:.0%};"
            f" {lane['entered']:,} of {lane['arrived']:,} entered; wait: median"
            f" {_span(waits['median'])}, p95 {_span(waits['p95'])}, longest {_span(waits['most'])}",
        )


def drawn(result: Result, console: Console) -> Table:
    """The day as lines of characters: where matplotlib is not installed, and at a glance."""
    plain = not (console.encoding or "").lower().startswith("utf")
    width = max(20, min(100, console.width - 34))
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(style="dim", no_wrap=True)
    samples = result.samples
    came = [new.arrived - old.arrived for old, new in pairwise(samples)]
    went_in = [new.admitted - old.admitted for old, new in pairwise(samples)]
    lines: list[tuple[str, Sequence[float], str]] = [
        ("Came", added(came, width), ""),
        ("In line", [s.waiting for s in samples], "{:,.0f} at most"),
        ("Inside", [s.active for s in samples], "{:,.0f} at most"),
        ("Went in", added(went_in, width), ""),
    ]
    for name, values, told in lines:
        most = told.format(max(values, default=0))
        table.add_row(name, sparkline(values, width, plain=plain), most)
    return table


def _why_not(crowd: Crowd) -> str:
    """What of the crowd keeps some from coming in."""
    reasons = []
    if crowd.absent:
        reasons.append(f"{crowd.absent:.0%} close the tab at once (--absent {crowd.absent:g})")
    if crowd.gives_up:
        reasons.append(f"{crowd.gives_up:.0%} of the rest while they wait (--gives-up)")
    if crowd.patience is not None:
        reasons.append(f"others after {_span(round(crowd.patience))} on average (--patience)")
    if crowd.bots:
        reasons.append(f"{crowd.bots:,} never poll (--bots)")
    return "; ".join(reasons)


def _span(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
