"""The panel in a real browser, with two workers behind it."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import accessibility_problems
from tests.support.servers import running_uvicorn
from vwr_middleware.demo.visitor import FETCH, NAVIGATION

PASSWORD, VIEWER, API_KEY = "a long password", "only to look", "an API key of its own"
#: Everything that is awaited happens within these milliseconds, on a busy machine too.
PATIENCE = 20_000.0

expect.set_options(timeout=PATIENCE)

Client = httpx.Client


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Two workers of one shop, each at a port of its own, so that a test can choose."""
    store = tmp_path_factory.mktemp("store") / "vwr.sqlite3"
    env = {
        "VWR_SECRET_KEY": "a secret of the panel's own tests",
        "VWR_STORE": f"sqlite:///{store}",
        "VWR_PATHS": "/tickets",
        "VWR_MAX_ACTIVE": "2",
        "VWR_ADMIN_PASSWORD": PASSWORD,
        "VWR_ADMIN_VIEWER_PASSWORD": VIEWER,
        "VWR_ADMIN_API_KEY": API_KEY,
    }
    with (
        running_uvicorn("tests.support.panel_app:app", env=env) as one,
        running_uvicorn("tests.support.panel_app:app", env=env) as other,
    ):
        yield [one, other]


@pytest.fixture
def other(servers: list[str]) -> Iterator[Client]:
    """The control API of the worker that the operator does not talk to; at first it is as new."""
    headers = {"Authorization": f"Bearer {API_KEY}"}
    with Client(base_url=f"{servers[1]}/vwr-admin/api", headers=headers, trust_env=False) as client:
        names = [
            row["name"] for row in client.get("/rooms/main").json()["settings"] if row["overridden"]
        ]
        for name in names:
            client.delete(f"/rooms/main/settings/{name}")
        client.post("/rooms/main/reset", json={"confirm": "main", "end_sessions": True})
        yield client


@pytest.fixture
def people(servers: list[str]) -> Iterator[Callable[[int], list[Client]]]:
    """So many people come to the other worker."""
    clients: list[Client] = []

    def come(count: int) -> list[Client]:
        fresh = [Client(base_url=servers[1], trust_env=False) for _ in range(count)]
        clients.extend(fresh)
        for client in fresh:
            client.get("/tickets", headers=NAVIGATION)
        return fresh

    yield come
    for client in clients:
        client.close()


@pytest.fixture
def panel(page: Page, servers: list[str], other: Client) -> Page:
    """The room's page, signed in."""
    sign_in(page, servers[0], PASSWORD)
    return page


def sign_in(page: Page, url: str, password: str) -> None:
    page.goto(f"{url}/vwr-admin/rooms/main")
    page.get_by_label("Password", exact=True).fill(password)
    page.locator("[name=name]").fill("Ann")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="main", exact=True)).to_be_visible()


def comes_true(found: Callable[[], bool], seconds: float = 1.5) -> bool:
    """Whether something is so within a second, and a little more for the asking itself."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found():
            return True
        time.sleep(0.05)
    return found()


def said(page: Page, text: str) -> None:
    expect(page.locator("#result")).to_have_text(re.compile(text))


def sure(page: Page) -> None:
    """Say yes to what the panel asks."""
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.locator("button[value=yes]").click()


def numbers(other: Client) -> dict[str, Any]:
    answer: dict[str, Any] = other.get("/rooms/main").json()
    return answer


def section(page: Page, name: str) -> Any:
    return page.get_by_role("region", name=name)


def test_the_numbers_keep_themselves_up_to_date(
    panel: Page, people: Callable[[int], list[Client]]
) -> None:
    waiting = panel.locator("#numbers dd").first
    expect(waiting).to_have_text("0")
    people(6)
    expect(waiting).to_have_text("4")
    expect(panel.locator("#state")).to_have_text("queueing")


def test_calling_by_hand_reaches_the_other_worker(
    panel: Page, other: Client, people: Callable[[int], list[Client]]
) -> None:
    people(6)
    panel.get_by_label("Call more by hand").fill("3")
    panel.get_by_role("button", name="Call", exact=True).click()
    said(panel, "Called 3")
    assert comes_true(lambda: numbers(other)["serving"] == 5)
    expect(panel.locator("#serving-now")).to_have_text("5")


def test_the_serving_counter_is_set(
    panel: Page, other: Client, people: Callable[[int], list[Client]]
) -> None:
    people(6)
    field = panel.locator("[name=serving]")
    field.fill("4")
    field.press("Enter")
    said(panel, "stands at 4")
    assert comes_true(lambda: numbers(other)["serving"] == 4)


def test_what_fails_says_so(panel: Page, other: Client) -> None:
    field = panel.locator("[name=serving]")
    field.fill("999")
    field.press("Enter")
    said(panel, "Nothing was changed: serving must be")
    expect(panel.locator("#result")).to_have_class(re.compile("bad"))


def test_pausing_asks_first_and_holds_on_the_other_worker(panel: Page, other: Client) -> None:
    panel.get_by_role("button", name="Pause").click()
    panel.get_by_role("button", name="Change nothing").click()
    said(panel, "Nothing was changed")
    assert numbers(other)["mode"] == "auto"
    panel.get_by_role("button", name="Pause").click()
    sure(panel)
    said(panel, "Paused")
    assert comes_true(lambda: numbers(other)["state"] == "paused")
    panel.get_by_role("button", name="Resume").click()
    said(panel, "Resumed: the mode is auto")
    assert comes_true(lambda: numbers(other)["mode"] == "auto")


def test_every_mode_is_set(panel: Page, other: Client) -> None:
    form = panel.locator("form", has=panel.locator("select[name=mode]"))
    for mode in ("queue", "paused", "closed", "off", "auto"):
        form.get_by_role("combobox").select_option(mode)
        form.get_by_role("button").click()
        if mode in ("paused", "closed", "off", "auto"):  # what could hurt is asked
            sure(panel)
        said(panel, f"mode is {mode}")
        assert comes_true(lambda mode=mode: numbers(other)["mode"] == mode), mode  # type: ignore[misc]


def test_every_other_setting_reaches_the_other_worker(panel: Page, other: Client) -> None:
    def value(name: str) -> Any:
        rows = numbers(other)["settings"]
        return next(row["value"] for row in rows if row["name"] == name)

    given = {
        "per_minute": ("90", 90),
        "burst": ("4", 4),
        "max_waiting": ("5000", 5000),
        "session_seconds": ("900", 900),
        "confirm_within": ("45", 45),
        "session_grace": ("30", 30),
        "claim_within": ("50", 50),
        "renew": ("no", False),
        "late": ("lost", "lost"),
    }
    for name, (typed, wanted) in given.items():
        card = panel.locator(f"#setting-{name}")
        if name in ("renew", "late"):
            card.get_by_role("combobox").select_option(typed)
        else:
            card.get_by_role("textbox").fill(typed)
        card.get_by_role("button", name="Set", exact=True).click()
        if name == "late":
            sure(panel)
        said(panel, f"{name} is ")
        assert comes_true(lambda name=name, wanted=wanted: value(name) == wanted), name  # type: ignore[misc]
    expect(panel.locator("#audit")).to_contain_text("session_grace")
    for name in reversed(given):  # a burst goes with a pace
        panel.locator(f"#setting-{name}").get_by_role("button", name="back").click()
        said(panel, f"Back to the configured value: {name}")
    assert comes_true(lambda: not any(row["overridden"] for row in numbers(other)["settings"]))


def test_a_closing_time_closes_the_room(panel: Page, other: Client) -> None:
    card = panel.locator("#setting-closes_at")
    card.locator("input[type=datetime-local]").fill("2020-01-01T10:00")
    card.get_by_role("button", name="Set", exact=True).click()
    expect(panel.get_by_role("dialog")).to_contain_text("closes at once")
    sure(panel)
    said(panel, "closes_at is")
    assert comes_true(lambda: numbers(other)["state"] == "closed")


def test_the_field_of_the_serving_counter_follows_it_until_somebody_types(
    panel: Page, other: Client, people: Callable[[int], list[Client]]
) -> None:
    people(6)
    field = panel.locator("[name=serving]")
    other.put("/rooms/main/serving", json={"serving": 3})
    expect(field).to_have_value("3")
    field.fill("5")
    panel.get_by_label("Message to everybody in line").focus()
    other.put("/rooms/main/serving", json={"serving": 4})
    expect(panel.locator("#serving-now")).to_have_text("4")
    expect(field).to_have_value("5")


def test_a_setting_is_changed_and_set_back_with_one_click(panel: Page, other: Client) -> None:
    card = panel.locator("#setting-max_active")
    card.get_by_role("textbox").fill("3")
    card.get_by_role("button", name="Set", exact=True).click()
    said(panel, "max_active is 3")
    expect(card).to_contain_text("In place of 2")
    assert comes_true(lambda: numbers(other)["limit"] == 3)
    card.get_by_role("button", name="back").click()
    said(panel, "Back to the configured value")
    expect(card).not_to_contain_text("In place of")
    assert comes_true(lambda: numbers(other)["limit"] == 2)


def test_the_strategy_is_changed(panel: Page, other: Client) -> None:
    panel.get_by_label("Strategy").select_option("periodic")
    panel.get_by_label("How many", exact=True).fill("30")
    panel.get_by_role("button", name="Set the strategy").click()
    said(panel, "periodic, count 30")
    assert comes_true(lambda: numbers(other)["per_minute"] == 30)
    panel.locator("#setting-inlet").get_by_role("button", name="back").click()
    assert comes_true(lambda: numbers(other)["per_minute"] is None)


def test_an_opening_time_is_given_in_the_operators_own_time(panel: Page, other: Client) -> None:
    card = panel.locator("#setting-opens_at")
    card.locator("input[type=datetime-local]").fill("2035-01-01T10:00")
    card.get_by_role("button", name="Set", exact=True).click()
    sure(panel)
    said(panel, "opens_at is 20(34|35)-")
    local = panel.evaluate("new Date('2035-01-01T10:00').getTime() / 1000")
    assert comes_true(lambda: numbers(other)["opens_at"] == local)
    assert comes_true(lambda: numbers(other)["state"] == "scheduled")


def test_everybody_in_line_reads_the_message(
    panel: Page, other: Client, people: Callable[[int], list[Client]]
) -> None:
    waiting = people(4)[-1]
    panel.get_by_label("Message to everybody in line").fill("Two <b>more</b> rows")
    panel.get_by_role("button", name="Show it").click()
    said(panel, "message is Two <b>more</b> rows")
    assert comes_true(
        lambda: waiting.get("/vwr/main/position").json()["message"] == "Two <b>more</b> rows"
    )


def test_a_revoked_session_is_out_on_the_other_worker(
    panel: Page, people: Callable[[int], list[Client]]
) -> None:
    inside = people(1)[0]
    assert inside.get("/tickets", headers=FETCH).status_code == 200
    panel.locator("#sessions").get_by_role("button", name="Revoke").first.click()
    sure(panel)
    said(panel, "has ended")
    assert comes_true(lambda: inside.get("/tickets", headers=FETCH).status_code != 200)
    expect(panel.locator("#audit")).to_contain_text("revoke")


def test_a_visitor_is_looked_up(panel: Page, people: Callable[[int], list[Client]]) -> None:
    people(5)
    panel.get_by_label("Queue position, or a ticket").fill("5")
    panel.get_by_role("button", name="Explain").click()
    expect(panel.locator("#explanation")).to_contain_text("Position 5: waiting")
    expect(panel.locator("#explanation")).to_contain_text("The room is full")
    people(2)  # and the page goes on, though it is a form's answer
    expect(panel.locator("#numbers dd").first).to_have_text("5")


def test_a_reset_needs_the_name_typed(
    panel: Page, other: Client, people: Callable[[int], list[Client]]
) -> None:
    people(5)
    before = numbers(other)["generation"]
    box = section(panel, "Reset the room")
    box.get_by_role("textbox").fill("mian")
    box.get_by_role("button", name="Reset").click()
    said(panel, "type its name")
    box.get_by_role("textbox").fill("main")
    box.get_by_role("button", name="Reset").click()
    said(panel, "Reset: generation")
    assert comes_true(lambda: numbers(other)["generation"] == before + 1)
    assert comes_true(lambda: numbers(other)["waiting"] == 0)


def test_what_somebody_types_stays_while_numbers_move(
    panel: Page, other: Client, people: Callable[[int], list[Client]]
) -> None:
    field = panel.locator("#setting-session_seconds").get_by_role("textbox")
    field.fill("123")
    panel.get_by_label("Message to everybody in line").focus()
    people(3)
    expect(panel.locator("#numbers dd").first).to_have_text("1")
    other.patch("/rooms/main/settings", json={"claim_within": 77})
    expect(panel.locator("#setting-claim_within").get_by_role("textbox")).to_have_value("77")
    expect(field).to_have_value("123")


def test_a_viewer_sees_and_cannot_change(page: Page, servers: list[str], other: Client) -> None:
    sign_in(page, servers[0], VIEWER)
    expect(page.get_by_text("You may look, but not change anything.")).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_be_disabled()
    assert page.get_by_role("heading", name="Reset the room").count() == 0


def test_an_ended_sign_in_is_told(panel: Page) -> None:
    panel.context.clear_cookies()
    expect(panel.locator("#stale")).to_contain_text("signed out")


def test_an_operator_empties_a_queue(
    panel: Page, other: Client, people: Callable[[int], list[Client]]
) -> None:
    crowd = people(12)
    card = panel.locator("#setting-max_active")
    card.get_by_role("textbox").fill("40")
    card.get_by_role("button", name="Set", exact=True).click()
    sure(panel)

    def all_inside() -> bool:
        for client in crowd:
            client.get("/tickets", headers=NAVIGATION)
        return bool(numbers(other)["active"] == 12)

    assert comes_true(all_inside, seconds=30)
    expect(panel.locator("#numbers dd").first).to_have_text("0")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_everybody_can_use_the_pages(
    page: Page,
    servers: list[str],
    other: Client,
    people: Callable[[int], list[Client]],
    scheme: Any,
    width: int,
) -> None:
    people(4)
    other.patch("/rooms/main/settings", json={"max_active": 3, "message": "Soon"})
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{servers[0]}/vwr-admin/")
    assert accessibility_problems(page) == []
    sign_in(page, servers[0], PASSWORD)
    assert accessibility_problems(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert accessibility_problems(page) == []
    page.get_by_role("button", name="Change nothing").click()
    page.goto(f"{servers[0]}/vwr-admin/")
    assert accessibility_problems(page) == []
