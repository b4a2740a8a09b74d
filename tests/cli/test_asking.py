"""The shell asks a person before what could hurt, as the panel does, and a program nothing."""

import pytest

from tests.cli.conftest import Run
from tests.support.shell import failed, said


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize(
    ("words", "hazard"),
    [
        ("pause main", "Nobody is called or enters: 8 people wait until you resume."),
        ("mode main paused", "Nobody is called or enters"),
        ("mode main off", "No limit protects the app any more."),
        ("mode main closed", "Everybody new is turned away"),
        ("set main max_active=1", "2 sessions are running, more than 1"),
        ("set main mode=off", "No limit protects the app any more."),
    ],
)
def test_a_person_is_asked_before_what_could_hurt(run: Run, words: str, hazard: str) -> None:
    before = said(run("status", "main"))
    refused = run(*words.split(), input="n\n")
    assert refused.exit_code == 1 and hazard in refused.output
    assert said(run("status", "main")).split()[:2] == before.split()[:2]
    assert hazard in said(run(*words.split(), input="y\n"))


@pytest.mark.usefixtures("person")
def test_a_person_is_asked_nothing_before_what_hurts_nobody(run: Run) -> None:
    assert said(run("set", "main", "max_active=3")) == "max_active is 3\n"
    assert said(run("unset", "main", "max_active")) == "max_active is 2\n"
    assert said(run("set", "main", "opens_at=2020-01-01T00:00:00+00:00")).startswith("opens_at")
    assert said(run("unset", "main", "opens_at")) == "opens_at is none\n"
    assert said(run("unset", "main", "inlet")) == "inlet is as configured\n"


@pytest.mark.usefixtures("person")
def test_a_person_is_asked_before_a_setting_goes_back_to_what_hurts(run: Run) -> None:
    said(run("pause", "main", "--yes"))
    said(run("unset", "main", "mode"))
    said(run("set", "main", "max_active=400", "--yes"))
    assert "Go on?" not in said(run("unset", "main", "max_active"))
    said(run("mode", "main", "off", "--yes"))
    asked = run("unset", "main", "mode", input="n\n")
    assert asked.exit_code == 1 and "must join the line" in asked.output


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize("words", ["pause main", "mode main off", "reset main"])
def test_who_is_sure_is_not_asked(run: Run, words: str) -> None:
    assert "?" not in said(run(*words.split(), "--yes"))


@pytest.mark.parametrize("words", ["pause main", "mode main off", "set main mode=closed"])
def test_a_script_is_never_asked(run: Run, words: str) -> None:
    assert "?" not in said(run(*words.split()))


@pytest.mark.usefixtures("person")
def test_what_is_wrong_is_told_before_anything_is_asked(run: Run) -> None:
    assert "must be one of" in failed(run("set", "main", "mode=open"))


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("reset main", "add --confirm main, or --yes"),
        ("revoke main 1-1", "add --yes to go on"),
    ],
)
def test_a_script_that_did_not_say_yes_to_what_cannot_be_undone_hears_what_to_add(
    run: Run, words: str, hint: str
) -> None:
    before = said(run("status", "main"))
    assert hint in failed(run(*words.split(), input="y\n"))
    assert said(run("status", "main")).split()[:2] == before.split()[:2]
