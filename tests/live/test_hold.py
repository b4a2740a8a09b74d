"""A crowd over HTTP at real servers: half of those who come give up, and the room stays full."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from benchmarks.hold.crowd import Crowd, Plan
from benchmarks.hold.stores import NAMESPACE
from benchmarks.processes import family
from tests.support.servers import ROOT, running_uvicorn
from tests.support.waiting import wait_for
from vwr_middleware.simulate.result import most_within

pytestmark = pytest.mark.long

OPTIONS = ("--factory", "--no-access-log", "--log-level", "warning", "--timeout-keep-alive", "90")


def settings_of(plan: Plan, valkey_url: str) -> dict[str, Any]:
    """The room that a crowd comes to."""
    return {
        "secret_key": "for the tests of a real crowd, and nothing else",
        # Patience with a machine that runs other tests besides: a late store is not looked at.
        "store": f"{valkey_url}?socket_timeout=5",
        "namespace": NAMESPACE,
        "paths": ["/tickets"],
        "max_active": plan.slots,
    }


def test_a_small_crowd_keeps_the_room_full_at_two_workers(valkey_url: str) -> None:
    plan = Plan(people=200, per_second=100, slots=20, stay=5.0, patience=6.0)
    env = {"BENCHMARK_SETTINGS": json.dumps(settings_of(plan, valkey_url))}
    inside: list[int] = []
    with running_uvicorn("benchmarks.apps.asgi:ours", 2, env, OPTIONS) as url:
        address = urlsplit(url)
        crowd = Crowd(plan, (address.hostname or "", address.port or 0), NAMESPACE)
        crowd.run(lambda now: crowd.visits.entered >= 40, lambda now: None)
        crowd.run(lambda now: len(inside) >= 9, lambda now: inside.append(crowd.door.inside))
        crowd.connections.close()
    assert not crowd.visits.errors
    assert crowd.door.over_limit == 0
    assert crowd.door.out_of_order == 0
    assert crowd.door.overtaken < 4 * plan.slots, "called in order"
    # On a busy machine it takes a while until somebody who may come in has done so. If those who
    # gave up kept slots, it would be a tenth.
    assert sum(inside) >= 0.6 * plan.slots * len(inside), "those who gave up keep no slot"
    assert crowd.visits.gave_up > 0.3 * crowd.visits.came
    assert crowd.visits.completed > 0


def hold(folder: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "benchmarks.hold", "--out", str(folder), *options]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)


def figures(folder: Path) -> dict[str, Any]:
    (path,) = folder.glob("*.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


class Watched:
    """When people came in, and when slots became free, as a crowd hears of it."""

    def __init__(self, crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
        self.came_in: list[tuple[float, int]] = []
        self.freed: list[float] = []
        self._come_in, self._end = crowd.door.come_in, crowd.door.end
        monkeypatch.setattr(crowd.door, "come_in", self._comes_in)
        monkeypatch.setattr(crowd.door, "end", self._ends)

    def _comes_in(self, position: int, now: float) -> None:
        self.came_in.append((now, position))
        self._come_in(position, now)

    def _ends(self) -> None:
        self.freed.append(time.monotonic())
        self._end()

    def overtaken(self) -> list[tuple[int, float]]:
        """For each who came in: how many behind were earlier, and how long before the first was."""
        found = []
        for number, (at, position) in enumerate(self.came_in):
            behind = [then for then, other in self.came_in[:number] if other > position]
            found.append((len(behind), at - min(behind, default=at)))
        return found


@pytest.mark.crowd
def test_nobody_who_asks_when_told_is_overtaken_by_more_than_became_free_at_once(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = Plan(people=600, per_second=100, slots=20, stay=5.0, patience=30.0)
    env = {"BENCHMARK_SETTINGS": json.dumps(settings_of(plan, valkey_url))}
    inside: list[int] = []
    with running_uvicorn("benchmarks.apps.asgi:ours", 2, env, OPTIONS) as url:
        address = urlsplit(url)
        crowd = Crowd(plan, (address.hostname or "", address.port or 0), NAMESPACE)
        watched = Watched(crowd, monkeypatch)
        crowd.run(lambda now: crowd.visits.entered >= 2 * plan.slots, lambda now: None)
        until = time.monotonic() + 45
        crowd.run(lambda now: now >= until, lambda now: inside.append(crowd.door.inside))
        crowd.connections.close()
    places, seconds = zip(*watched.overtaken(), strict=True)
    at_once, used = most_within(watched.freed, 1.0), sum(inside) / len(inside) / plan.slots
    with capsys.disabled():
        print(
            f"\n{len(places)} came in, {sum(map(bool, places))} were overtaken, by {max(places)}"
            f" places and for {max(seconds):.1f} s at most; {at_once} slots became free within a"
            f" second; {used:.1%} in use"
        )
    assert not crowd.visits.errors
    assert crowd.door.over_limit == crowd.door.out_of_order == 0
    assert max(places) <= max(plan.slots, at_once)
    assert max(seconds) <= 5, "the longest interval is 2.4 s; the rest is for a busy machine"


SMALL = ("--minutes", "0.2", "--hold", "0.5", "--slots", "50", "--stay", "8")


@pytest.mark.crowd
@pytest.mark.parametrize(
    "options",
    [
        pytest.param((), id="valkey"),
        pytest.param(("--store", "sqlite"), id="sqlite"),
        pytest.param(("--store", "postgres"), id="postgres"),
        pytest.param(("--connections", "each"), id="a-connection-each"),
        pytest.param(("--workers", "2"), id="two-workers"),
        pytest.param(("--server", "granian"), id="granian"),
    ],
)
def test_thousands_are_held(
    options: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running = hold(tmp_path, "--people", "2000", *SMALL, *options)
    _, said = running.communicate()
    assert running.returncode == 0, said.decode()
    run = figures(tmp_path)
    with capsys.disabled():
        print(f"\n{(tmp_path / 'hold.md').read_text()}")
    assert run["errors"] == {}
    assert (run["out_of_order"], run["over_limit"]) == (0, 0)
    assert run["overtaken"] < 4 * run["slots"]
    assert run["held"] == pytest.approx(2000, rel=0.02)
    assert run["slots_used"] > 0.7
    assert run["gave_up"] == pytest.approx(run["came"] / 2, rel=0.1)
    assert run["entered"] > 2 * run["slots"]
    assert all((tmp_path / name).stat().st_size for name in ("hold.svg", "hold.md"))


@pytest.mark.crowd
@pytest.mark.parametrize("store", ["redis", "sqlite"])
def test_a_rush_turns_nobody_away_for_good(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rush = ("--rush", "5000", "--within", "2", "--calm", "5", "--store", store)
    running = hold(tmp_path, "--people", "500", *SMALL, *rush)
    _, said = running.communicate()
    assert running.returncode == 0, said.decode()
    (path,) = (tmp_path / "rush").glob("*.json")
    before, during, after = json.loads(path.read_text())
    with capsys.disabled():
        print(f"\n{path.with_suffix('.md').read_text()}")
    assert [phase["errors_inside"] for phase in (before, during, after)] == [0, 0, 0]
    came, places = (during[what] + after[what] for what in ("newcomers", "places"))
    assert came >= 4500
    assert places == pytest.approx(came, rel=0.01), "everybody has a place"
    assert after["overtaken_ms"][1] < 20_000


@pytest.mark.crowd
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_crowd_that_is_killed_leaves_no_process(tmp_path: Path, number: signal.Signals) -> None:
    running = hold(tmp_path, "--people", "500", *SMALL, "--workers", "2")
    assert running.stderr is not None
    running.stderr.readline()  # all are there
    started = family(running.pid)[1:]
    assert len(started) >= 4  # the store, the server, its workers
    running.send_signal(number)
    running.wait()
    running.stderr.close()
    wait_for(lambda: not any(is_running(pid) for pid in started))


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
