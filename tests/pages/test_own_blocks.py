"""Blocks of a user's own templates that nothing shows are told, with those that there are."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from vwr_middleware.cli.commands import vwr
from vwr_middleware.own_templates import template_warnings
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.preview import preview, resume_preview
from vwr_middleware.settings import Settings
from vwr_middleware.wsgi import middleware as wsgi

KEY = "a key for tests of templates"
EXTENDS = '{% extends "ours/waiting.html" %}\n'
OURS = "head, header, numbers, rules, footer"
LOST = (
    "waiting.html, line 2: block footr is never shown: the template that it extends has these"
    f" blocks: {OURS}"
)


def lost(folder: Path, **files: str) -> list[str]:
    """What is said of blocks in these files, with the folder taken out."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.html"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    found = template_warnings(Pages(folders=[folder]))
    of_blocks = [warning for warning in found if ": block " in warning]
    assert all(warning.startswith(f"{folder}/") for warning in of_blocks)
    return [warning.removeprefix(f"{folder}/") for warning in of_blocks]


def block(name: str, content: str = "x") -> str:
    return f"{{% block {name} %}}{content}{{% endblock %}}"


def test_a_block_that_ours_has_not_is_told(tmp_path: Path) -> None:
    assert lost(tmp_path, waiting=EXTENDS + block("footr") + block("rules")) == [LOST]
    within = f"{EXTENDS}{{% if resume %}}{block('footr')}{{% endif %}}"
    assert lost(tmp_path, waiting=within) == [LOST], "wherever it stands"


def test_the_page_of_another_device_has_blocks_of_its_own(tmp_path: Path) -> None:
    mine = '{% extends "ours/waiting_resume.html" %}' + block("numbers") + block("footer")
    (told,) = lost(tmp_path, waiting_resume=mine)
    assert "waiting_resume.html, line 1: block numbers is never shown" in told
    assert told.endswith("has these blocks: head, header, footer")


def test_the_panel_has_blocks_too(tmp_path: Path) -> None:
    (told,) = lost(tmp_path, panel__base='{% extends "ours/panel/base.html" %}' + block("titel"))
    assert told.startswith("panel/base.html, line 1: block titel")
    assert told.endswith("has these blocks: title, main")


def test_a_base_of_ones_own_between_counts(tmp_path: Path) -> None:
    base = EXTENDS + block("footer", block("phone"))
    mine = '{% extends "base.html" %}' + block("phone") + block("fone")
    (told,) = lost(tmp_path, base=base, waiting=mine)
    assert told.startswith("waiting.html, line 1: block fone is never shown")
    assert told.endswith(f"has these blocks: footer, phone, {OURS.removesuffix(', footer')}")
    told_of_base = lost(tmp_path, base=base + block("footr"), waiting='{% extends "base.html" %}')
    assert told_of_base == [LOST.replace("waiting.html", "base.html")]


def test_a_base_without_blocks_is_said_to_have_none(tmp_path: Path) -> None:
    (told,) = lost(tmp_path, base="<p>", waiting='{% extends "base.html" %}' + block("footer"))
    assert told.endswith("has these blocks: none")


@pytest.mark.parametrize(
    "text",
    [
        EXTENDS + block("footer", block("mine")),
        block("mine"),
        "{% set base = 'ours/waiting.html' %}{% extends base %}" + block("mine"),
        # These fail, which is told as such.
        "{% extends 'none.html' %}" + block("mine"),
        "{% extends 'waiting.html' %}" + block("mine"),
        EXTENDS + "{% block footr %}",
    ],
)
def test_no_other_block_is_told(tmp_path: Path, text: str) -> None:
    assert lost(tmp_path, waiting=text) == []


def test_it_is_told_at_start_up_and_by_the_check(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lost(tmp_path, waiting=EXTENDS + block("footr"))
    wsgi.make_site(Settings(secret_key=KEY, paths="/", store="memory://", templates=tmp_path))
    assert caplog.messages == [f"{tmp_path}/{LOST}"]
    environ = {"VWR_SECRET_KEY": KEY, "VWR_PATHS": "/", "VWR_STORE": "memory://"}
    done = CliRunner(env=environ | {"VWR_TEMPLATES": str(tmp_path)}).invoke(vwr, ["check"])
    assert done.exit_code == 0
    assert f"warning: {tmp_path}/{LOST}" in done.output


def test_without_templates_of_ones_own_nothing_is_told() -> None:
    assert template_warnings(Pages()) == []


@pytest.mark.parametrize("name", ["waiting", "waiting_resume"])
@pytest.mark.parametrize(
    ("content", "shown"), [("", b""), (" \n", b""), ("a<b>", b"<div>a<b></div>")]
)
def test_what_stands_below_a_page_is_set_apart(
    tmp_path: Path, name: str, content: str, shown: bytes
) -> None:
    mine = f'{{% extends "ours/{name}.html" %}}{block("footer", content)}'
    (tmp_path / f"{name}.html").write_text(mine)
    own, ours = Pages(folders=[tmp_path]), Pages()
    if name == "waiting":
        told, before = own.waiting(preview("near")), ours.waiting(preview("near"))
    else:
        given = resume_preview("a place")
        told, before = (pages.resume("en", "x", "/s", **given) for pages in (own, ours))
    end = told.partition(b"</footer>")[2].partition(b"</main>")[0]
    assert end.strip() == shown
    assert told.replace(end, b"\n") == before
