"""How a user makes the waiting page look like their own site."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.pages import VIEW, Reader
from tests.support.problems import KEY, problems
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.theme import Theme
from vwr_middleware.settings import Settings
from vwr_middleware.startup.checks import pages_of


def test_sites_that_are_named_may_show_the_page_in_a_frame() -> None:
    assert "frame-ancestors 'self'" in Theme().content_security_policy
    settings = Settings(
        secret_key=KEY, paths="/tickets", frame_ancestors=["https://portal.example"]
    )
    policy = pages_of(settings).content_security_policy
    assert policy.endswith("frame-ancestors 'self' https://portal.example")
    (told,) = problems(frame_ancestors="*; script-src *")
    assert "frame_ancestors must be an origin" in told


def test_name_logo_and_colours_are_settings() -> None:
    theme = Theme(
        logo="https://cdn.example/logo.svg", colours={"accent": "#b00", "text_dark": "#eee"}
    )
    assert theme.problems == []
    pages = Pages(site_name="Our Shop", theme=theme)
    page = pages.waiting(VIEW)
    assert b'<img id=site src="https://cdn.example/logo.svg" alt="Our Shop">' in page
    assert "site" not in Reader(page).texts, "the logo says it"
    assert "img-src 'self' https://cdn.example;" in pages.content_security_policy
    name = re.search(rb"theme\.[0-9a-f]+\.css", page)
    assert name
    file = pages.static_file(name[0].decode())
    assert file
    # Neither scheme's colours are looked at with the other's.
    _, light, dark = file.body.split(b"@media(prefers-color-scheme:")
    assert light == b"light){:root{--accent:#b00;--on-accent:#ffffff;}}"
    assert dark.startswith(b"dark){:root{--text:#eee;")


@pytest.mark.parametrize(
    ("logo", "policy"),
    [
        ("/static/logo.svg", "default-src 'self'; object-src"),
        ("https://Cdn.example/logo.svg", "default-src 'self'; img-src 'self' https://Cdn.example;"),
    ],
)
def test_a_logo_is_of_this_origin_or_of_one_that_the_policy_names(logo: str, policy: str) -> None:
    theme = Theme(logo=logo)
    assert theme.problems == []
    assert theme.content_security_policy.startswith(policy)


@pytest.mark.parametrize(
    "theme",
    [
        Theme(colours={"acent": "#b00"}),
        Theme(colours={"accent": "red;}body{display:none"}),
        Theme(logo="javascript:alert(1)"),
        Theme(logo="//evil.example/a.png"),
        Theme(logo="https://a.example;script-src *"),
    ],
)
def test_a_theme_that_cannot_work_says_so(theme: Theme) -> None:
    assert theme.problems


def test_the_look_is_checked_with_all_other_settings() -> None:
    colours = {"acent": "#b00", "text": "red"}
    told = "\n".join(problems(site_name=7, logo="logo.svg", colors=colours))
    assert "site_name must be text" in told
    assert "logo must be a path like /logo.svg or an https URL" in told
    assert "colors has no colour 'acent'" in told
    assert "has 'red' for 'text'" in told


@pytest.mark.parametrize(
    "colors", [("a", "b"), (1, 2), "red", ["accent"], {"accent": 7}, 7, (("a", "b", "c"),)]
)
def test_colours_are_names_with_values(colors: object) -> None:
    (told,) = problems(colors=colors)
    assert "colors must be like" in told


def test_settings_can_be_made_of_settings() -> None:
    given = Settings(secret_key=KEY, paths="/tickets", colors={"accent": "#b00"})
    assert replace(given, debug=True).colors == (("accent", "#b00"),)


def test_the_look_may_come_from_the_environment() -> None:
    settings = Settings.from_env(
        {
            "VWR_SECRET_KEY": KEY,
            "VWR_PATHS": "/tickets",
            "VWR_SITE_NAME": "Our Shop",
            "VWR_COLORS": '{"accent": "#b00"}',
        }
    )
    assert (settings.site_name, settings.colors) == ("Our Shop", (("accent", "#b00"),))


def test_a_user_replaces_the_whole_page(tmp_path: Path) -> None:
    (tmp_path / "waiting.html").write_text("<title>{{ heading }}</title>{{ ahead }}, {{ next }}")
    page = Pages(folders=[tmp_path]).waiting(replace(VIEW, ahead=5))
    assert page == b"<title>You are in line</title>5, /tickets?seat=7&amp;row=a"
