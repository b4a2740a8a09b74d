"""The command: is the deployment ready for the day?"""

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from vwr_middleware.drill.checks import DrillPlan, checks, findings_of
from vwr_middleware.drill.drilled_site import DrilledSite
from vwr_middleware.drill.finding import Finding, go, no_go, open_
from vwr_middleware.drill.report import as_html, as_json, as_text, is_go
from vwr_middleware.errors import Refused, WaitingRoomError
from vwr_middleware.loadtest.agreement import check_agreement, target
from vwr_middleware.loadtest.command import NO_TOKEN, SETTINGS, asks_the_site, writes
from vwr_middleware.loadtest.result_page import check_place
from vwr_middleware.settings import Settings

NO_SETTINGS = (
    "the app's settings are not here",
    "run vwr check where the app runs; or give them here by VWR_... or vwr --config",
)


class DrillRefused(click.ClickException):
    """The drill was not begun."""

    exit_code = 2


@click.command("drill", context_settings=SETTINGS)
@asks_the_site("The room that protects the page.")
@click.option("--people", type=click.IntRange(0), default=0, help="How many you expect in line.")
@click.option(
    "--password",
    envvar="VWR_ADMIN_PASSWORD",
    default="",
    help="The panel's, to try the sign-in; rather by the variable.",
    show_default=False,
)
@click.option("--restart", default="", help="A command of yours that restarts a worker.")
@writes("the sheet")
@click.pass_obj
def command(settings: Settings | None, /, **given: Any) -> None:
    """Rehearse at URL, a page that the waiting room protects, before the day.

    Visitors of the drill wait in a copy of the room: they take no number and no slot, and do not
    reach the app. Exit status: 0 go, 1 no-go, 2 it was not begun.
    """
    try:
        for path in (given["html"], given["json_file"]):
            check_place(path)
        site = _site(given)
        check_agreement(site.target.origin, site.prefix, site.token)
        site.ahead = _ahead(site)
    except WaitingRoomError as error:
        raise DrillRefused(error.told) from error
    wanted = DrillPlan(given["people"], given["password"] or "", given["restart"])
    at, groups = time.time(), _held(site, wanted, settings)
    click.echo("\n".join(as_text(groups)))
    _write(given["html"], as_html(given["url"], groups, at))
    told = json.dumps(as_json(given["url"], groups, at), indent=2)
    _write(given["json_file"], told + "\n")
    raise SystemExit(0 if is_go(groups) else 1)


def _site(given: dict[str, Any]) -> DrilledSite:
    token = str(given["token"] or "").strip()
    if not token:
        raise Refused(NO_TOKEN)
    if not given["prefix"].startswith("/"):
        raise Refused("--prefix begins with a slash, like /vwr")
    prefix = given["prefix"].rstrip("/")
    return DrilledSite(target(given["url"]), prefix, given["room_name"], token)


def _ahead(site: DrilledSite) -> float:
    """How far the site's clock is ahead of ours, so that our pass counts there in any case."""
    answer = site.ask("GET", f"{site.prefix}/healthz", {}, shows=False)
    return answer.ahead() or 0.0


def _held(
    site: DrilledSite, wanted: DrillPlan, settings: Settings | None
) -> list[tuple[str, list[Finding]]]:
    """Hold the drill. Whatever happens, the copy is emptied in the end; if not even that can be
    done, the next drill does so first."""
    groups = [("The configuration", [*_configuration(settings)])]
    try:
        for heading, some in checks(site, wanted):
            click.echo(f"{heading} ...", err=True)
            groups.append((heading, [found for check in some for found in findings_of(check)]))
    finally:
        with suppress(WaitingRoomError):
            site.empty()
    return groups


def _configuration(settings: Settings | None) -> Iterator[Finding]:
    """What `vwr check` finds, if the settings are here."""
    from vwr_middleware.cli import check as checking
    from vwr_middleware.cli import safety

    if settings is None:
        yield open_("configuration", *NO_SETTINGS)
        return
    problems = checking.problems(settings)
    for problem in problems:
        yield no_go("configuration", *_with_fix(problem))
    for warning in (*checking.warnings(settings, time.time()), *safety.warnings(settings)):
        yield open_("configuration", *_with_fix(warning))
    if not problems:
        yield go("configuration", "vwr check finds no problem in it or in the store")


def _with_fix(text: str) -> tuple[str, str]:
    """A problem of vwr check, which has its fix behind the last colon."""
    told, _, fix = text.rpartition(": ")
    return (told, fix) if told else (text, "see vwr check")


def _write(path: Path | None, text: str) -> None:
    if path is not None:
        path.write_text(text, encoding="utf-8")
        click.echo(f"written to {path}")
