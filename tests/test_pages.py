"""The waiting page as bytes: what it says, what it escapes, what it weighs."""

import gzip
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers import ROOT
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.pages.pages import Pages, View
from vwr_middleware.pages.preview import STATES, preview
from vwr_middleware.pages.theme import Theme
from vwr_middleware.settings import Settings
from vwr_middleware.start_up import pages_of

KILOBYTE = 1024
OF_ANOTHER_RELEASE = "waiting.0123456789.js"
SCRIPT = "<script>alert(1)</script>"
VIEW = View(
    room="main",
    site="shop.example",
    you="waiting",
    state="queueing",
    position=12_345,
    ahead=1234,
    serving=11_110,
    waiting=5000,
    wait_seconds=(600, 900),
    server_time=1_000_000_000.0,
    next_url="/tickets?seat=7&row=a",
)


@pytest.fixture(scope="module")
def pages() -> Pages:
    """Pages as they ship."""
    return Pages()


class Reader(HTMLParser):
    """Collects what a browser would see: elements, and the text of each id."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag not in ("base", "meta", "link", "input", "img"):
            self._open.append(attributes.get("id") or "")

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for name in filter(None, self._open):
            self.texts[name] = self.texts.get(name, "") + data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.texts["vwr-data"])[1]
        return found


def weights(pages: Pages, language: str) -> list[bytes]:
    page = pages.waiting(replace(VIEW, language=language))
    names = re.findall(rb'(?:href|src)="/vwr/static/([^"]+(?:css|js))"', page)
    files = [pages.static_file(name.decode()) for name in names]
    assert len(files) == 2
    return [page, *(file.body for file in files if file)]


def test_the_page_weighs_little_in_english(pages: Pages) -> None:
    parts = weights(pages, "en")
    assert sum(map(len, parts)) <= 15 * KILOBYTE
    assert sum(len(gzip.compress(part, 9)) for part in parts) <= 6000


def test_the_page_weighs_little_in_every_language(pages: Pages) -> None:
    for language in pages.languages:
        assert sum(map(len, weights(pages, language.code))) <= 18 * KILOBYTE


def test_the_page_says_where_the_visitor_stands(pages: Pages) -> None:
    page = Reader(pages.waiting(VIEW))
    assert page.texts["heading"] == "You are in line"
    assert page.texts["ahead"] == "about 1,200"
    assert page.texts["position"] == "12,345"
    assert page.texts["serving"] == "11,110"
    assert page.texts["waiting"] == "5,000"
    assert page.texts["wait"] == "10 to 15 minutes"
    assert page.texts["updated"] == "Updated at 01:46 UTC."
    assert page.texts["site"] == "shop.example"


def test_how_many_are_in_line_is_not_told_where_it_is_not_public(pages: Pages) -> None:
    page = Reader(pages.waiting(replace(VIEW, waiting=None)))
    assert {"id": "crowd", "hidden": None} in page.all("div")
    assert "waiting" not in page.texts
    assert "waiting" not in page.data


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_a_page_in_every_language(pages: Pages, state: str) -> None:
    for language in pages.languages:
        page = Reader(pages.waiting(replace(preview(state), language=language.code)))
        assert page.texts["heading"]
        assert page.all("html") == [{"lang": language.code, "dir": language.direction}]


def test_nothing_of_a_visitor_or_operator_becomes_markup(pages: Pages) -> None:
    hostile = replace(
        VIEW, site=SCRIPT, message=SCRIPT + '"', next_url="/tickets?" + SCRIPT + "\"'&"
    )
    page = Reader(pages.waiting(hostile))
    assert len(page.all("script")) == 2
    assert page.texts["message"] == SCRIPT + '"'
    assert page.texts["site"] == SCRIPT
    assert page.data["message"] == SCRIPT + '"'
    assert hostile.next_url in [a["href"] for a in page.all("a")]


def test_the_way_back_keeps_its_query(pages: Pages) -> None:
    page = Reader(pages.waiting(VIEW))
    links = {a.get("id"): a["href"] for a in page.all("a")}
    assert links["check"] == "/tickets?seat=7&row=a"
    leave = next(form for form in page.all("form") if form.get("id") == "leave")
    assert leave["action"] == "/vwr/main/leave?next=/tickets%3Fseat%3D7%26row%3Da"


def test_one_visitors_numbers_never_show_on_anothers_page(pages: Pages) -> None:
    first = Reader(pages.waiting(VIEW))
    second = Reader(pages.waiting(replace(VIEW, position=7, ahead=3, next_url="/a", site="b")))
    assert (second.texts["position"], second.texts["ahead"]) == ("7", "3")
    assert "12345" not in json.dumps(second.data)
    assert first.data["position"] == 12_345


def test_without_scripts_the_page_reloads_every_thirty_seconds(pages: Pages) -> None:
    assert b"<noscript><meta http-equiv=refresh content=30></noscript>" in pages.waiting(VIEW)
    at_the_door = replace(VIEW, you="next")
    assert b"http-equiv=refresh content=4" in pages.waiting(at_the_door)


def test_a_page_of_a_stopped_form_reloads_at_an_address_that_can_be_loaded(pages: Pages) -> None:
    page = Reader(pages.waiting(replace(VIEW, stopped_method="POST", reload=False)))
    (refresh,) = [meta for meta in page.all("meta") if meta.get("http-equiv") == "refresh"]
    assert refresh["content"] == "30;url=/vwr/main/?next=/tickets%3Fseat%3D7%26row%3Da&stopped=1"


def test_where_cookies_are_blocked_all_links_lead_out_of_a_frame(pages: Pages) -> None:
    assert Reader(pages.waiting(preview("cookies"))).all("base") == [{"target": "_top"}]
    assert Reader(pages.waiting(VIEW)).all("base") == []


@pytest.mark.parametrize("state", ["turn", "missed", "ended", "left", "moved"])
def test_only_those_who_have_no_other_button_are_told_to_check(pages: Pages, state: str) -> None:
    check = b'<a id=check data-in=cookies href="/tickets?seat=7&amp;row=a"'
    assert check + b">" in pages.waiting(VIEW)
    assert b"hidden>Check now" in pages.waiting(preview(state))


def test_a_closed_room_is_looked_at_again_without_scripts(pages: Pages) -> None:
    assert b"http-equiv=refresh content=30" in pages.waiting(preview("closed"))


def test_where_a_missed_turn_is_lost_the_page_says_so(pages: Pages) -> None:
    kept, lost = pages.waiting(VIEW), pages.waiting(replace(VIEW, late_is_lost=True))
    assert b"you lose your place" in lost
    assert b"lock your phone" not in lost
    assert b"others go first until you are back" not in lost
    assert b"lock your phone" in kept


def test_only_those_who_have_a_place_are_told_that_it_is_kept(pages: Pages) -> None:
    kept = "We have no connection at the moment. We keep your place and go on trying."
    assert Reader(pages.waiting(preview("trouble"))).texts["notice"] == kept
    none = "We have no connection at the moment. We go on trying."
    assert Reader(pages.waiting(preview("offline"))).texts["notice"] == none
    late = pages.waiting(replace(preview("trouble"), late_is_lost=True))
    assert Reader(late).texts["notice"] == none, "the turn may be missed meanwhile"


def test_a_page_made_without_a_store_tells_no_time_of_its_numbers(pages: Pages) -> None:
    page = pages.waiting(replace(preview("trouble"), server_time=0.0))
    assert "updated" not in Reader(page).texts


def test_the_reloading_can_be_turned_off(pages: Pages) -> None:
    page = pages.waiting(replace(VIEW, refresh=False))
    assert b"http-equiv" not in page
    assert b"refresh=off" in pages.waiting(VIEW)


@pytest.mark.parametrize("you", ["missed", "ended", "left"])
def test_a_place_that_is_gone_is_not_asked_for_by_reloading(pages: Pages, you: str) -> None:
    assert b"http-equiv" not in pages.waiting(replace(VIEW, you=you))


@pytest.mark.parametrize("reason", ["slower", "limit"])
def test_a_wait_that_grew_is_explained_without_scripts_too(pages: Pages, reason: str) -> None:
    page = Reader(pages.waiting(replace(VIEW, wait_reason=reason)))
    assert page.texts["notice"] == "It takes longer than expected: fewer people are going in."
    assert "notice" not in Reader(pages.waiting(VIEW)).texts


def test_a_stopped_form_is_said_to_need_repeating(pages: Pages) -> None:
    assert b"Please send it again" in pages.waiting(replace(VIEW, stopped_method="POST"))
    assert b"Please send it again" not in pages.waiting(VIEW)


def test_nothing_comes_from_another_host_and_no_script_or_style_is_inline(pages: Pages) -> None:
    page = pages.waiting(VIEW)
    assert not re.search(rb"https?:|//[a-z]| style=| on[a-z]+=|<style", page)
    scripts = Reader(page).all("script")
    assert [s for s in scripts if "src" not in s and s.get("type") != "application/json"] == []
    policy = pages.content_security_policy
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    assert allowed["default-src"] == "'self'"
    assert allowed["object-src"] == allowed["base-uri"] == "'none'"
    assert not {"script-src", "style-src", "connect-src"} & allowed.keys()
    assert "unsafe" not in policy


def test_static_files_are_named_by_their_content_and_compressed(pages: Pages) -> None:
    name = re.search(rb"/vwr/static/(waiting\.[0-9a-f]+\.js)", pages.waiting(VIEW))
    assert name
    file = pages.static_file(name[1].decode())
    assert file
    assert file.gzipped
    assert gzip.decompress(file.gzipped) == file.body
    assert file.content_type == "text/javascript; charset=utf-8"


def test_a_page_of_another_release_gets_the_script_of_this_one_for_a_while(pages: Pages) -> None:
    current = re.search(rb"/vwr/static/(waiting\.[0-9a-f]+\.js)", pages.waiting(VIEW))
    assert current
    mine, other = (pages.static_file(name) for name in (current[1].decode(), OF_ANOTHER_RELEASE))
    assert mine and other
    assert other.body == mine.body
    assert other.gzipped == mine.gzipped
    assert other.cache_control == "public, max-age=300"
    assert mine.cache_control == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("name", ["nothing.0123456789.js", "waiting.0123.js", ".0123456789.js"])
def test_what_no_release_has_is_not_found(pages: Pages, name: str) -> None:
    assert pages.static_file(name) is None


def test_a_users_own_files_win_over_ours(tmp_path: Path) -> None:
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "vwr.css").write_text("main{color:red}")
    (folder / "font.woff2").write_bytes(b"wOF2")
    (folder / ".hidden").write_text("no")
    mine = (
        '{% extends "ours/waiting.html" %}{% block head %}'
        '<link rel=preload href="{{ asset("font.woff2") }}">{% endblock %}'
    )
    (tmp_path / "waiting.html").write_text(mine)
    pages = Pages(folders=[tmp_path])
    page = pages.waiting(VIEW)
    names = re.findall(rb"/vwr/static/([^\" \n]+)", page)
    found = {
        file.name.partition(".")[0]: file for n in names if (file := pages.static_file(n.decode()))
    }
    assert found["vwr"].body == b"main{color:red}"
    assert (found["font"].body, found["font"].content_type) == (b"wOF2", "font/woff2")
    assert found["waiting"].body == (ROOT / "static" / "waiting.js").read_bytes()
    assert pages.content_security_policy.startswith("default-src 'self';")


def test_sites_that_are_named_may_show_the_page_in_a_frame() -> None:
    assert "frame-ancestors 'self'" in Theme().content_security_policy
    settings = Settings(
        secret_key="k" * 32, paths="/tickets", frame_ancestors=["https://portal.example"]
    )
    policy = pages_of(settings).content_security_policy
    assert policy.endswith("frame-ancestors 'self' https://portal.example")
    with pytest.raises(ConfigurationError, match="frame_ancestors must be an origin"):
        Settings(secret_key="k" * 32, paths="/tickets", frame_ancestors="*; script-src *")


def test_no_browser_asks_the_app_for_an_icon(pages: Pages) -> None:
    def icon(page: bytes) -> str:
        found = next(link for link in Reader(page).all("link") if link["rel"] == "icon")
        return found["href"] or ""

    ours = pages.static_file(icon(pages.waiting(VIEW)).removeprefix("/vwr/static/"))
    assert ours
    assert ours.content_type == "image/svg+xml"
    assert icon(Pages(theme=Theme(logo="/logo.svg")).waiting(VIEW)) == "/logo.svg"


@pytest.mark.parametrize("name", ["", "waiting.js", "../pages.py", "src/waiting.js", "a\x00"])
def test_no_other_static_name_is_served(pages: Pages, name: str) -> None:
    assert pages.static_file(name) is None


def test_a_users_template_extends_ours(tmp_path: Path) -> None:
    mine = '{% extends "ours/waiting.html" %}{% block footer %}<p>Call 555</p>{% endblock %}'
    (tmp_path / "waiting.html").write_text(mine)
    page = Pages(folders=[tmp_path]).waiting(VIEW)
    assert b"<p>Call 555</p>" in page
    assert b"You are in line" in page


def test_a_user_replaces_the_whole_page(tmp_path: Path) -> None:
    (tmp_path / "waiting.html").write_text("<title>{{ heading }}</title>{{ ahead }}, {{ next }}")
    page = Pages(folders=[tmp_path]).waiting(replace(VIEW, ahead=5))
    assert page == b"<title>You are in line</title>5, /tickets?seat=7&amp;row=a"


def test_name_logo_and_colours_are_settings() -> None:
    theme = Theme(
        logo="https://cdn.example/logo.svg", colours={"accent": "#b00", "text_dark": "#eee"}
    )
    assert theme.problems == []
    pages = Pages(site_name="Our Shop", theme=theme)
    page = pages.waiting(VIEW)
    assert Reader(page).texts["site"] == "Our Shop"
    assert b'<img src="https://cdn.example/logo.svg" alt="">' in page
    assert "img-src 'self' https://cdn.example;" in pages.content_security_policy
    name = re.search(rb"theme\.[0-9a-f]+\.css", page)
    assert name
    file = pages.static_file(name[0].decode())
    assert file
    # Neither scheme's colours are looked at with the other's.
    assert file.body == (
        b"@media(prefers-color-scheme:light){:root{--accent:#b00;}}"
        b"@media(prefers-color-scheme:dark){:root{--text:#eee;}}"
    )


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


def test_a_page_without_a_position_joins(pages: Pages) -> None:
    page = Reader(pages.waiting(replace(VIEW, you="none", position=None, ahead=None)))
    assert page.texts["heading"] == "One moment"


def test_the_script_is_told_only_what_is_known(pages: Pages) -> None:
    data = Reader(pages.waiting(VIEW)).data
    assert "claim_by" not in data
    assert data["wait_seconds"] == {"low": 600, "high": 900}


def test_the_look_is_checked_with_all_other_settings() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings(
            secret_key="k" * 32,
            paths="/tickets",
            site_name=7,
            logo="logo.svg",
            colors={"acent": "#b00", "text": "red"},
        )
    told = "\n".join(caught.value.problems)
    assert "site_name must be text" in told
    assert "logo must be a path like /logo.svg or an https URL" in told
    assert "colors has no colour 'acent'" in told
    assert "has 'red' for 'text'" in told


@pytest.mark.parametrize("colors", [("a", "b"), (1, 2), "red", ["accent"], {"accent": 7}])
def test_colours_are_names_with_values(colors: object) -> None:
    with pytest.raises(ConfigurationError, match="colors must be like"):
        Settings(secret_key="k" * 32, paths="/tickets", colors=colors)


def test_settings_can_be_made_of_settings() -> None:
    given = Settings(secret_key="k" * 32, paths="/tickets", colors={"accent": "#b00"})
    assert replace(given, debug=True).colors == (("accent", "#b00"),)


def test_the_look_may_come_from_the_environment() -> None:
    settings = Settings.from_env(
        {
            "VWR_SECRET_KEY": "k" * 32,
            "VWR_PATHS": "/tickets",
            "VWR_SITE_NAME": "Our Shop",
            "VWR_COLORS": '{"accent": "#b00"}',
        }
    )
    assert (settings.site_name, settings.colors) == ("Our Shop", (("accent", "#b00"),))


def test_the_script_for_apps_has_a_name_that_stays(pages: Pages) -> None:
    file = pages.static_file("vwr.js")
    assert file
    assert file.cache_control == "public, max-age=300"
