"""Servers on a core of their own, and what they have used of it."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

STARTS_WITHIN = 20.0


class CannotMeasure(Exception):
    """Something is missing that the figures need; the message says how to get it."""


@dataclass(frozen=True)
class Cores:
    """One core for the server that is measured, one for everything else."""

    server: int
    load: int

    @classmethod
    def chosen(cls) -> "Cores":
        """The first two cores that we may use; this process and its children go to the second."""
        allowed = sorted(os.sched_getaffinity(0))
        if len(allowed) < 2:
            raise CannotMeasure("server and load generator need a core each; there is only one")
        os.sched_setaffinity(0, {allowed[1]})
        return cls(allowed[0], allowed[1])


def family(pid: int) -> list[int]:
    """A process and all that it has started."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):
            children = Path(f"/proc/{one}/task/{one}/children").read_text()
            found += [int(child) for child in children.split()]
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """What processes have used so far, by the kernel's clock of each."""
    used = 0.0
    for pid in pids:
        with contextlib.suppress(OSError):  # it has just ended
            used += time.clock_gettime((~pid << 3) | 2)
    return used


def memory(pids: Iterable[int]) -> int:
    """The bytes of main memory that processes have; what several of them share counts once."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total


@dataclass
class Server:
    """One running server: where it listens, and the process to look at."""

    port: int
    core: int
    process: subprocess.Popen[bytes]

    def pids(self) -> list[int]:
        """The server's process and its workers."""
        return family(self.process.pid)

    def cpu_seconds(self) -> float:
        """The CPU time that it has used so far."""
        return cpu_seconds(self.pids())

    def core_seconds(self) -> float:
        """How long its core has worked so far, for any process (or was used by the host)."""
        for line in Path("/proc/stat").read_text().splitlines():
            name, *ticks = line.split()
            if name == f"cpu{self.core}":
                user, nice, system, _idle, _iowait, *rest = map(int, ticks[:8])
                return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")
        raise CannotMeasure(f"/proc/stat does not know core {self.core}")


@contextlib.contextmanager
def server(
    core: int,
    command: list[str],
    port: int,
    environ: dict[str, str],
    more_cores: Sequence[int] = (),
) -> Iterator[Server]:
    """Start a server on a core, wait until it listens, and end it afterwards."""
    cores = ",".join(str(each) for each in (core, *more_cores))
    pinned = [*ends_with_us(), tool("taskset"), "-c", cores, sys.executable, "-m", *command]
    process = subprocess.Popen(pinned, env={**os.environ, **environ})
    try:
        wait_until_it_listens(process, port, command)
        yield Server(port, core, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_it_listens(process: subprocess.Popen[bytes], port: int, command: list[str]) -> None:
    """Wait until a server accepts connections. Raises RuntimeError."""
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start: {' '.join(command)}")


def ends_with_us(by: str = "TERM") -> list[str]:
    """What is put before a command, so that it ends even if this process is killed."""
    return [tool("setpriv"), "--pdeathsig", by]


def free_port() -> int:
    """A port of this machine that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def tool(name: str) -> str:
    """Where a program is; installs it where apt-get can, and says so where it cannot be had."""
    package = {"taskset": "util-linux", "setpriv": "util-linux"}.get(name, name)
    if shutil.which(name) is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "-q", package], check=False)
    found = shutil.which(name)
    if found is None:
        raise CannotMeasure(f"{name} cannot be had: install it, e.g. `apt-get install {package}`")
    return found
