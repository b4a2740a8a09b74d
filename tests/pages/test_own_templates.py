"""A user's own templates: what fails in them is told with its file and its line."""

from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.preview import STATES, preview, resume_preview
from vwr_middleware.pages.templates import told
from vwr_middleware.pages.view import ResumeView
from vwr_middleware.panel.replies import Templates
from vwr_middleware.settings import Settings
from vwr_middleware.wsgi import middleware as wsgi

SLOT = (
    "line 2: it changes or compares a value that differs between visitors: such values are filled"
    " in later"
)
EXTENDS = '{% extends "ours/waiting.html" %}\n'
GIVEN = {"secret_key": "a key for tests of templates", "store": "memory://", "paths": "/tickets"}
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
        "{{ site[:-1] }}",
        "\ue000 is the letter of an icon",
        "{% extends 'waiting.html' %}",
        "{% block footer %}",
    ],
)
def test_where_ones_own_page_fails_ours_is_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, pages: Pages, text: str
) -> None:
    write(tmp_path, "waiting.html", text)
    own = Pages(folders=[tmp_path])
    for state in ("waiting", "paused", "waiting"):
        assert own.waiting(preview(state)) == pages.waiting(preview(state))
        assert own.shared_page(preview(state)).names == pages.shared_page(preview(state)).names
    (said,) = caplog.messages
    assert f"{tmp_path}/waiting.html" in said


def test_what_a_visitor_typed_makes_no_line_of_its_own_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, "waiting_resume.html", "{% include view.typed %}")
    given = {**resume_preview("wrong"), "view": ResumeView(typed="a\nb\x1b")}
    assert b"Continue on another device" in Pages(folders=[tmp_path]).resume("en", "", "", **given)
    assert "there is no template a b" in caplog.messages[0]
    assert caplog.messages[0].isprintable()


def test_no_text_of_a_visitor_or_operator_is_taken_for_a_mistake(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, "waiting_resume.html", "{{ next }}")
    write(tmp_path, "panel/sign_in.html", "{{ said }}")
    given = {**resume_preview("no place"), "next": "/tickets?icon=%EE%80%80"}
    assert Pages(folders=[tmp_path]).resume("en", "", "", **given) == given["next"].encode()
    shown = Templates([tmp_path]).page("sign_in.html", said="\ue000")
    assert shown.body.decode() == "\ue000"
    assert caplog.messages == []


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
    assert said.endswith(
        f"{tmp_path}/panel/base.html, line 1: UndefinedError: 'nothing' is undefined"
    )


def test_no_line_of_a_program_is_told_that_lies_among_the_templates(tmp_path: Path) -> None:
    write(tmp_path, "waiting.html", "\n{{ nothing }}")
    with pytest.raises(UndefinedError) as caught:
        Pages(folders=[tmp_path]).try_waiting(preview("waiting"))
    said = told(caught.value, ["/"], "waiting.html")
    assert said.startswith(f"{tmp_path}/waiting.html, line 2: ")


def test_ones_own_panel_extends_ours(tmp_path: Path) -> None:
    mine = '{% extends "ours/panel/base.html" %}{% block title %}My rooms{% endblock %}'
    write(tmp_path, "panel/base.html", mine)
    write(tmp_path, "panel/no_store.html", '{% extends "panel/base.html" %}')
    assert b"<title>My rooms</title>" in Templates([tmp_path]).page("no_store.html", base="").body


# They are tried when the site is made.


def problems(folder: Path, **given: Any) -> list[str]:
    """What keeps a site with these templates from being made."""
    settings = Settings(**{**GIVEN, "templates": folder, **given})
    with pytest.raises(ConfigurationError) as caught:
        wsgi.make_site(settings)
    return [problem.replace(f"{folder}/", "") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ aehad }}", "line 2: UndefinedError: 'aehad' is undefined"),
        ("{{ language.nme }}", "Language object' has no attribute 'nme'"),
        ("{% if ahead > 5 %}{% endif %}", SLOT),
        ("{% if position == 1 %}{% endif %}", SLOT),
        ("{{ ahead|int + 1 }}", SLOT),
        ("{{ ahead + 1 }}", "such values are filled in later, so only print them, and decide by"),
        ("{{ ahead|upper }}", SLOT),
        ("{{ next|urlencode }}", SLOT),
        ("{{ message|tojson }}", SLOT),
        (
            "{% filter upper %}{{ ahead }}{% endfilter %}",
            "compares a value that differs between visitors",
        ),
        ('{% include "call.html" %}', "line 2: there is no template call.html"),
        (
            '{{ asset("x.css") }}',
            "line 2: LookupError: there is no file static/x.css beside the templates",
        ),
        ("{{ ahead|uper }}", "line 2: TemplateAssertionError: No filter named 'uper'"),
        ("{% if %}", "line 2: TemplateSyntaxError: Expected an expression, got"),
        ("{% wibble %}", "line 2: TemplateSyntaxError: Encountered unknown tag 'wibble'"),
        ("{{ 1 + 'a' }}", "line 2: TypeError: unsupported operand type(s) for +: 'int' and 'str'"),
        ("{{ 1 // 0 }}", "line 2: ZeroDivisionError: integer division or modulo by zero"),
    ],
)
def test_a_mistake_is_told_at_start_up(tmp_path: Path, text: str, said: str) -> None:
    write(tmp_path, "waiting.html", f"{EXTENDS}{{% block footer %}}{text}{{% endblock %}}")
    (told,) = problems(tmp_path)
    assert told.startswith("waiting.html")
    assert said in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{% extends 'waiting.html' %}", "line 1: it extends or includes itself: to extend ours,"),
        ("{% extends 'our/waiting.html' %}", "line 1: there is no template our/waiting.html"),
        ("{% extends 'ours/wait.html' %}", "line 1: there is no template wait.html"),
        ("\ue000 is the letter of an icon", ": it changes or compares a value"),
        ("{{ ahead", "line 1: TemplateSyntaxError: unexpected end of template"),
    ],
)
def test_a_page_that_cannot_be_made_is_told_at_start_up(
    tmp_path: Path, text: str, said: str
) -> None:
    write(tmp_path, "waiting.html", text)
    (told,) = problems(tmp_path)
    assert said in told


def test_a_page_in_other_letters_is_told_at_start_up(tmp_path: Path) -> None:
    (tmp_path / "waiting.html").write_bytes("Grüße".encode("latin-1"))
    (told,) = problems(tmp_path)
    assert told.startswith("waiting.html: UnicodeDecodeError: 'utf-8' codec")


def test_every_phase_is_tried(tmp_path: Path) -> None:
    phases = sorted({preview(state).phase for state in STATES})
    lines = [f'{{{{ nothing if phase == "{phase}" }}}}' for phase in phases]
    write(tmp_path, "waiting.html", "\n".join(lines))
    places = [told.partition(": ")[0] for told in problems(tmp_path)]
    assert sorted(places) == sorted(f"waiting.html, line {n + 1}" for n in range(len(phases)))


@pytest.mark.parametrize(
    ("condition", "seen"),
    [
        ("late_is_lost", "late-is-lost"),
        ("stopped", "stopped-form"),
        ("has_message", "message"),
        ("longer", "longer"),
        ("language.code == 'he'", "language he"),
        ("room == 'vip'", "room vip"),
    ],
)
def test_what_a_page_may_decide_by_is_tried(tmp_path: Path, condition: str, seen: str) -> None:
    write(tmp_path, "waiting.html", f"{{{{ nothing if {condition} }}}}")
    (told,) = problems(tmp_path, name="vip")
    assert told.endswith(f"(seen in: {seen})")


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, "waiting.html", '{{ 1 // 0 if phase == "paused" }}{{ m if phase == "missed" }}')
    write(tmp_path, "waiting_resume.html", '{{ vew.code }}{{ view.cod if view.problem == "slow" }}')
    found = problems(tmp_path, store=f"sqlite:///{tmp_path}/none/vwr.sqlite3")
    assert [problem.partition(": ")[0] for problem in found] == [
        "waiting.html, line 1",
        "waiting.html, line 1",
        "waiting_resume.html, line 1",
        "store",
    ]
    with pytest.raises(ConfigurationError) as caught:
        Settings(**{**GIVEN, "templates": tmp_path, "max_active": 0})
    assert len(caught.value.problems) == 4, "those of the settings and of the templates"


@pytest.mark.parametrize(
    ("condition", "seen"),
    [
        ("view.code and language.code == 'he'", "language he"),
        ("view.problem == 'slow'", "slow"),
    ],
)
def test_every_state_of_the_page_of_another_device_is_tried(
    tmp_path: Path, condition: str, seen: str
) -> None:
    footer = f"{{% block footer %}}{{{{ vew if {condition} }}}}{{% endblock %}}"
    write(tmp_path, "waiting_resume.html", '{% extends "ours/waiting_resume.html" %}' + footer)
    (told,) = problems(tmp_path)
    assert "waiting_resume.html, line 1: UndefinedError: 'vew' is undefined (seen" in told
    assert told.endswith(f"(seen in: {seen})")


def test_a_site_that_steps_aside_tries_nothing(tmp_path: Path) -> None:
    write(tmp_path, "waiting.html", "{{ nothing }}")
    settings = Settings(**GIVEN, templates=tmp_path, enabled=False)
    assert wsgi.make_site(settings).settings is settings


def test_pages_that_work_are_no_problem(tmp_path: Path) -> None:
    printed = "{{ ahead }}{{ 'of ' + site ~ wait }}{{ _('{n}').replace('{n}', position) }}"
    write(tmp_path, "waiting.html", EXTENDS + f"{{% block footer %}}{printed}{{% endblock %}}")
    write(tmp_path, "waiting_resume.html", '{% extends "ours/waiting_resume.html" %}')
    write(tmp_path, "panel/base.html", '{% extends "ours/panel/base.html" %}')
    assert wsgi.make_site(Settings(**GIVEN, templates=tmp_path)).settings.templates == tmp_path
