"""The matrix of versions: `nox` lists what there is, `nox -s lowest` runs one of it.

`make` is for every day and for one Python; this is for releases and the public CI, whose jobs run
nothing but these sessions and targets of make. What stands after `--` goes to pytest.
"""

from pathlib import Path

import nox

nox.needs_version = ">=2025.5"
nox.options.default_venv_backend = "uv"
nox.options.sessions = []

PYTHONS = ["3.11", "3.12", "3.13", "3.14", "3.15"]
#: Each Django that is supported, and the Pythons at both ends of what it runs on.
DJANGOS = [
    ("5.2", "3.11"),
    ("5.2", "3.13"),
    ("6.0", "3.12"),
    ("6.0", "3.14"),
    ("6.1", "3.12"),
    ("6.1", "3.14"),
]
#: What meets a framework; the other tests are the same with each.
OF_FRAMEWORKS = ["tests/doors", "tests/frameworks", "tests/testing", "tests/asgi", "tests/wsgi"]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All default tests, with the newest releases of everything."""
    session.install("-e", ".", "--group", "dev")
    _pytest(session)


@nox.session(python="3.11")
def lowest(session: nox.Session) -> None:
    """All default tests, with the lowest release of each dependency that pyproject.toml allows."""
    constraints = f"{session.create_tmp()}/lowest.txt"
    resolution = ("--resolution", "lowest-direct", "--all-extras", "--python-version", "3.11")
    session.run(
        *("uv", "pip", "compile", "--quiet", *resolution, "pyproject.toml", "-o", constraints),
        external=True,
    )
    session.install("-e", ".", "--group", "dev", "-c", constraints)
    # Old releases of others ask the newest of each other for names that have moved since.
    _pytest(session, "-W", "ignore::DeprecationWarning")


@nox.session
@nox.parametrize("django,python", DJANGOS, ids=[f"{django}-{python}" for django, python in DJANGOS])
def django(session: nox.Session, django: str) -> None:
    """The tests of frameworks with each Django."""
    session.install("-e", ".", "--group", "dev", f"django=={django}.*")
    _pytest(session, *OF_FRAMEWORKS, "-k", "django")


@nox.session(python="3.14")
def newest(session: nox.Session) -> None:
    """All default tests, with releases that are still to come."""
    session.install("--prerelease", "allow", "--upgrade", "-e", ".", "--group", "dev")
    _pytest(session)


@nox.session(python=PYTHONS)
def installed(session: nox.Session) -> None:
    """The wheel that `make dist` has built, without the checkout; on Windows and macOS, too."""
    (wheel,) = Path("dist").glob("*.whl")
    session.install(f"{wheel}[asgi,flask,django,cli,simulate]", "pytest", "httpx")
    session.run("vwr", "--version")
    session.run("python", "-P", "tools/try_installed.py", env={"PYTHONWARNINGS": "ignore"})


@nox.session(python="3.13")
def sbom(session: nox.Session) -> None:
    """What the wheel brings along with all extras, as a list in the format of CycloneDX."""
    (wheel,) = Path("dist").glob("*.whl")
    session.install(f"{wheel}[all]")
    python = f"{session.virtualenv.location}/bin/python"
    command = (
        "cyclonedx-py",
        "environment",
        "--pyproject",
        "pyproject.toml",
        "--output-reproducible",
    )
    out = str(wheel.parent / "sbom.cdx.json")
    session.run("uvx", "--from", "cyclonedx-bom", *command, "-o", out, python, external=True)


def _pytest(session: nox.Session, *arguments: str) -> None:
    session.run("python", "-m", "pytest", "-n", "auto", *arguments, *session.posargs)
