"""Programs join, claim and leave; scripts of other sites may not, unless they are named."""

from http.cookiejar import DefaultCookiePolicy

import httpx
import jwt

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import is_inside, set_cookies


def program_at(door: Door) -> httpx.Client:
    """A program, which keeps no cookies."""
    client = door.visitor().client
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


def joins(program: httpx.Client, **headers: str) -> dict[str, str]:
    """Its place in line, as the header that it sends from then on."""
    joined = program.post("/vwr/main/tickets", headers=headers)
    assert joined.status_code == 201
    return {"VWR-Ticket": joined.json()["ticket"]}


def claims(door: Door, program: httpx.Client, ticket: dict[str, str]) -> str:
    """The token that a program gets, which asks until it is its turn."""
    response = program.post("/vwr/main/token", headers=ticket)
    for _ in range(5):
        if response.status_code == 200:
            break
        assert response.status_code == 202
        assert response.json()["retry_after"] > 0
        door.refresh()
        response = program.post("/vwr/main/token", headers=ticket)
    told = response.json()
    assert told["token_type"] == "Bearer"
    assert told["expires_in"] in (59, 60)
    return str(told["token"])


def enters(door: Door, program: httpx.Client, ticket: dict[str, str]) -> httpx.Response:
    """What the app answers to a program that asks for its page until it is its turn."""
    for _ in range(4):
        door.refresh()
        entered = program.get("/tickets", headers=ticket)
    assert is_inside(entered)
    return entered


def test_a_program_joins_claims_and_enters_by_headers_alone(door: Door) -> None:
    program = program_at(door)
    token = claims(door, program, joins(program))
    for headers in ({"VWR-Token": token}, {"Authorization": f"Bearer {token}"}):
        assert is_inside(program.get("/tickets", headers=headers))


def test_a_program_that_lost_its_token_is_given_it_again(door: Door) -> None:
    program = program_at(door)
    entered = enters(door, program, joins(program))
    first = {"VWR-Token": entered.headers["vwr-token"]}
    for _ in range(2):  # the answer that confirmed the session was lost
        door.refresh(70)
        again = program.get("/tickets", headers=first)
        assert is_inside(again)
        assert again.json()["session"]["id"] == "1-1"
        assert again.headers["vwr-token"] != first["VWR-Token"]


def test_joining_twice_is_joining_once(door: Door) -> None:
    program = program_at(door)
    first = program.post("/vwr/main/tickets").json()
    again = program.post("/vwr/main/tickets", headers={"VWR-Ticket": first["ticket"]})
    assert again.status_code == 200
    assert again.json()["position"] == first["position"]


def test_what_is_no_ticket_is_told_so_and_takes_no_number(door: Door) -> None:
    program = program_at(door)
    ticket = joins(program)["VWR-Ticket"]
    other = "B" if ticket[10] == "A" else "A"
    for wrong in ("x", ticket[:-1], ticket[:10] + other + ticket[11:]):
        for path in ("tickets", "token", "leave"):
            response = program.post(f"/vwr/main/{path}", headers={"VWR-Ticket": wrong})
            assert response.status_code == 400, path
            assert response.json()["error"].startswith("this is not a ticket")
            assert not response.cookies
    assert program.post("/vwr/main/tickets").json()["position"] == 2


def test_claiming_twice_is_claiming_once(door: Door) -> None:
    program = program_at(door)
    ticket = joins(program)
    answers = []
    for _ in range(6):
        door.refresh()
        answers.append(program.post("/vwr/main/token", headers=ticket))
    sessions = {a.json()["session"] for a in answers if a.status_code == 200}
    assert sessions == {"1-1"}


def test_a_claim_without_a_ticket_says_where_there_is_one(door: Door) -> None:
    program = program_at(door)
    papers: list[tuple[dict[str, str], int]] = [({}, 401), ({"VWR-Ticket": "forged"}, 400)]
    for headers, status in papers:
        refused = program.post("/vwr/main/token", headers=headers)
        assert refused.status_code == status
        _, _, address = refused.json()["error"].partition("join at ")
        assert program.post(refused.url.join(address)).status_code == 201


def test_a_claim_that_the_store_refuses_is_not_yet(door: Door) -> None:
    door.visit_at()
    program = program_at(door)
    ticket = joins(program)
    door.ask(lambda: door.store.advance("main", 1))
    door.refresh()
    refused = program.post("/vwr/main/token", headers=ticket)
    assert (refused.status_code, refused.json()["you"]) == (202, "next")
    assert refused.headers["retry-after"] == "1" and 0 < refused.json()["retry_after"] <= 1


def test_a_spent_ticket_is_409_and_one_of_before_a_reset_410(door: Door) -> None:
    program = program_at(door)
    ticket = joins(program)
    program.get("/tickets/done", headers={"VWR-Token": claims(door, program, ticket)})
    assert program.post("/vwr/main/token", headers=ticket).status_code == 409
    door.ask(lambda: door.store.reset("main"))
    door.refresh()
    assert program.post("/vwr/main/token", headers=ticket).status_code == 410


def test_other_sites_may_not_post(door: Door) -> None:
    client = door.visitor().client
    asked = (("token", 401), ("leave", 200), ("leave?join=1", 200), ("tickets", 201))
    for path, status in asked:
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert client.post(f"/vwr/main/{path}", headers=headers).status_code == 403, path
        ours = {"Origin": "http://shop.example"}
        assert client.post(f"/vwr/main/{path}", headers=ours).status_code == status, path


def test_scripts_of_allowed_origins_may_read_and_post(open_it: Open) -> None:
    origin = {"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"}
    door = open_it(max_active=1, cors_origins=["https://app.example"])
    door.visit_at()
    refused = door.visitor().fetches(headers=origin)
    assert refused.status_code == 429
    assert refused.headers["access-control-allow-origin"] == "https://app.example"
    assert "Retry-After" in refused.headers["access-control-expose-headers"]
    assert {"Origin", "Cookie"} <= set(refused.headers["vary"].split(", "))
    joined = door.visitor().sends("/vwr/main/tickets", headers=origin)
    assert joined.status_code == 201
    asked = door.visitor().fetches(
        "/vwr/main/token", "OPTIONS", headers={**origin, "Access-Control-Request-Method": "POST"}
    )
    assert asked.status_code == 204
    assert asked.headers["cache-control"] == "private, no-store"
    assert "VWR-Ticket" in asked.headers["access-control-allow-headers"]


def test_scripts_of_allowed_origins_may_read_what_was_wrong(open_it: Open) -> None:
    origin = {"Origin": "https://app.example", "Content-Type": "application/json"}
    client = open_it(cors_origins=["https://app.example"]).visitor().client
    for path, method, body, status in (
        ("main/tickets", "POST", b"{", 400),
        ("main/nothing", "GET", b"", 404),
        ("mian/tickets", "POST", b"", 404),
        ("main/tickets", "GET", b"", 405),
        ("main/tickets", "POST", b"x" * 70_000, 413),
    ):
        answer = client.request(method, f"/vwr/{path}", content=body, headers=origin)
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == "https://app.example", status


def test_scripts_of_allowed_origins_may_read_what_stands_beside_the_rooms(open_it: Open) -> None:
    client = open_it(cors_origins=["https://app.example"]).visitor().client
    for path, status in (("healthz", 200), ("static/vwr.js", 200), ("main", 308)):
        told = client.get(f"/vwr/{path}", headers={"Origin": "https://app.example"})
        assert told.status_code == status
        assert told.headers["access-control-allow-origin"] == "https://app.example", path


def test_scripts_of_allowed_origins_may_read_a_fresh_token_in_the_apps_response(
    open_it: Open,
) -> None:
    origin = {"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"}
    door = open_it(max_active=1, cors_origins=["https://app.example"])
    program = program_at(door)
    ticket = joins(program, **origin)
    entered = enters(door, program, ticket | origin)
    assert "VWR-Token" in entered.headers["access-control-expose-headers"]
    foreign = program.get("/tickets", headers={**ticket, "Origin": "https://other.example"})
    assert "access-control-expose-headers" not in foreign.headers


def test_a_script_of_another_origin_reads_each_answer_of_its_way_in(open_it: Open) -> None:
    origin = {"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"}
    door = open_it(max_active=1, cors_origins=["https://app.example"])
    door.visit_at()
    client = program_at(door)
    joined = client.post("/vwr/main/tickets", headers=origin)
    papers = {**origin, "VWR-Ticket": joined.json()["ticket"]}
    not_yet = client.post("/vwr/main/token", headers=papers)
    polled = client.get("/vwr/main/position", headers=papers)
    left = client.post("/vwr/main/leave", headers=papers)
    for answer, status in ((joined, 201), (not_yet, 202), (polled, 200), (left, 200)):
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == "https://app.example"


def test_other_programs_verify_tokens_with_public_keys(open_it: Open) -> None:
    origin = {"Origin": "https://other.example"}
    door = open_it(token_algorithm="ES256", cors_origins=[origin["Origin"]])
    given = set_cookies(door.visitor().opens())["vwr_main_token"].partition(";")[0]
    door.store.is_off = True  # which they need not know
    for told in (door.visitor().client.get("/vwr/main/jwks.json", headers=h) for h in (origin, {})):
        assert told.headers["content-type"] == "application/json"
        assert told.headers["cache-control"] == "public, max-age=300"
        assert told.headers["access-control-allow-origin"] == "*"
        assert not set_cookies(told)
        token = given.partition("=")[2]
        key = jwt.PyJWKSet.from_dict(told.json())[jwt.get_unverified_header(token)["kid"]]
        options: jwt.types.Options = {
            "verify_iat": False,
            "verify_exp": False,
        }  # the clock is the test's
        claims = jwt.decode(
            token, key, algorithms=["ES256"], issuer="vwr", audience="main", options=options
        )
        assert claims["sid"] == "1-1"
    assert door.visitor().client.post("/vwr/main/jwks.json").status_code == 405


def test_there_are_no_public_keys_unless_one_of_their_algorithms_is_set(door: Door) -> None:
    response = door.visitor().client.get("/vwr/main/jwks.json")
    assert (response.status_code, response.headers["cache-control"]) == (404, "private, no-store")
