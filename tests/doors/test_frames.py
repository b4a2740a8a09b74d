"""The waiting room in a frame of another site, where its cookies may not come back."""

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import is_inside, set_cookies

FRAME = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}


def test_a_frame_of_another_site_takes_no_place_that_it_could_not_keep(door: Door) -> None:
    door.visit_at()
    for dest in ("iframe", "iframe", "frame", "embed", "object"):
        response = door.visitor().opens(headers={**FRAME, "Sec-Fetch-Dest": dest})
        assert response.status_code == 202, dest
        assert response.headers["vwr-state"] == "cookies"
        assert "http-equiv=refresh" not in response.text
        assert not set_cookies(response)
    assert door.visit_at().position()["position"] == 2


def test_a_reload_in_a_frame_of_another_site_takes_no_place_either(door: Door) -> None:
    door.visit_at()
    reload = {**FRAME, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Storage-Access": "none"}
    response = door.visitor().opens(headers=reload)
    assert response.headers["vwr-state"] == "cookies"
    assert not set_cookies(response)


def test_other_frames_take_a_place(door: Door) -> None:
    door.visit_at()
    for place, site in enumerate(("same-origin", "same-site", "none"), 2):
        visitor = door.visitor()
        for _ in range(2):
            response = visitor.opens(headers={**FRAME, "Sec-Fetch-Site": site})
            assert response.status_code == 202, site
            assert visitor.position()["position"] == place, site


def test_whoever_follows_a_link_of_another_site_takes_a_place(door: Door) -> None:
    door.visit_at()
    for position in (2, 3):
        visitor = door.visitor()
        response = visitor.opens(headers={"Sec-Fetch-Site": "cross-site"})
        assert response.headers["vwr-state"] == "waiting"
        assert visitor.position()["position"] == position
        door.refresh()  # the next one finds no fresh reading of the room


def test_a_frame_of_another_site_takes_a_place_where_its_cookie_comes_back(open_it: Open) -> None:
    door = open_it(max_active=1, cookie_samesite="None")
    door.visit_at()
    assert not set_cookies(door.visitor().opens(headers=FRAME)), "without https it does not"
    visitor = door.visitor(origin="https://shop.example")
    assert "SameSite=None" in set_cookies(visitor.opens(headers=FRAME))["vwr_main"]
    assert visitor.position()["position"] == 2
    assert not set_cookies(visitor.opens(headers=FRAME))


@pytest.mark.parametrize("partitioned", [False, True])
def test_where_only_partitioned_cookies_come_back_no_other_is_given(
    open_it: Open, partitioned: bool
) -> None:
    door = open_it(max_active=1, cookie_samesite="None", cookie_partitioned=partitioned)
    door.visit_at()
    visitor = door.visitor(origin="https://shop.example")
    response = visitor.opens(headers={**FRAME, "Sec-Fetch-Storage-Access": "none"})
    assert response.headers["vwr-state"] == ("waiting" if partitioned else "cookies")
    assert ("vwr_main" in set_cookies(response)) is partitioned
    door.refresh()
    assert door.visit_at().position()["position"] == (3 if partitioned else 2)


def test_a_frame_of_another_site_enters_a_room_with_space(wide_door: Door) -> None:
    assert is_inside(wide_door.visitor().opens(headers=FRAME))


def test_the_calls_of_a_widget_are_left_open_and_its_frame_waits(open_it: Open) -> None:
    """As pretix asks: a page of another site fills the cart without cookies, a frame goes on."""
    door = open_it(
        max_active=1,
        cookie_samesite="None",
        paths=["/tickets"],
        exclude=["/tickets/widget", "/tickets/w/*/cart"],
    )
    script = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "cross-site"}
    frames = []
    for cart in ("a1", "b2"):
        for call in ("/tickets/widget/product_list", f"/tickets/w/{cart}/cart/add"):
            response = door.visitor(origin="https://shop.example").fetches(call, headers=script)
            assert "vwr-state" not in response.headers, call
            assert not set_cookies(response), call
        visitor = door.visitor(origin="https://shop.example")
        frames.append(visitor.opens(f"/tickets/w/{cart}/checkout/start", headers=FRAME))
        door.refresh()
    assert is_inside(frames[0]), "the calls before it took no slot"
    assert frames[1].headers["vwr-state"] == "waiting"
