"""The command: what would these settings have done on that day?"""

import json
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from vwr_middleware.draw.permutation import MOST
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.line.lanes import MAIN
from vwr_middleware.settings import RoomSettings
from vwr_middleware.simulate import arrivals
from vwr_middleware.simulate.drawing import show_draw, simulate_draw
from vwr_middleware.simulate.lanes import EVERYBODY_ELSE, Parts, parts_in_lanes
from vwr_middleware.simulate.result import Result
from vwr_middleware.simulate.run import simulate
from vwr_middleware.simulate.scenario import Crowd, Scenario
from vwr_middleware.simulate.shapes import SHAPES, shaped
from vwr_middleware.simulate.summary import figures, show

SHARE = click.FloatRange(0, 1)
SECONDS = click.FloatRange(0, min_open=True)
SETTINGS = {"show_default": True, "help_option_names": ["-h", "--help"]}
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _check_chart(_: click.Context, __: click.Parameter, path: Path | None) -> Path | None:
    """Before the day is simulated, which may take a minute: whether its picture can be drawn."""
    if path is None:
        return None
    if path.suffix not in (".svg", ".png", ".pdf"):
        raise click.BadParameter("the name must end in .svg, .png or .pdf")
    if not path.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no directory {path.parent}: make it, or name another")
    if find_spec("matplotlib") is None:
        raise click.ClickException('charts need matplotlib: pip install "vwr-middleware[simulate]"')
    return path


@click.command("simulate", context_settings=SETTINGS)
@click.option("--max-active", type=click.IntRange(1), default=500, help="Sessions at once.")
@click.option("--per-minute", type=SECONDS, help="The most new admissions per minute.")
@click.option("--mode", type=click.Choice(["auto", "queue"]), default="auto")
@click.option("--session-seconds", type=SECONDS, default=600.0, help="How long a session lasts.")
@click.option("--lanes", type=Parts(), help="Lanes with their shares, like members=0.3.")
# Who comes.
@click.option("--visitors", type=click.IntRange(1), default=10_000, help="How many visitors come.")
@click.option("--within", type=SECONDS, default=60.0, help="Seconds within which they come.")
@click.option("--shape", type=click.Choice(list(SHAPES)), help="A shape of a whole day.")
@click.option("--day", type=SECONDS, default=10_800.0, help="How long that day is, in seconds.")
@click.option("--access-log", type=FILE, help="Read arrivals from an access log.")
@click.option("--path", default="/", help="In the log, count only requests to this path.")
@click.option("--visit", type=SECONDS, default=120.0, help="Mean seconds inside.")
@click.option("--absent", type=SHARE, default=0.3, help="Share who close the tab at once.")
@click.option("--gives-up", type=SHARE, default=0.0, help="Share of the rest who close it later.")
@click.option("--patience", type=SECONDS, help="Mean seconds until somebody gives up.")
@click.option("--sleepers", type=SHARE, default=0.2, help="Share whose device falls asleep.")
@click.option("--no-script", type=SHARE, default=0.05, help="Share without JavaScript.")
@click.option(
    "--silent", type=SHARE, default=0.0, help="Share who leave the app without completing."
)
@click.option("--bots", type=click.IntRange(0), default=0, help="How many of the first never poll.")
@click.option("--draw", is_flag=True, help="Draw places for all visitors, and say how evenly.")
@click.option(
    "--in-lanes", type=Parts(), help="The part of the visitors in each lane (default: a tenth)."
)
# What serves them, and what comes out.
@click.option("--workers", type=click.IntRange(1), default=4, help="Worker processes.")
@click.option(
    "--seed", type=int, default=1, help="Change it for another day with the same settings."
)
@click.option(
    "--chart",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_check_chart,
    help="Draw a chart into this .svg, .png or .pdf file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def command(**given: Any) -> None:
    """Try settings on simulated visitors, with the real rule and no network."""
    console = Console(stderr=bool(given["as_json"]))
    if given["draw"]:
        _draw(given, console)
        return
    try:
        scenario = _scenario(given)
    except (ConfigurationError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    result = _run(scenario, console)
    if given["as_json"]:
        click.echo(json.dumps(figures(result), indent=2))
    else:
        show(result, console, scenario.crowd)
    if given["chart"] is not None:
        from vwr_middleware.simulate.chart import draw

        draw(result, given["chart"])
        console.print(f"Chart written to {given['chart']}")


def _draw(given: dict[str, Any], console: Console) -> None:
    """The draw alone: the day that follows is that of any other line."""
    if given["visitors"] > MOST:
        raise click.ClickException(f"a draw is of at most {MOST:,} registrations: --visitors")
    if given["lanes"]:
        _draw_in_lanes(given, console)
        return
    drawn = simulate_draw(given["visitors"], given["seed"])
    if given["as_json"]:
        click.echo(json.dumps(drawn.figures(), indent=2))
    else:
        show_draw(drawn, console)


def _draw_in_lanes(given: dict[str, Any], console: Console) -> None:
    """The draw of each lane by itself."""
    try:
        parts = parts_in_lanes(given["lanes"], given["in_lanes"])
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    counts = {lane: round(part * given["visitors"]) for lane, part in parts.items()}
    counts = {MAIN: given["visitors"] - sum(counts.values()), **counts}
    drawn = {
        lane: simulate_draw(count, given["seed"], lane)
        for lane, count in counts.items()
        if count > 0
    }
    if given["as_json"]:
        told = [{"lane": lane, **result.figures()} for lane, result in drawn.items()]
        click.echo(json.dumps({"lanes": told}, indent=2))
        return
    for lane, result in drawn.items():
        console.print(f"[bold]{lane or EVERYBODY_ELSE}[/bold]")
        show_draw(result, console)


def _scenario(given: dict[str, Any]) -> Scenario:
    given = given | {"in_lanes": parts_in_lanes(given["lanes"], given["in_lanes"])}
    if given["shape"] is not None:
        if given["access_log"] is not None:
            raise ValueError("--shape and --access-log both say who comes: choose one of them")
        settings, people = _of(RoomSettings, given), _of(Crowd, given)
        shape, day, seed = given["shape"], given["day"], given["seed"]
        return shaped(shape, settings, people, day=day, seed=seed, workers=given["workers"])
    crowd = _of(Crowd, given) | {"arrivals": _arrivals(given)}
    return Scenario(
        room=RoomSettings(paths=["/"], **_of(RoomSettings, given)),
        crowd=Crowd(**crowd),
        workers=given["workers"],
        seed=given["seed"],
    )


def _of(what: type, given: dict[str, Any]) -> dict[str, Any]:
    """The options that have the names of this dataclass's fields."""
    return {field.name: given[field.name] for field in fields(what) if field.name in given}


def _arrivals(given: dict[str, Any]) -> list[float]:
    if given["access_log"] is None:
        return arrivals.burst(given["visitors"], given["within"], given["seed"])
    with given["access_log"].open(encoding="utf-8", errors="replace") as lines:
        found = arrivals.logged(lines, given["path"], given["seed"])
    if not found:
        raise ValueError("nobody comes: no line of the log counts as an arrival")
    return found


def _run(scenario: Scenario, console: Console) -> Result:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(max(5, min(40, console.width - 50))),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} visitors"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=len(scenario.crowd.arrivals))

        def progress(passed: float, done: int) -> None:
            bar.update(task, completed=done, description=f"minute {passed / 60:.0f}")

        return simulate(scenario, progress)
