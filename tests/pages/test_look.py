"""How a user makes the waiting page look like their own site."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.pages import VIEW, Reader
from tests.support.problems import KEY, problems
from tests.support.servers import ROOT
from vwr_middleware.pages.contrast import contrast
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.theme import DARK, LIGHT, Theme
from vwr_middleware.pages.view import View
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
        Theme(logo="/\\evil.example/a.png"),
        Theme(logo="/a\nb.png"),
        Theme(logo="https://[::1/a.png"),
        Theme(logo="https://:::/a.png"),
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
    "colors",
    [
        ("a", "b"),
        (1, 2),
        "red",
        ["accent"],
        {"accent": 7},
        7,
        (("a", "b", "c"),),
        {None: "#b00"},
        ((["a"], "b"),),
    ],
)
def test_colours_are_names_with_values(colors: object) -> None:
    (told,) = problems(colors=colors)
    assert "colors must be like" in told


@pytest.mark.parametrize("title", [{"text": "Sale"}, {"<b>": "Sale"}, {"N!": "Sale"}])
def test_a_title_is_written_by_languages(title: object) -> None:
    (told,) = problems(title=title)
    assert "is no language: write a tag like de or pt-BR" in told


@pytest.mark.parametrize("name", ["title", "theme"])
def test_what_is_no_mapping_at_all_is_a_problem_like_any_other(name: str) -> None:
    assert len(problems(**{name: ((["a"], "b"),)})) == 1


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


def theme_css(pages: Pages, view: View = VIEW) -> str:
    found = re.findall(r"theme\.[a-z0-9.]+\.css", pages.waiting(view).decode())
    file = pages.static_file(found[0]) if found else None
    return file.body.decode() if file else ""


def test_a_room_has_a_title_in_the_visitors_language_and_no_name_of_its_own() -> None:
    title = {"en": "General sale", "de": "Freier Verkauf"}
    pages = pages_of(Settings(secret_key=KEY, paths="/", name="vip-2", title=title, subtitle="May"))

    def shown(language: str) -> dict[str, str]:
        return Reader(pages.waiting(replace(VIEW, room="vip-2", language=language))).texts

    assert (shown("en")["title"], shown("en")["subtitle"]) == ("General sale", "May")
    assert shown("de")["title"] == "Freier Verkauf"
    assert shown("ja")["title"] == "General sale", "what is missing stands in English"
    page = pages.waiting(replace(VIEW, room="vip-2"))
    assert "title" not in Reader(pages.waiting(replace(VIEW, room="other"))).texts
    assert b"<title>You are in line \xc2\xb7 General sale</title>" in page
    assert b"> vip-2" not in page and b"\xc2\xb7 vip-2" not in page


def test_what_a_room_sets_of_its_look_wins_over_the_site() -> None:
    room = {"name": "vip", "paths": "/vip", "theme": {"header": "#5a3a00", "logo": "/vip.svg"}}
    other = {"name": "main", "paths": "/"}
    colors = {"accent": "#8a1538"}
    pages = pages_of(
        Settings(
            secret_key=KEY,
            rooms=[room, other],
            logo="/logo.svg",
            logo_dark="/dark.svg",
            colors=colors,
            header=["#8a1538", "#2c1140"],
        )
    )
    of_site, of_room = theme_css(pages), theme_css(pages, replace(VIEW, room="vip"))
    assert "--header:linear-gradient(120deg,#8a1538,#2c1140);--on-header:#ffffff;" in of_site
    assert "--header:#5a3a00;" in of_room and "--accent:#8a1538;" in of_room
    page = pages.waiting(replace(VIEW, room="vip"))
    assert b'<img id=site src="/vip.svg"' in page
    assert b"dark.svg" not in page, "that is the dark form of another logo"
    dark = b'<source srcset="/dark.svg" media="(prefers-color-scheme: dark)">'
    assert dark in pages.waiting(VIEW)


def test_a_picture_lies_under_a_veil_and_may_come_from_a_host_of_the_sites_own() -> None:
    theme = Theme(header=["https://cdn.example/a b.jpg"], font='/brand".woff2')
    assert theme.problems == []
    assert 'url("https://cdn.example/a%20b.jpg")' in theme.css
    assert 'src:url("/brand%22.woff2");' in theme.css and "--font:brand,system-ui;" in theme.css
    assert "#000b,#0006" in theme.css and "--on-header:#fff;" in theme.css
    assert "; img-src 'self' https://cdn.example;" in theme.content_security_policy
    assert "font-src" not in theme.content_security_policy


def test_one_scheme_is_for_all_visitors() -> None:
    dark = Theme(scheme="dark", logo="/a.svg", logo_dark="/b.svg", colours={"accent": "#8a1538"})
    assert ":root{color-scheme:dark;--accent:#ee8eab;--on-accent:#000000;" in dark.css
    assert "prefers-color-scheme" not in dark.css
    assert b'<picture><img id=site src="/b.svg"' in Pages(theme=dark).waiting(VIEW)


def test_our_colours_can_be_read_and_are_those_of_the_style_sheet() -> None:
    assert [*Theme().unreadable] == []
    style = (ROOT / "static" / "src" / "vwr.css").read_text()
    for palette, part in ((LIGHT, style), (DARK, style.partition("prefers-color-scheme: dark")[2])):
        for name, colour in palette.items():
            assert contrast(palette["surface"], palette["muted"]) > 7
            short = {"#ffffff": "#fff"}.get(colour, colour)
            assert f"--{name.replace('_', '-')}: {short};" in part


@pytest.mark.parametrize(
    ("colours", "told"),
    [
        (
            {"muted": "#999"},
            "muted #999 on surface #ffffff has a contrast of 2.8 to 1, and needs 7: set muted to #",
        ),
        ({"accent": "#ff6600"}, "accent #ff6600 on surface #ffffff has a contrast of 2.9 to 1"),
        ({"text_dark": "#333333"}, "text_dark #333333 on surface_dark #18202b"),
        ({"accent": "#8a1538", "on_accent": "#000"}, "on_accent #000 on accent #8a1538"),
    ],
)
def test_colours_that_cannot_be_read_end_the_start_with_the_fix(
    colours: dict[str, str], told: str
) -> None:
    found = problems(colors=colours)
    assert any(told in problem for problem in found), found
    room = {"name": "vip", "paths": "/", "theme": {"colors": colours}}
    of_room = problems(rooms=[room])
    assert any(f"room 'vip': theme colors: {told}" in problem for problem in of_room), of_room


def test_what_the_message_says_mends_it() -> None:
    (told, *_) = problems(colors={"muted": "#9aa0c8", "background": "#ffffff"})
    found = re.search(r"set muted to (#[0-9a-f]{6})", told)
    assert found
    Settings(secret_key=KEY, paths="/", colors={"muted": found[1], "background": "#ffffff"})


def test_dark_mode_has_a_lighter_accent_of_the_same_hue_unless_it_is_set() -> None:
    assert Theme(colours={"accent": "#8a1538"}).palette("dark")["accent"] == "#ee8eab"
    both = Theme(colours={"accent": "#8a1538", "accent_dark": "#fff"})
    assert both.palette("dark")["accent"] == "#fff"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("header", ["#800", "#ff0"], "neither white nor black text can be read on all of it"),
        ("header", "red", "header must be like"),
        ("header", 7, "header must be like"),
        ("header", ["#800", "/a.jpg"], "one picture, or colours alone"),
        ("header", ["#800"] * 5, "4 colours at most"),
        ("logo_dark", "logo.svg", "logo_dark must be a path like /logo.svg"),
        ("font", "fonts/a.woff2", "font must be a path like /brand.woff2"),
        ("scheme", "night", "scheme must be one of auto, light, dark"),
        ("title", {"en": 7}, "title must be text, or text by language"),
        ("title", "x" * 101, "up to 100 characters"),
        ("theme", "#800", "theme must be like"),
        ("theme", {"colour": "#800", "scheme": "x"}, "theme has no 'colour': use one of logo,"),
    ],
)
def test_a_look_that_cannot_be_says_so(name: str, value: object, told: str) -> None:
    assert told in "\n".join(problems(**{name: value}))
