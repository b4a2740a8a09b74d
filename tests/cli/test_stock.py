"""`vwr stock` on a store and on a control API."""

import json

import pytest

from tests.cli.conftest import Run
from tests.support.shell import failed, said
from vwr_middleware.cli import asking


def test_an_operator_says_what_is_left_and_takes_it_back(run: Run) -> None:
    assert said(run("stock", "main")) == "left to sell: nobody says it\n"
    told = said(run("stock", "main", "420"))
    assert told.startswith("left to sell: 420, said by an operator")
    assert told.endswith("; reaches the end of the line\n")
    assert said(run("stock", "main")).startswith("left to sell: 420, said by an operator")
    assert "420, said by an operator" in said(run("status", "main"))
    stock = json.loads(said(run("status", "main", "--json")))["stock"]
    assert (stock["left"], stock["said_by"], stock["problem"]) == (420, "operator", "")
    assert said(run("stock", "main", "none")) == "left to sell: nobody says it\n"
    assert json.loads(said(run("status", "main", "--json")))["stock"] is None


def test_a_stock_that_would_close_the_line_is_asked_about_first(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(run("set", "main", "when_gone=close"))
    monkeypatch.setattr(asking, "is_person", lambda: True)
    refused = run("stock", "main", "0", input="n\n")
    assert refused.exit_code != 0 and "the line closes at once" in refused.output
    assert "nobody says it" in said(run("stock", "main"))
    assert "0, said by an operator" in said(run("stock", "main", "0", "--yes"))
    assert "closed" in said(run("status", "main"))
    assert "1, said by an operator" in said(run("stock", "main", "1"))
    assert "closed" not in said(run("status", "main"))


@pytest.mark.parametrize("left", ["-1", "2.5", "many", "9" * 30])
def test_what_is_no_number_of_things_changes_nothing(run: Run, left: str) -> None:
    assert "stock_left" in failed(run("stock", "main", "--", left))
    assert "nobody says it" in said(run("stock", "main"))
