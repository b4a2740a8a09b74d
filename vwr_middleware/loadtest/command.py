"""The command: how does the site bear a crowd? It asks the site, and starts Locust."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from vwr_middleware.errors import Refused, WaitingRoomError
from vwr_middleware.loadtest import NEEDS
from vwr_middleware.loadtest.agreement import check_agreement, target
from vwr_middleware.loadtest.plan import Plan, arrival_times, check_plan, with_log
from vwr_middleware.loadtest.result_page import check_place

SHARE = click.FloatRange(0, 1)
SECONDS = click.FloatRange(0, min_open=True)
SETTINGS = {"show_default": True, "help_option_names": ["-h", "--help"]}
FILE = click.Path(dir_okay=False, path_type=Path)
LOG = click.Path(exists=True, dir_okay=False, path_type=Path)

NO_TOKEN = (
    "a site is tested only if it has agreed: set loadtest_token in its settings to a key (make one"
    " with `vwr keygen`), and give the same key here, by VWR_LOADTEST_TOKEN or --token"
)


class LoadtestRefused(click.ClickException):
    """The test was not begun."""

    exit_code = 2


def asks_the_site(named_for: str) -> Callable[[Any], Any]:
    """What a command takes that comes to a site as visitors: where it is, and what it agreed to.
    `named_for` is what the room is asked for."""
    takes = (
        click.argument("url"),
        click.option(
            "--token",
            envvar="VWR_LOADTEST_TOKEN",
            help="The site's loadtest_token.",
            show_default=False,
        ),
        click.option("--prefix", default="/vwr", help="Where the room's own pages are."),
        click.option("--room", "room_name", default="main", help=named_for),
    )
    return lambda run: reduce(lambda taken, take: take(taken), reversed(takes), run)


def writes(what: str) -> Callable[[Any], Any]:
    """The files that such a command writes for people and for programs."""
    takes = (
        click.option("--html", type=FILE, help=f"Write {what} into this file, for people."),
        click.option("--json", "json_file", type=FILE, help="The same, for programs."),
    )
    return lambda run: reduce(lambda taken, take: take(taken), reversed(takes), run)


@click.command("loadtest", context_settings=SETTINGS)
@asks_the_site("The room, for programs.")
# Who comes when.
@click.option("--people", type=click.IntRange(1), help="How many come. [default: 100]")
@click.option("--minutes", type=SECONDS, default=5.0, help="The test ends after so long at most.")
@click.option(
    "--arrivals",
    type=click.Choice(["burst", "ramp"]),
    default="burst",
    help="All at the same pace, or ever more.",
)
@click.option("--within", type=SECONDS, help="Seconds in which all have come. [default: 60]")
@click.option("--access-log", type=LOG, help="Or come as an access log says.")
@click.option("--log-path", default="/", help="In the log, count only requests to this path.")
# What they are like.
@click.option("--absent", type=SHARE, default=0.2, help="Share who open the page and go away.")
@click.option("--no-script", type=SHARE, default=0.05, help="Share without JavaScript.")
@click.option("--programs", type=SHARE, default=0.1, help="Share who come by the JSON API.")
@click.option("--gives-up", type=SHARE, default=0.1, help="Share who give up while they wait.")
@click.option("--patience", type=SECONDS, default=120.0, help="Mean seconds until they do.")
@click.option("--stay", type=SECONDS, default=60.0, help="Mean seconds inside.")
@click.option("--pages", type=click.IntRange(1), default=3, help="Pages that each opens inside.")
@click.option("--open", "inside_paths", multiple=True, help="A page that they open (repeatable).")
@click.option("--completes", type=SHARE, default=0.7, help="Share who complete their visit.")
@click.option("--leaves", type=SHARE, default=0.15, help="Share who say that they leave.")
# What comes out.
@click.option("--max-active", type=click.IntRange(1), help="The room's limit, to be judged by.")
@click.option("--errors-most", type=SHARE, default=0.0, help="Share of errors that is still well.")
@writes("the report")
# On how many processors and machines.
@click.option(
    "--processes", type=click.IntRange(1), default=1, help="Load generators on this machine."
)
@click.option("--master", is_flag=True, help="Direct load generators on other machines.")
@click.option("--workers", type=click.IntRange(1), default=1, help="With --master: how many.")
@click.option("--worker", is_flag=True, help="Be one of those, directed by another machine.")
@click.option("--host", default="127.0.0.1", help="Master: listen here. Worker: the master.")
@click.option("--port", type=click.IntRange(1, 65535), default=5557, help="And its port.")
@click.option("--web", is_flag=True, help="Begin and watch it in Locust's own page.")
@click.option("--web-port", type=click.IntRange(1, 65535), default=8089, help="And its port.")
def command(**given: Any) -> None:
    """Send a crowd of made-up visitors to URL, a page that the waiting room protects.

    Only a site that has agreed is tested: one with the setting loadtest_token. Exit status: 0 it
    went well, 1 it did not, 2 it was not begun.
    """
    if find_spec("locust") is None:
        raise LoadtestRefused(NEEDS)
    try:
        plan, times = _plan(given)
        for path in (given["html"], given["json_file"]):
            check_place(path)
        _check_roles(given)
        token = str(given["token"] or "").strip()
        if not token:
            raise Refused(NO_TOKEN)
        check_agreement(plan.origin, plan.prefix, token)
    except WaitingRoomError as error:
        raise LoadtestRefused(error.told) from error
    _run(plan, times, token, given)


def _plan(given: dict[str, Any]) -> tuple[Plan, list[float]]:
    """The plan, and when everybody comes. Raises Refused."""
    site = target(given["url"])
    plan = Plan(
        origin=site.origin,
        path=site.path,
        without=given["no_script"],
        seconds=60 * given["minutes"],
        people=given["people"] or 100,
        within=given["within"] or 60.0,
        max_active=given["max_active"] or 0,
        arrivals="log" if given["access_log"] else given["arrivals"],
        access_log=str(given["access_log"] or ""),
        prefix=given["prefix"].rstrip("/"),
        **{name: given[name] for name in _SAME},
    )
    check_plan(plan)
    if plan.arrivals == "log":
        return with_log(plan, given["people"], given["within"])
    return plan, arrival_times(plan)


#: Options that a plan has by the same name.
_SAME = (
    *("room_name", "log_path", "absent", "programs", "gives_up", "patience", "stay", "pages"),
    *("inside_paths", "completes", "leaves"),
)


def _check_roles(given: dict[str, Any]) -> None:
    if given["master"] and given["worker"]:
        raise Refused("--master and --worker are two roles: start each by a command of its own")
    if given["worker"] and (given["web"] or given["html"] or given["json_file"]):
        raise Refused("the master shows and writes the report: give --web, --html, --json there")


def _run(plan: Plan, times: list[float], token: str, given: dict[str, Any]) -> None:
    """Be Locust from now on. It is not imported here: it must load first what it changes."""
    places = {"html": given["html"], "json": given["json_file"]}
    more = {
        "VWR_LOADTEST_TOKEN": token,
        "VWR_LOADTEST_PLAN": replace(plan, access_log="").as_text(),
        "VWR_LOADTEST_ERRORS": str(given["errors_most"]),
        "VWR_LOADTEST_REPORTS": json.dumps(
            {name: str(path.absolute()) for name, path in places.items() if path}
        ),
        "VWR_LOADTEST_PARENT": str(os.getpid()) if given["processes"] > 1 else "",
    }
    if not given["worker"]:
        more["VWR_LOADTEST_TIMES"] = _kept(times)
    command = [sys.executable, "-m", "locust", *_arguments(plan, given)]
    if os.name == "nt":  # where the shell would not wait for a process in our place
        sys.exit(subprocess.call(command, env={**os.environ, **more}))
    sys.stdout.flush()
    os.execve(sys.executable, command, {**os.environ, **more})


def _kept(times: list[float]) -> str:
    """A file with these times; whoever reads it removes it."""
    number, name = tempfile.mkstemp(prefix="vwr-loadtest-")
    with open(number, "w", encoding="ascii") as file:
        file.write(" ".join(f"{at:.3f}" for at in times))
    return name


def _arguments(plan: Plan, given: dict[str, Any]) -> list[str]:
    """Locust's own options."""
    crowd = Path(__file__).with_name("crowd.py")
    found = ["-f", str(crowd), "--host", plan.origin, "--loglevel", "ERROR", "--only-summary"]
    found += ["--json-file", os.devnull]  # or it would print tables of its own
    address = [given["host"], str(given["port"])]
    if given["worker"]:
        return [*found, "--worker", "--master-host", address[0], "--master-port", address[1]]
    if given["master"]:
        found += ["--master", "--master-bind-host", address[0], "--master-bind-port", address[1]]
        found += ["--expect-workers", str(given["workers"])]
    elif given["processes"] > 1:
        found += ["--processes", str(given["processes"])]
        found += ["--master-bind-host", "127.0.0.1", "--master-bind-port", address[1]]
        found += ["--master-port", address[1]]
    if given["web"]:
        return [*found, "--web-host", "127.0.0.1", "--web-port", str(given["web_port"])]
    return [*found, "--headless"]
