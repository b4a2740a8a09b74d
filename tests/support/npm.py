"""Packages from npm, for tests of what others write in JavaScript."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.support.servers import ROOT


def npm_packages(*names: str) -> Path:
    """The folder in whose `node_modules` these packages are, each with its version. They are
    installed once, and kept beside our own environment."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("no npm here: install Node")
    folder = Path(sys.prefix) / "npm" / sha256(" ".join(names).encode()).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        if not (folder / "done").exists():
            quiet = ("--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock")
            command = [npm, "install", "--prefix", str(folder), *quiet, *names]
            got = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
            if got.returncode != 0:
                pytest.skip(f"npm cannot install {', '.join(names)}: {got.stderr[-300:]}")
            (folder / "done").touch()
    return folder


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    import fcntl  # Windows has none

    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def app_with_our_package(packages: Path) -> Iterator[Path]:
    """A folder for an app that has installed our package, as `npm pack` makes it, beside others."""
    folder = Path(mkdtemp(dir=packages))
    try:
        command = ["npm", "pack", "--silent", "--pack-destination", str(folder)]
        subprocess.run([*command, str(ROOT / "examples" / "vwr-js")], check=True, timeout=60)
        shutil.unpack_archive(next(folder.glob("*.tgz")), folder)
        (folder / "node_modules").mkdir()
        (folder / "package").rename(folder / "node_modules" / "vwr-js")
        yield folder
    finally:
        shutil.rmtree(folder)
