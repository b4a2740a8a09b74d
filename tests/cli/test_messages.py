"""`vwr message`: languages, links, severity, and messages that are kept for later."""

import json

import pytest

from tests.cli.conftest import Run
from tests.support.shell import failed, said

#: A message with all that it may have.
WHOLE = (
    *("Row 3 is gone. [Other rows](/seats)", "--language", "en", "--severity", "urgent"),
    *("--in", "de", "Reihe 3 ist weg.", "--in", "fr", "Le rang 3 est complet."),
)


def test_a_message_has_other_languages_links_and_a_severity(run: Run) -> None:
    text = said(run("message", "main", *WHOLE, "--timed"))
    assert text.startswith(
        "everybody in line reads: Row 3 is gone. [Other rows](/seats) (urgent; 2"
    )
    assert text.endswith("UTC; also in de, fr)\n")
    told = json.loads(said(run("status", "main", "--json")))
    assert told["message"] == "Row 3 is gone. Other rows"
    assert told["announcement"]["texts"] == {
        "de": "Reihe 3 ist weg.",
        "fr": "Le rang 3 est complet.",
    }
    assert "also in de, fr" in " ".join(said(run("status", "main")).split())
    assert said(run("message", "main")) == "the message is removed\n"
    assert json.loads(said(run("status", "main", "--json")))["announcement"] is None


def test_a_message_is_kept_and_shown_later(run: Run) -> None:
    assert said(run("message", "main", "--kept")) == "no message is kept\n"
    kept = said(run("message", "main", *WHOLE, "--keep", "row-3"))
    assert kept == "kept as row-3: show it with --show row-3\n"
    assert json.loads(said(run("status", "main", "--json")))["message"] is None
    assert said(run("message", "main", "--kept")).startswith("row-3: Row 3 is gone. [Other")
    shown = said(run("message", "main", "--show", "row-3"))
    assert shown.startswith("everybody in line reads: Row 3 is gone.")
    assert said(run("message", "main", "--forget", "row-3")) == "row-3 is put away\n"
    assert "there is no prepared message 'row-3'" in failed(
        run("message", "main", "--show", "row-3")
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["See [this](https://evil.example)"], "has a link that leads to 'https://evil.example'"),
        (["--in", "de", "Reihe 3"], "write the TEXT too"),
        (["--keep", "a"], "--keep needs a TEXT"),
        (["--show", "a", "words"], "--show stands alone"),
        (["--show", "a", "--forget", "b"], "--show stands alone"),
        (["words", "--severity", "loud"], "is not one of 'info', 'warning', 'urgent'"),
        (["words", "--keep", "Not A Name"], "is no name for a message"),
    ],
)
def test_what_makes_no_sense_is_said_and_changes_nothing(
    run: Run, words: list[str], told: str
) -> None:
    assert told in " ".join(failed(run("message", "main", *words)).split())
    assert json.loads(said(run("status", "main", "--json")))["message"] is None
