"""What a person reads whose browser sends the panel something that cannot be done."""

import httpx
import pytest

from tests.panel.conftest import Open
from tests.support.doors import Door
from tests.support.panel import PAGE, Operator, signed_in


def submit(operator: Operator, action: str, **fields: str) -> httpx.Response:
    """Send a form as a browser does without the page's script."""
    form = {"csrf": operator.csrf, **fields}
    return operator.client.post(f"/vwr-admin/rooms/main/{action}", data=form, headers=PAGE)


def leads_back(answer: httpx.Response, where: str) -> bool:
    return answer.headers["content-type"].startswith("text/html") and f'href="{where}"' in (
        answer.text
    )


@pytest.mark.parametrize("action", ["explain", "set"])
def test_whose_sign_in_has_ended_signs_in_again_and_is_back_at_the_room(
    door: Door, action: str
) -> None:
    operator = signed_in(door)
    operator.client.cookies.clear()
    answer = submit(operator, action, visitor="1", max_active="7")
    assert answer.status_code == 401
    assert 'name="password"' in answer.text and 'name="next" value="/rooms/main"' in answer.text


def test_whom_the_app_knows_no_more_is_led_from_a_form_to_the_room(open_it: Open) -> None:
    def nobody(native: object) -> None:
        return None

    nobody.login = lambda back: f"/login?next={back}"  # type: ignore[attr-defined]
    answer = submit(Operator.at(open_it(admin_auth=nobody)), "explain", visitor="1")
    assert answer.status_code == 403
    assert leads_back(answer, "/login?next=/vwr-admin/rooms/main")
    assert leads_back(answer, "/vwr-admin/rooms/main")


def test_a_form_of_before_another_sign_in_leads_back(door: Door) -> None:
    operator = signed_in(door)
    operator.csrf = "of-before"
    answer = submit(operator, "explain", visitor="1")
    assert answer.status_code == 403 and "has expired" in answer.text
    assert leads_back(answer, "/vwr-admin/rooms/main")
    form = {"csrf": operator.csrf}
    left = operator.client.post("/vwr-admin/sign-out", data=form, headers=PAGE)
    assert left.status_code == 403 and leads_back(left, "/vwr-admin/")


def test_the_address_of_a_form_leads_back_to_the_room(door: Door) -> None:
    answer = signed_in(door).open("/rooms/main/explain")
    assert answer.status_code == 405 and answer.headers["allow"] == "POST"
    assert leads_back(answer, "/vwr-admin/rooms/main")


@pytest.mark.parametrize("path", ["/rooms/nothing", "/nothing"])
def test_what_is_not_there_leads_to_the_overview(door: Door, path: str) -> None:
    answer = signed_in(door).open(path)
    assert answer.status_code == 404 and leads_back(answer, "/vwr-admin/")


def test_a_form_of_thousands_of_fields_is_not_read(door: Door) -> None:
    """Who has not signed in may send one, and to read it takes the worker long."""
    fields = {f"field {number}": "1" for number in range(101)}
    answer = Operator.at(door).sign_in(**fields)
    assert answer.status_code == 413 and "too large" in answer.json()["detail"]
