"""Cookies that are no good are as good as none."""

import httpx

from tests.support.faults import fault
from tests.support.live import Server
from tests.support.spoiled import spoiled
from tests.support.visitor import TICKET, TOKEN


@fault(
    "Cookies are forged, foreign, cut off or huge",
    new="Are newcomers: such cookies are ignored.",
    figure="No error page, no number.",
)
def test_cookies_that_are_no_good_are_as_good_as_none(
    ticket: str, issued: None, client: httpx.Client
) -> None:
    for value in spoiled(ticket):
        for cookie in (
            f"{TICKET}={value}",
            f"{TOKEN}={value}",
            f"{TICKET}={value}; {TOKEN}={value}",
        ):
            raw = [(b"cookie", cookie.encode("latin-1"))]
            answers = [client.get(path, headers=raw) for path in ("/tickets", "/vwr/main/position")]
            assert [answer.status_code for answer in answers] == [429, 200], cookie
            assert answers[1].json()["you"] == "none"
            claim = client.post("/vwr/main/token", headers=raw)
            assert claim.status_code == 401, cookie


@fault("Cookies are forged, foreign, cut off or huge", line="A good one among bad ones counts.")
def test_a_good_cookie_counts_among_bad_ones(ticket: str, client: httpx.Client) -> None:
    for value in spoiled(ticket):
        raw = [(b"cookie", f"{TICKET}={value}; a=b; {TICKET}={ticket}".encode("latin-1"))]
        answer = client.get("/vwr/main/position", headers=raw).json()
        assert answer["you"] == "waiting", value


def test_of_many_cookies_of_one_name_a_bounded_number_is_tried(
    ticket: str, client: httpx.Client
) -> None:
    for forged, you in ((31, "waiting"), (60, "none")):
        values = [f"{ticket[:-2]}{i:02}" for i in range(forged)]
        crowd = "; ".join(f"{TICKET}={value}" for value in (*["x"] * 50, *values, ticket))
        told = client.get("/vwr/main/position", headers={"Cookie": crowd}).json()
        assert told["you"] == you


def test_who_ignores_cookies_takes_numbers_only_by_opening_pages(
    server: Server, issued: None, client: httpx.Client
) -> None:
    for _ in range(20):
        client.cookies.clear()
        assert client.get("/tickets").status_code == 429
        client.cookies.clear()
        assert client.get("/vwr/main/position").json()["you"] == "none"
