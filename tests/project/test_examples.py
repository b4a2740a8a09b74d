"""The shops of `examples/`: reserve, wait, shop, purchase, see the receipt, start over."""

import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import httpx
import pytest

from tests.support.servers import ROOT, free_port, running
from tests.support.visitor import Visitor, purchase, visitor_at
from vwr_middleware.demo.servers import SHOPS


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
    server, *app = SHOPS[shop]
    port = free_port()
    where = ["-b", f"127.0.0.1:{port}"] if server == "gunicorn" else ["--port", str(port)]
    with (
        running([server, *app, *where], port, environment) as url,
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
