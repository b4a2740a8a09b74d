"""A user's own templates, behind every door: an error in them keeps nobody from waiting."""

from pathlib import Path

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.faults import fault

MINE = '{%% extends "ours/%s" %%}{%% block footer %%}{%% include "call.html" %%}{%% endblock %%}'
PAGES = ("waiting.html", "waiting_resume.html")


@pytest.fixture
def broken(open_it: Open, tmp_path: Path) -> Door:
    """A door whose own templates have lost a part since it was opened."""
    for name in PAGES:
        (tmp_path / name).write_text(MINE % name)
    (tmp_path / "call.html").write_text("<p>Call 555</p>")
    door = open_it(max_active=1, templates=tmp_path)
    (tmp_path / "call.html").unlink()
    return door


@fault(
    "A function or template of yours fails",
    new="A template: our own page is shown.",
    figure="Each is logged once.",
)
def test_who_waits_sees_our_page_where_ones_own_fails(
    broken: Door, caplog: pytest.LogCaptureFixture
) -> None:
    assert broken.visit_at().opens("/tickets").status_code == 200
    for language in ("en", "en", "de", "ja"):
        visitor = broken.visitor()
        page = visitor.opens("/tickets", headers={"Accept-Language": language})
        assert page.status_code == 202
        assert "id=ahead" in page.text
    assert broken.visitor().opens("/vwr/main/").status_code == 202
    assert "Continue on another device" in visitor.opens("/vwr/main/resume").text
    broken.refresh()
    status = broken.visitor().fetches("/vwr/main/status").json()
    assert (status["issued"], status["waiting"]) == (6, 5), "each took one number"
    told = [line for line in caplog.messages if "your own template failed" in line]
    assert len(told) == len(PAGES), "once for each, whoever comes"
    for name, line in zip(PAGES, told, strict=True):
        assert f"the built-in {name} is shown" in line
        assert f"{name}, line 1: there is no template call.html" in line
