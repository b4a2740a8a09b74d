"""The shops of `examples/`: reserve, wait, shop, purchase, see the receipt, start over."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from tests.support.in_time import in_time
from tests.support.servers import ROOT, free_port, running
from tests.support.serving import serving_asgi
from tests.support.visitor import Visitor, purchase, visitor_at
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.demo.crowd import CHOSEN, END_OF_SESSION
from vwr_middleware.demo.servers import SHOPS, command_of, serving
from vwr_middleware.serve.upstream import proxying

pytestmark = pytest.mark.outside

PHP = shutil.which("php")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A room for one."""
    return {
        "VWR_SECRET_KEY": "a key for an example",
        "VWR_STORE": f"sqlite:///{tmp_path / 'rooms.sqlite3'}",
        "VWR_MAX_ACTIVE": "1",
    }


def starts_over(visitor: Visitor, receipt: httpx.Response) -> httpx.Response:
    """Press the button of the receipt, and go where it leads."""
    form = re.search(r'method="post" action="([^"]+)">\s*<button[^>]+again"', receipt.text)
    assert form
    back = visitor.opens(unescape(form[1]), "POST")
    assert back.headers["location"] == "/vwr/main/?next=/tickets"
    return visitor.opens(back.headers["location"])


@pytest.mark.parametrize("shop", SHOPS)
def test_a_ticket_is_bought_behind_the_waiting_room(shop: str, environment: dict[str, str]) -> None:
    port = free_port()
    _python, _m, *command = command_of(shop, port, workers=1)
    with (
        running(command, port, environment) as url,
        visitor_at(url) as first,
        visitor_at(url) as second,
    ):
        home = first.opens("/").text
        assert 'href="/tickets"' in home
        styles = re.search(r'href="(/static/[^"]+)"', home)
        assert styles
        assert first.fetches(styles[1]).status_code == 200
        page = first.opens("/tickets")
        assert "Purchase now" in page.text
        assert "number <b>1</b>" in page.text
        assert first.fetches("/tickets/time-left").json()["seconds"] > 10
        assert second.opens("/tickets").status_code == 202
        bought = purchase(second, page)
        assert bought.status_code == 202
        bought = purchase(first, page)
        assert bought.status_code == 303
        receipt = first.opens(bought.headers["location"])
        assert "Thank you!" in receipt.text
        assert first.opens("/tickets").headers["vwr-state"] == "ended"
        assert starts_over(first, receipt).status_code in (202, 303)


@pytest.fixture(scope="module")
def php_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The shop in PHP, by itself."""
    if not (PHP or "CI" in os.environ):
        pytest.skip("PHP is not installed")
    port, log = free_port(), tmp_path_factory.mktemp("php") / "log"
    command = [str(PHP), "-S", f"127.0.0.1:{port}", "-t", str(ROOT / "examples/php_shop")]
    with serving(command, port, {}, log):
        yield f"http://127.0.0.1:{port}"


def test_a_ticket_is_bought_in_the_shop_in_php(php_shop: str) -> None:
    with visitor_at(php_shop) as visitor:
        assert 'href="/tickets"' in visitor.opens("/").text
        assert visitor.fetches("/shop.css").headers["content-type"].startswith("text/css")
        page = visitor.opens("/tickets").text
        chosen = dict(CHOSEN.findall(page))
        assert chosen == {"trip": "deck"}
        bought = visitor.client.post(f"{php_shop}/tickets/purchase", data=chosen)
        assert bought.status_code == 303
        receipt = visitor.opens(bought.headers["location"]).text
        assert "On deck, under the stars" in receipt
        assert END_OF_SESSION.search(receipt)


def test_it_is_bought_behind_the_room_as_a_proxy_and_the_receipt_ends_the_session(
    php_shop: str,
) -> None:
    room = WaitingRoomMiddleware(
        proxying(php_shop),
        secret_key="a key for an example",
        store="memory://",
        paths=["/tickets"],
        max_active=1,
    )
    with serving_asgi(room) as url, visitor_at(url) as first, visitor_at(url) as second:
        chosen = dict(CHOSEN.findall(first.opens("/tickets").text))
        assert second.opens("/tickets").status_code == 202
        bought = first.opens("/tickets/purchase", "POST", data=chosen)
        assert bought.status_code == 303
        receipt = first.opens(bought.headers["location"]).text
        (end,) = END_OF_SESSION.findall(receipt)
        assert first.fetches(end, "POST").json()["you"] == "ended"
        assert in_time(lambda: second.opens("/tickets").status_code == 200)


@pytest.mark.parametrize("form", [{}, {"trip": "moon"}, {"trip[]": "deck"}])
def test_the_shop_in_php_sells_only_what_it_has(php_shop: str, form: dict[str, str]) -> None:
    answer = httpx.post(f"{php_shop}/tickets/purchase", data=form)
    assert answer.status_code == 400
    assert "There is no such ticket." in answer.text


def test_the_shop_in_php_shows_nothing_as_html_that_a_visitor_wrote(php_shop: str) -> None:
    query = "trip=deck&number=<script>alert(1)</script>"
    assert "<script>alert" not in httpx.get(f"{php_shop}/receipt?{query}").text
    for path in ("/receipt?trip=moon&number=1", "/receipt?trip[]=deck", "/tickets/none", "/none"):
        answer = httpx.get(f"{php_shop}{path}")
        assert (answer.status_code, "There is nothing here." in answer.text) == (404, True)


def test_the_django_shop_passes_djangos_own_checks(environment: dict[str, str]) -> None:
    # With those of a deployment come all the others.
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "ERROR"],
        cwd=ROOT / "examples" / "django_app",
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "vwr." not in done.stderr
