"""Static files, and what orchestrators ask: is the process alive, is it ready?"""

import re

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import set_cookies


def test_static_files_may_be_kept_for_a_year(door: Door) -> None:
    door.visit_at()
    page = door.visitor().opens().text
    start = page.index("/vwr/static/")
    path = page[start : page.index('"', start)]
    response = door.visitor().fetches(path)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert not set_cookies(response)
    head = door.visitor().fetches(path, "HEAD")
    assert head.content == b""
    assert int(head.headers["content-length"]) > 0


@pytest.mark.parametrize(("accept", "encoding"), [("gzip;q=0", None), ("br, gzip", "gzip")])
def test_files_are_compressed_for_those_alone_who_can_take_it(
    open_it: Open, accept: str, encoding: str | None
) -> None:
    visitor = open_it(admin_password="a long password").visitor()
    panel = re.search(r"/vwr-admin/static/[\w.-]+", visitor.opens("/vwr-admin/sign-in").text)
    assert panel
    for path in ("/vwr/static/vwr.js", panel[0]):
        response = visitor.fetches(path, headers={"Accept-Encoding": accept})
        assert (response.status_code, response.headers.get("content-encoding")) == (200, encoding)


@pytest.mark.parametrize(
    ("path", "status", "told"), [("/vwr/healthz", 200, "ok"), ("/vwr/readyz", 503, "down")]
)
def test_a_balancer_hears_by_any_method_that_a_process_without_its_store_lives_but_is_not_ready(
    door: Door, path: str, status: int, told: str
) -> None:
    visitor = door.visitor()

    def asks() -> set[int]:  # HAProxy by the last method
        return {visitor.fetches(path, how).status_code for how in ("GET", "HEAD", "OPTIONS")}

    assert asks() == {200}
    assert visitor.fetches(path).json() == {"status": "ok", "store": "ok"}
    assert visitor.fetches(path, "POST").headers["allow"] == "GET, HEAD, OPTIONS"
    door.store.is_off = True
    door.refresh(2)
    assert asks() == {status}
    assert visitor.fetches(path).json() == {"status": told, "store": "down"}
