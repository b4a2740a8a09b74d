"""Builds wheel and sdist into dist/, shows that anybody gets the same bytes, and checks them.

`python -m tools.make_dist` is what `make dist` and a release run. The second build starts from the
sdist of the first one, in another folder, with other times of its files.
"""

import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
#: Stands for the project's address until it has one: see pyproject.toml.
PLACEHOLDER = "code.example"
#: Long ago, for files that no build should ask for their time.
_LONG_AGO = 1_000_000_000


def main(arguments: list[str]) -> int:
    """Build, build again, compare, check. With `--release` refuse what must not be published."""
    for old in DIST.glob("vwr_middleware-*"):
        old.unlink()
    built = build(ROOT, DIST)
    print(*(f"{sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in built), sep="\n")
    differ = built_otherwise(built)
    if differ:
        print("a second build differs:", *differ)
        return 1
    print("a second build, from the sdist, has the same bytes")
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, built)]
    if subprocess.run(command, check=False).returncode:
        return 1
    problems = release_problems(built, os.environ) if "--release" in arguments else []
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


def build(source: Path, out: Path, **environ: str) -> list[Path]:
    """The sdist of a folder, and the wheel built from that sdist."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or _time_of_commit()
    env = {**os.environ, "SOURCE_DATE_EPOCH": epoch, **environ}
    command = [sys.executable, "-m", "build", "--outdir", str(out), str(source)]
    subprocess.run(command, check=True, env=env, stdout=subprocess.DEVNULL)
    return sorted(out.glob("vwr_middleware-*"))


def built_otherwise(built: list[Path]) -> list[str]:
    """Names of the files that another build makes differently."""
    (sdist,) = (path for path in built if path.name.endswith(".tar.gz"))
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(sdist) as archive:
            archive.extractall(folder, filter="data")
        (source,) = Path(folder).iterdir()
        for path in source.rglob("*"):
            os.utime(path, (_LONG_AGO, _LONG_AGO))
        again = build(source, Path(folder) / "dist")
        same = {path.name: path.read_bytes() for path in again}
        names = {*same, *(path.name for path in built)}
        return sorted(
            name
            for name in names
            if not (DIST / name).exists() or (DIST / name).read_bytes() != same.get(name)
        )


def release_problems(built: list[Path], environ: Mapping[str, str]) -> list[str]:
    """What keeps these files from being published."""
    problems = []
    tag = environ.get("GITHUB_REF_NAME", "")
    if not any(path.name == f"vwr_middleware-{tag.removeprefix('v')}.tar.gz" for path in built):
        problems.append(f"the tag is {tag or 'missing'}, but what was built is {built[-1].name}")
    if PLACEHOLDER in (ROOT / "pyproject.toml").read_text():
        problems.append("the project has no address yet: make address URL=https://…")
    if tag.removeprefix("v") not in (ROOT / "CHANGELOG.md").read_text():
        problems.append(f"CHANGELOG.md says nothing of {tag}")
    return problems


def _time_of_commit() -> str:
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or str(_LONG_AGO)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
