"""One run of the load generator against one server, and what it showed."""

import json
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import Server, tool
from benchmarks.store import Valkey

CONNECTIONS = 32
SCRIPT = Path(__file__).parent / "requests.lua"

#: A server that had less of its core than this, or could have had, did not get its core.
OWN_CORE = 0.9


@dataclass(frozen=True)
class Sample:
    """What one run showed of one server."""

    per_second: float  # requests
    cpu_micros: float  # of the server, per request
    busy: float  # the part of the time in which the server ran
    others: float  # the part of the time in which its core worked for somebody else
    trips: float  # store round trips per request
    commands: float  # store commands per request, those inside scripts too
    trips_per_second: float
    p99: float  # milliseconds
    failures: int  # refused by the server, or broken connections

    def starved(self, saturates: bool) -> bool:
        """Whether the server did not get its core, so that the run says nothing."""
        return self.busy < OWN_CORE if saturates else self.others > 1 - OWN_CORE


@dataclass(frozen=True)
class Target:
    """What is asked of a server: a path, headers in order, and cookies to take in turn."""

    server: Server
    path: str
    headers: Mapping[str, str]
    cookies: Path | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}{self.path}"


def run(target: Target, valkey: Valkey, seconds: int) -> Sample:
    """Load one server for some seconds with 32 connections."""
    command = [tool("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(SCRIPT)]
    command += [target.url, "--", str(target.cookies or "-")]
    command += [f"{name}: {value}" for name, value in target.headers.items()]
    asked, core = valkey.asked(), target.server.core_seconds()
    cpu, clock = target.server.cpu_seconds(), time.monotonic()
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    cpu, clock = target.server.cpu_seconds() - cpu, time.monotonic() - clock
    core = target.server.core_seconds() - core
    asked = valkey.asked().since(asked)
    line = next(line for line in output.splitlines() if line.startswith("FIGURES "))
    figures = json.loads(line.removeprefix("FIGURES "))
    requests, took = max(figures["requests"], 1), figures["micros"] / 1e6
    return Sample(
        per_second=requests / took,
        cpu_micros=cpu / requests * 1e6,
        # wrk starts before it loads and reads its cookies; that time is not the server's fault.
        busy=cpu / min(clock, took),
        others=(core - cpu) / clock,
        trips=asked.trips / requests,
        commands=asked.commands / requests,
        trips_per_second=asked.trips / clock,
        p99=figures["p99"] / 1e3,
        failures=figures["refused"] + figures["broken"],
    )
