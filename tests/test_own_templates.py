"""A user's own templates: what fails in them is told with its file, its line and the fix."""

from pathlib import Path

import pytest

from vwr_middleware.pages import Pages
from vwr_middleware.panel.templates import Templates
from vwr_middleware.preview import preview

SIGN_IN = {"base": "/vwr-admin", "next": "/", "said": ""}


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ nothing }}",
        "{% if ahead > 5 %}{% endif %}",
        "{{ ahead|upper }}",
        "{{ site|truncate(3, True, '', 0) }}",
        "\ue000 is the letter of an icon",
        "{% extends 'waiting.html' %}",
        "{% block footer %}",
    ],
)
def test_where_ones_own_page_fails_ours_is_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    write(tmp_path, "waiting.html", text)
    pages = Pages(folders=[tmp_path])
    for state in ("waiting", "paused", "waiting"):
        assert pages.waiting(preview(state)) == Pages().waiting(preview(state))
        assert pages.sheet(preview(state)).names == Pages().sheet(preview(state)).names
    (said,) = caplog.messages
    assert f"{tmp_path}/waiting.html" in said


def test_where_ones_own_panel_fails_ours_is_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, "panel/base.html", "{{ nothing }}")
    panel, ours = Templates([tmp_path]), Templates(())
    for _ in range(2):
        assert (
            panel.page("sign_in.html", **SIGN_IN).body == ours.page("sign_in.html", **SIGN_IN).body
        )
    (said,) = caplog.messages
    assert f"{tmp_path}/panel/base.html, line 1: 'nothing' is undefined" in said


def test_ones_own_panel_extends_ours(tmp_path: Path) -> None:
    mine = '{% extends "ours/panel/base.html" %}{% block title %}My rooms{% endblock %}'
    write(tmp_path, "panel/base.html", mine)
    write(tmp_path, "panel/no_store.html", '{% extends "panel/base.html" %}')
    assert b"<title>My rooms</title>" in Templates([tmp_path]).page("no_store.html", base="").body
