"""What the waiting page weighs, and the files that it brings along."""

import gzip
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.pages import VIEW, Reader
from tests.support.servers import ROOT
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.preview import DOOR_STATES
from vwr_middleware.pages.theme import Theme

KILOBYTE = 1024
OF_ANOTHER_RELEASE = "waiting.0123456789.js"


def weights(pages: Pages, language: str) -> list[bytes]:
    page = pages.waiting(replace(VIEW, language=language))
    names = re.findall(rb'(?:href|src)="/vwr/static/([^"]+(?:css|js))"', page)
    files = [pages.static_file(name.decode()) for name in names]
    assert len(files) == 2
    return [page, *(file.body for file in files if file)]


def test_the_page_weighs_little_in_english(pages: Pages) -> None:
    parts = weights(pages, "en")
    assert sum(map(len, parts)) <= 20 * KILOBYTE
    assert sum(len(gzip.compress(part, 9)) for part in parts) <= 8000


def test_the_page_weighs_little_in_every_language(pages: Pages) -> None:
    for language in pages.languages:
        assert sum(map(len, weights(pages, language.code))) <= 24 * KILOBYTE


def at_the_door(pages: Pages, language: str) -> bytes:
    values = {name: each for name, each in DOOR_STATES["drawn"].items() if name != "has_message"}
    page = pages.door(language, "shop.example", "/vwr/static", None, **values)
    return page.filled({"next": "/vwr/main/", "query": ""})


@pytest.mark.parametrize("language", ["en", "ar", "ja"])
def test_the_page_of_a_rush_weighs_a_fraction_of_that(pages: Pages, language: str) -> None:
    page = at_the_door(pages, language)
    assert len(page) <= 3 * KILOBYTE
    name = re.search(rb"door\.[0-9a-f]+\.js", page)
    assert name
    script = pages.static_file(name[0].decode())
    assert script
    assert len(script.body) <= 2 * KILOBYTE
    assert len(gzip.compress(page, 9)) + len(gzip.compress(script.body, 9)) <= 2450
    assert not re.search(rb"https?:|//[a-z]| style=| on[a-z]+=|<style", page)
    assert [s for s in Reader(page).all("script") if "src" not in s] == []


def test_nothing_comes_from_another_host_and_no_script_or_style_is_inline(pages: Pages) -> None:
    page = pages.waiting(VIEW)
    assert not re.search(rb"https?:|//[a-z]| style=| on[a-z]+=|<style", page)
    scripts = Reader(page).all("script")
    assert [s for s in scripts if "src" not in s and s.get("type") != "application/json"] == []
    policy = pages.content_security_policy
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    assert allowed["default-src"] == "'self'"
    assert allowed["object-src"] == allowed["base-uri"] == "'none'"
    assert allowed["form-action"] == allowed["frame-ancestors"] == "'self'"
    assert not {"script-src", "style-src", "connect-src"} & allowed.keys()
    assert "unsafe" not in policy


def test_the_scripts_of_visitors_put_in_texts_and_no_markup() -> None:
    markup = re.compile(
        r"(inner|outer|set)HTML|insertAdjacent|Fragment|DOMParser|\.write(ln)?\b|eval\("
    )
    scripts = [path.read_text() for path in (ROOT / "static/src").glob("*.js")]
    assert len(scripts) >= 7
    assert [found for script in scripts if (found := markup.findall(script))] == []


def test_static_files_are_named_by_their_content_and_compressed(pages: Pages) -> None:
    name = re.search(rb"/vwr/static/(waiting\.[0-9a-f]+\.js)", pages.waiting(VIEW))
    assert name
    file = pages.static_file(name[1].decode())
    assert file
    assert file.gzipped
    assert gzip.decompress(file.gzipped) == file.body
    assert file.gzipped[4:8] == bytes(4)  # no time, so that all workers send the same
    assert file.content_type == "text/javascript; charset=utf-8"


def test_a_page_of_another_release_gets_the_script_of_this_one_for_a_while(pages: Pages) -> None:
    current = re.search(rb"/vwr/static/(waiting\.[0-9a-f]+\.js)", pages.waiting(VIEW))
    assert current
    mine, other = (pages.static_file(name) for name in (current[1].decode(), OF_ANOTHER_RELEASE))
    assert mine and other
    assert len(mine.name) == len(OF_ANOTHER_RELEASE)
    assert other.body == mine.body
    assert other.gzipped == mine.gzipped
    assert other.cache_control == "public, max-age=300"
    assert mine.cache_control == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "name",
    [
        *("nothing.0123456789.js", "waiting.0123.js", ".0123456789.js"),  # of no release
        *("", "waiting.js", "../pages.py", "src/waiting.js", "a\x00"),
    ],
)
def test_no_other_static_name_is_served(pages: Pages, name: str) -> None:
    assert pages.static_file(name) is None


@pytest.mark.parametrize("name", ["vwr.js", "keep.js"])
def test_a_script_for_apps_has_a_name_that_stays(pages: Pages, name: str) -> None:
    file = pages.static_file(name)
    assert file
    assert file.cache_control == "public, max-age=300"


@pytest.mark.parametrize("name", ["waiting", "extras", "resume", "vwr", "keep", "door"])
def test_a_visitors_scripts_can_be_read_by_phones_of_2019(name: str) -> None:
    """What came into the language later: a browser that does not know it reads none of the script.
    A page that says that it goes in by itself would stand still, and an app's calls be lost."""
    script = (ROOT / "static" / f"{name}.js").read_text()
    assert not re.search(r"\?\?|\?\.\D|(\|\||&&)=|\(\?<|\.(at|replaceAll|flatMap)\(", script)


def test_a_tap_selects_the_whole_code_in_safari_too() -> None:
    # It knows no other name than its own for this.
    style = (ROOT / "static" / "resume.css").read_text()
    assert "-webkit-user-select:all;user-select:all" in style


def test_no_browser_asks_the_app_for_an_icon(pages: Pages) -> None:
    def icon(page: bytes) -> str:
        found = next(link for link in Reader(page).all("link") if link["rel"] == "icon")
        return found["href"] or ""

    ours = pages.static_file(icon(pages.waiting(VIEW)).removeprefix("/vwr/static/"))
    assert ours
    assert ours.content_type == "image/svg+xml"
    assert icon(Pages(theme=Theme(logo="/logo.svg")).waiting(VIEW)) == "/logo.svg"


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
