"""Signing in at one door: what a client may ask for, and what it gets."""

import html
import re
import subprocess
import sys
from typing import Any

import pytest

from tests.openid.conftest import Make
from tests.support.doors import Door
from tests.support.openid import (
    BASE,
    CALLBACK,
    OPENS,
    PKCE,
    VERIFIER,
    SignIn,
    answer_in,
    claims_of,
    public_at,
    sign_in_at,
)
from tests.support.servers import ROOT
from tests.support.visitor import TICKET, Visitor, set_cookies


def test_the_button_of_an_ended_session_leads_back_to_the_sign_in(door: Door) -> None:
    sign_in = sign_in_at(door)
    sign_in.tokens()
    door.session_of(Visitor(sign_in.browser))
    sign_in.browser.get("/tickets/done", headers=OPENS)
    page = sign_in.opens()
    assert page.headers["vwr-state"] == "ended"
    wanted = re.search(r'action="?([^" >]*/leave[^" >]*)', page.text)
    assert wanted
    pressed = sign_in.browser.post(html.unescape(wanted[1]), headers=OPENS)
    assert (pressed.status_code, pressed.headers["location"]) == (303, sign_in.url())
    assert "form-action 'self' https:;" in page.headers["content-security-policy"]
    assert answer_in(sign_in.browser.get(pressed.headers["location"], headers=OPENS))["code"]


def test_who_is_inside_already_signs_in_at_once_and_without_a_page(door: Door) -> None:
    sign_in = sign_in_at(door)
    one, two = sign_in.tokens(), sign_in.tokens(prompt="none")
    assert claims_of(one["id_token"])["sub"] == claims_of(two["id_token"])["sub"]


def test_a_public_client_proves_itself_by_pkce(door: Door) -> None:
    sign_in = public_at(door)
    code = sign_in.code(**PKCE)
    refused = sign_in.exchanges(code, client_id="app", code_verifier="x" * 43)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    given = sign_in.exchanges(code, client_id="app", code_verifier=VERIFIER)
    assert given.status_code == 200  # a wrong verifier has burned nothing
    assert claims_of(given.json()["id_token"])["aud"] == "app"


def test_the_client_that_brings_the_code_confirms_the_session(door: Door) -> None:
    sign_in = sign_in_at(door)
    sign_in.tokens()
    door.clock.pass_by(300)  # far more than confirm_within
    assert door.visitor().opens().status_code == 202
    assert sign_in.code(prompt="none")


def test_a_client_revokes_its_token(door: Door) -> None:
    sign_in = sign_in_at(door)
    token = sign_in.tokens()["access_token"]
    assert sign_in.posts("revoke", {"token": token}).status_code == 200
    assert sign_in.userinfo(token).status_code == 401
    assert sign_in.code(prompt="none")  # the session goes on


def test_a_form_of_the_client_leads_to_the_same_sign_in(door: Door) -> None:
    sign_in = sign_in_at(door)
    address, _, query = sign_in.url().partition("?")
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "cross-site"}
    led = sign_in.browser.post(address, content=query, headers={**OPENS, **headers})
    assert (led.status_code, led.headers["location"]) == (303, sign_in.url())
    assert answer_in(sign_in.browser.get(led.headers["location"], headers=OPENS))["code"]


def test_without_clients_there_is_no_provider(make: Make) -> None:
    door = make(openid_clients=())
    assert sign_in_at(door).opens().status_code == 404
    document = door.visitor().client.get("/.well-known/openid-configuration").json()
    assert "authorization_endpoint" not in document
    assert CALLBACK not in str(document)


def test_a_hidden_frame_takes_no_place_and_learns_what_is_missing(door: Door) -> None:
    inside, sign_in = door.confirmed(), sign_in_at(door)
    told = sign_in.opens(prompt="none")
    assert (answer_in(told)["error"], answer_in(told)["state"]) == ("login_required", "a state")
    assert not set_cookies(told)
    assert door.visitor().client.get("/vwr/main/status").json()["issued"] == 1
    assert TICKET in set_cookies(sign_in.opens())
    assert answer_in(sign_in.opens(prompt="none"))["error"] == "interaction_required"
    assert inside.opens().status_code == 200


def test_a_hidden_frame_enters_no_room_with_space_either(door: Door) -> None:
    assert answer_in(sign_in_at(door).opens(prompt="none"))["error"] == "login_required"


@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"max_age": "0"}, {"max_age": "60"}])
def test_a_client_that_wants_to_be_sure_gets_a_session_that_the_store_has_just_confirmed(
    door: Door, asked: dict[str, str]
) -> None:
    sign_in = sign_in_at(door)
    sign_in.tokens()
    Visitor(sign_in.browser).opens()
    door.clock.pass_by(100)
    trips = door.store.trips["renew"]
    token = sign_in.exchanges(sign_in.code(**asked)).json()["id_token"]
    assert claims_of(token)["auth_time"] == int(door.clock())
    assert door.store.trips["renew"] == trips + 2  # and one as the code is brought


def test_an_old_session_is_good_enough_for_whoever_asks_for_no_more(door: Door) -> None:
    sign_in = sign_in_at(door)
    sign_in.tokens()
    Visitor(sign_in.browser).opens()
    began = int(door.clock())
    door.clock.pass_by(100)
    for asked in ({}, {"max_age": "101"}):
        token = sign_in.exchanges(sign_in.code(**asked)).json()["id_token"]
        assert claims_of(token)["auth_time"] == began


def test_a_session_that_was_ended_is_not_confirmed(door: Door) -> None:
    sign_in = sign_in_at(door)
    sign_in.tokens()
    Visitor(sign_in.browser).opens()
    door.ask(lambda: door.store.as_store().end("main", "1-1", "revoked"))
    assert answer_in(sign_in.opens(max_age="0"))["error"] == "login_required"


def test_the_hint_of_another_session_is_refused(door: Door, make: Make) -> None:
    wide = make(max_active=5)
    one, other = sign_in_at(wide), sign_in_at(wide)
    mine, others = one.tokens()["id_token"], other.tokens()["id_token"]
    assert "code" in answer_in(one.opens(prompt="none", id_token_hint=mine))
    for hint in (others, "x.y.z", one.tokens()["access_token"]):
        told = answer_in(one.opens(prompt="none", id_token_hint=hint))
        assert told["error"] == "login_required"


def test_a_room_that_lets_all_pass_signs_in_everybody_as_somebody_else(make: Make) -> None:
    door = make(mode="off")
    found = [claims_of(sign_in_at(door).tokens()["id_token"]) for _ in range(2)]
    assert found[0]["sub"] != found[1]["sub"]
    assert all(claims["sub"].startswith("open-") for claims in found)
    assert not any({"queue_position", "sid"} & claims.keys() for claims in found)
    assert "refresh_token" not in sign_in_at(door).tokens()


def test_a_closed_room_signs_in_nobody(make: Make) -> None:
    page = sign_in_at(make(mode="closed")).opens()
    assert (page.status_code, page.headers["vwr-state"]) == (503, "none")


def test_each_room_is_a_provider_of_its_own(make: Make) -> None:
    rooms = [{"name": "main", "paths": "/a"}, {"name": "vip", "paths": "/b"}]
    usual: dict[str, Any] = {"redirect_uris": CALLBACK, "secret": "a-secret-of-their-own"}
    clients = [usual | {"id": name, "room": name} for name in ("main", "vip")]
    issuer = "https://wait.example/{room}"
    door = make(rooms=rooms, openid_clients=clients, token_issuer=issuer)
    main, vip = (
        sign_in_at(
            door,
            client_id=name,
            base=f"/vwr/{name}/openid",
            auth=(name, "a-secret-of-their-own"),
        )
        for name in ("main", "vip")
    )
    for name in ("main", "vip"):
        told = main.server.get(f"/{name}/.well-known/openid-configuration").json()
        assert told["authorization_endpoint"] == f"https://wait.example/vwr/{name}/openid/authorize"
    code, tokens = main.code(), main.tokens()
    assert vip.exchanges(code).json()["error"] == "invalid_grant"
    assert vip.userinfo(tokens["access_token"]).status_code == 401
    assert vip.introspects(tokens["access_token"]) == {"active": False}
    assert vip.posts("revoke", {"token": tokens["access_token"]}).status_code == 200
    assert main.userinfo(tokens["access_token"]).status_code == 200
    there = main.browser.get("/vwr/vip/openid/authorize", params={"client_id": "main"})
    assert there.status_code == 400
    assert main.exchanges(code).status_code == 200


def test_where_the_app_is_mounted_is_part_of_the_addresses(make: Make) -> None:
    door = make()
    told = door.visitor().client.get("/.well-known/openid-configuration").json()
    assert told["token_endpoint"] == f"https://wait.example{BASE}/token"
    assert told["issuer"] == "https://wait.example"


# Refresh tokens.


def refreshed(sign_in: SignIn, token: str, **options: Any) -> Any:
    data = {"grant_type": "refresh_token", "refresh_token": token}
    return sign_in.posts("token", data, **options)


def test_a_client_that_refreshes_its_tokens_keeps_the_session(door: Door) -> None:
    sign_in = sign_in_at(door)
    tokens = sign_in.tokens()
    for _ in range(8):
        door.clock.pass_by(500)  # of 600 that a session lasts
        answer = refreshed(sign_in, tokens["refresh_token"])
        assert answer.status_code == 200, answer.text
        tokens = answer.json()
        claims = claims_of(tokens["id_token"])
        assert (claims["sub"], claims["exp"]) == ("1-1", int(door.clock()) + 600)
        assert "nonce" not in claims
        assert sign_in.userinfo(tokens["access_token"]).status_code == 200
    assert door.visitor().opens().status_code == 202  # nobody else came in
    door.clock.pass_by(700)
    assert refreshed(sign_in, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_refresh_whose_answer_was_lost_is_made_again(door: Door) -> None:
    sign_in = sign_in_at(door)
    token = sign_in.tokens()["refresh_token"]
    assert [refreshed(sign_in, token).status_code for _ in range(3)] == [200] * 3


def test_refresh_tokens_are_of_one_client_and_end_with_the_session_and_the_code(make: Make) -> None:
    door = make(max_active=5)
    sign_in = sign_in_at(door)
    code = sign_in.code()
    token = sign_in.exchanges(code).json()["refresh_token"]
    gateway = ("gateway", "a-secret-of-the-gateway's-own")
    for options in ({"auth": gateway}, {"auth": ("shop", "x" * 20)}, {"auth": None}):
        assert refreshed(sign_in, token, **options).status_code in (400, 401)
    for wrong in (token[:-2], sign_in.code(), "", "x"):
        assert refreshed(sign_in, wrong).status_code == 400
    assert refreshed(sign_in, token).status_code == 200
    sign_in.exchanges(code)  # a second time
    assert refreshed(sign_in, token).json()["error"] == "invalid_grant"
    other = sign_in.tokens()
    sign_in.posts("revoke", {"token": other["refresh_token"]})
    assert refreshed(sign_in, other["refresh_token"]).json()["error"] == "invalid_grant"
    assert sign_in.userinfo(other["access_token"]).status_code == 401
    third = sign_in.tokens()
    door.ask(lambda: door.store.as_store().end("main", "1-1", "revoked"))
    assert refreshed(sign_in, third["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_revoked_token_takes_what_came_with_it_and_no_refresh(door: Door) -> None:
    sign_in = sign_in_at(door)
    first = sign_in.tokens()
    second = refreshed(sign_in, first["refresh_token"]).json()
    sign_in.posts("revoke", {"token": first["refresh_token"]})
    assert sign_in.userinfo(first["access_token"]).status_code == 401
    assert sign_in.userinfo(second["access_token"]).status_code == 200
    sign_in.posts("revoke", {"token": second["access_token"]})
    assert refreshed(sign_in, second["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_public_client_gets_no_refresh_token(door: Door) -> None:
    sign_in = public_at(door)
    given = sign_in.exchanges(sign_in.code(**PKCE), client_id="app", code_verifier=VERIFIER)
    assert "refresh_token" not in given.json()


# Around it.


def test_a_session_that_is_bound_to_a_network_is_kept_by_the_client_all_the_same(
    make: Make,
) -> None:
    door = make(bind=True)
    sign_in = sign_in_at(door)
    tokens = sign_in.tokens()
    door.clock.pass_by(400)
    assert refreshed(sign_in, tokens["refresh_token"]).status_code == 200


def test_a_script_of_an_allowed_origin_signs_in_by_itself(make: Make) -> None:
    origin = {"Origin": "https://app.example"}
    door = make(cors_origins="https://app.example")
    sign_in = public_at(door)
    asked = sign_in.server.request("OPTIONS", f"{BASE}/userinfo", headers=origin)
    assert "Authorization" in asked.headers["access-control-allow-headers"]
    code = sign_in.code(**PKCE)
    given = sign_in.exchanges(code, client_id="app", code_verifier=VERIFIER)
    assert given.status_code == 200
    header = {"Authorization": f"Bearer {given.json()['access_token']}"}
    for headers, readable in ((origin, origin["Origin"]), ({"Origin": "https://x.example"}, None)):
        told = sign_in.server.get(f"{BASE}/userinfo", headers={**header, **headers})
        assert told.headers.get("access-control-allow-origin") == readable


def test_a_new_secret_and_a_new_key_leave_what_was_given_out_good(make: Make) -> None:
    old, new = "a key of yesterday, long enough", "a key of today, long enough"
    store = make(secret_key=old)
    sign_in = sign_in_at(store)
    code, tokens = sign_in.code(), sign_in.tokens()
    keys = make(secret_key=[new, old]).site._providers["main"]._server
    found = keys.codes.open(code), keys.refresh_tokens.open(tokens["refresh_token"])
    assert all(one and one.client_id == "shop" for one in found)
    assert keys.tokens.read_access_token(tokens["access_token"]) is not None
    assert keys.tokens.read_id_token(tokens["id_token"]) is not None
    others = make(secret_key=new).site._providers["main"]._server
    assert others.codes.open(code) is None
    assert others.tokens.read_access_token(tokens["access_token"]) is None


def test_a_reset_ends_no_sign_in_and_a_room_that_is_another_does(door: Door) -> None:
    sign_in = sign_in_at(door)
    tokens = sign_in.tokens()
    door.ask(lambda: door.store.as_store().reset("main"))
    door.refresh()
    assert sign_in.userinfo(tokens["access_token"]).status_code == 200
    assert refreshed(sign_in, tokens["refresh_token"]).status_code == 200
    door.ask(lambda: door.store.as_store().reset("main", end_sessions=True))
    door.refresh()
    assert sign_in.userinfo(tokens["access_token"]).status_code == 401
    assert refreshed(sign_in, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_without_clients_nothing_of_the_extra_is_loaded() -> None:
    lines = (
        "import sys",
        "from vwr_middleware.wsgi import WaitingRoomMiddleware",
        "WaitingRoomMiddleware(print, secret_key='a key for a test', paths='/', store='memory://')",
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'authlib', 'joserfc'}))",
    )
    told = subprocess.check_output([sys.executable, "-c", "\n".join(lines)], cwd=ROOT, text=True)
    assert told.strip() == "[]"
