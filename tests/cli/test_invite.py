"""`vwr invite` and `vwr invitations`, on a store and on a control API."""

import csv
from io import StringIO

from tests.cli.conftest import Run
from tests.support.shell import failed, said

SITE = "https://shop.example"


def test_links_are_made_listed_and_revoked(run: Run) -> None:
    to_press = ["--valid", "2d", "--site", f"{SITE}/", "--note", "Press", "--csv"]
    made = run("invite", "--count", "3", *to_press)
    rows = list(csv.DictReader(StringIO(said_to_files(made.stdout))))
    assert [row["number"] for row in rows] == ["1", "2", "3"]
    assert all(row["link"].startswith(f"{SITE}/vwr/main/invitation?code=") for row in rows)
    assert all(row["valid_until"].endswith("Z") for row in rows)
    listed = said(run("invitations"))
    batch = listed.split(" ")[0]
    assert listed.startswith(f"{batch} (Press): 0 of 3 used, good until ")
    revoked = said(run("invitations", "--revoke", batch))
    assert revoked == f"{batch} (Press): 0 of 3 used, revoked\n"


def said_to_files(text: str) -> str:
    return "".join(line for line in text.splitlines(True) if not line.startswith("batch "))


def test_what_makes_no_sense_says_the_fix(run: Run) -> None:
    there = ["--site", SITE]
    assert "write 30m, 12h or 2d" in failed(run("invite", "--count", "1", "--valid", "x", *there))
    assert "--site https://shop.example" in failed(run("invite", "--count", "1"))
    assert "set lanes first" in failed(run("invite", "--count", "1", "--lane", "vip", *there))
    assert "there is no batch" in failed(run("invitations", "--revoke", "0a0a0a0a"))
    assert said(run("invitations")) == "there are no invitations\n"
