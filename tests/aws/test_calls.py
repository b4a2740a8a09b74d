"""What each call answers, in the shapes and with the statuses of AWS's API, by our room's rules."""

import json
from typing import Any

import pytest

from tests.aws.conftest import Make
from tests.support.asgi import Answer
from tests.support.aws import BEARER, EVENT, make_aws
from tests.support.clock import Clock
from tests.support.house import House
from vwr_middleware.aws.entry_times import EntryTimes
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.stores import Store
from vwr_middleware.stores.memory.store import MemoryStore

QUEUE: dict[str, Any] = {"mode": "queue", "inlet": {"kind": "manual"}}
NOT_YET = {"error": "Request ID not being served yet"}
OVER = {"error": "Token corresponding to request id has expired"}


# Tokens.


def test_whoever_is_not_called_gets_no_token(make: Make) -> None:
    aws = make(**QUEUE)
    mine = aws.joins()
    answer = aws.tokens(mine)
    assert (answer.status, answer.json) == (202, NOT_YET)
    assert answer.header("retry-after") == "2"


def test_whoever_is_called_enters_when_a_slot_is_free(make: Make) -> None:
    aws = make(max_active=1, **QUEUE)
    first, second = aws.joins(), aws.joins()
    aws.increments(2)
    assert aws.tokens(first).status == 200
    assert (aws.tokens(second).status, aws.tokens(second).json) == (202, NOT_YET)
    aws.private_post("/update_session", request_id=first, status=-1)
    aws.refresh()
    assert aws.tokens(second).status == 200


def test_the_same_request_gets_the_same_tokens_from_every_worker(
    clock: Clock, store: Store
) -> None:
    one, other = (make_aws(clock, store, **QUEUE) for _ in range(2))
    mine = one.joins()
    one.increments(1)
    got = one.tokens(mine).json
    clock.pass_by(100)
    for aws in (one, other, one):
        again = aws.tokens(mine).json
        assert again == {**got, "expires_in": 500}, "and not those of a session that was renewed"


def test_the_tokens_are_confirmed_by_having_been_fetched(make: Make) -> None:
    """No request brings them back here, since another service verifies them."""
    aws = make(session_seconds=600, confirm_within=60, **QUEUE)
    mine = aws.joins()
    aws.increments(1)
    aws.tokens(mine)
    aws.house.clock.pass_by(300)
    assert aws.private_get("/num_active_tokens").json == {"active_tokens": 1}
    assert aws.tokens(mine).json["expires_in"] == 300


@pytest.mark.parametrize("renew", [True, False])
def test_after_the_end_there_is_no_dead_token(make: Make, renew: bool) -> None:
    aws = make(session_seconds=600, session_grace=60, renew=renew, **QUEUE)
    mine = aws.joins()
    aws.increments(1)
    assert aws.tokens(mine).json["expires_in"] == 600
    for seconds in (600, 61):
        aws.house.clock.pass_by(seconds)
        aws.refresh()
        assert (aws.tokens(mine).status, aws.tokens(mine).json) == (410, OVER)
    assert aws.private_get("/expired_tokens").json == [mine]
    assert aws.private_post("/update_session", request_id=mine, status=1).status == 404


@pytest.mark.parametrize(
    ("status", "how"), [(1, "completed"), (-1, "abandoned"), (1.0, "completed")]
)
def test_a_session_that_was_ended_gives_no_tokens(make: Make, status: float, how: str) -> None:
    aws = make(**QUEUE)
    mine = aws.joins()
    aws.increments(1)
    aws.tokens(mine)
    assert aws.private_post("/update_session", request_id=mine, status=status).json == {}
    assert (aws.tokens(mine).status, aws.tokens(mine).json) == (410, OVER)
    assert aws.house.told(how) == ["1-1"]


def test_the_private_call_chooses_the_issuer_and_a_shorter_time(make: Make) -> None:
    aws = make(session_seconds=600, session_grace=0, **QUEUE)
    ids = [aws.joins() for _ in range(3)]
    aws.increments(3)
    own = {"request_id": ids[0], "issuer": "https://own.example/oidc", "validity_period": 90}
    for _ in range(2):
        got = aws.private_post("/generate_token", **own)
        assert (got.status, got.json["expires_in"]) == (200, 90)
    with pytest.raises(Exception, match="issuer"):
        aws.claims(got.json["access_token"])
    assert aws.tokens(ids[0]).json["expires_in"] == 90, "a later call changes nothing"
    assert aws.tokens(ids[1]).json["expires_in"] == 600, "nor is it everybody's from then on"
    longer = aws.private_post("/generate_token", request_id=ids[2], validity_period=86400)
    assert longer.json["expires_in"] == 600, "a token that outlives its slot would be one too many"
    aws.house.clock.pass_by(90)
    aws.refresh()
    assert aws.private_get("/num_active_tokens").json == {"active_tokens": 2}
    assert aws.private_get("/expired_tokens").json == [ids[0]]


def test_no_gate_of_ours_takes_such_a_token_for_an_access_token(make: Make) -> None:
    aws = make(max_active=1, **QUEUE)
    mine = aws.joins()
    aws.increments(1)
    token = aws.tokens(mine).json["access_token"]
    page = aws.house.visitor()
    for headers in ({"vwr_token": token}, {"authorization": f"Bearer {token}"}):
        assert page.get("/tickets", **headers).status == 429


def test_a_claim_whose_confirmation_failed_is_made_good_by_the_next(clock: Clock) -> None:
    class Failing(MemoryStore):
        fails = False

        async def renew(self, *given: Any, **more: Any) -> Any:
            if self.fails:
                raise StoreUnavailable("gone")
            return await super().renew(*given, **more)

    store = Failing(clock)
    aws = make_aws(clock, store, **QUEUE)
    mine = aws.joins()
    aws.increments(1)
    store.fails = True
    answer = aws.tokens(mine)
    assert (answer.status, "access_token" in answer.json) == (503, False)
    assert answer.header("retry-after") == "2"
    store.fails = False
    clock.pass_by(3)
    assert aws.tokens(mine).json["expires_in"] == 600
    aws.refresh()
    assert aws.private_get("/num_active_tokens").json == {"active_tokens": 1}


# The line.


def test_pages_and_this_api_share_one_line(make: Make) -> None:
    aws = make(max_active=2, **QUEUE)
    page, mine = aws.house.visitor(), None
    assert page.open("/tickets").status == 202
    mine = aws.joins()
    assert aws.number(mine) == 2
    assert page.get("/vwr/main/position").json["position"] == 1
    aws.increments(2)
    assert aws.tokens(mine).status == 200
    aws.refresh()
    assert page.open("/tickets").status == 200
    aws.refresh()
    assert aws.private_get("/num_active_tokens").json == {"active_tokens": 2}


def test_after_a_reset_no_earlier_request_id_counts(make: Make) -> None:
    aws = make(**QUEUE)
    mine = aws.joins()
    aws.increments(1)
    aws.tokens(mine)
    aws.private_post("/reset_initial_state")
    assert aws.get("/queue_num", request_id=mine).status == 400
    assert aws.tokens(mine).json == {"error": "Invalid request ID"}
    assert aws.private_post("/update_session", request_id=mine, status=1).status == 404
    assert aws.joins() != mine


def test_a_call_that_is_repeated_with_its_key_calls_nobody_more(make: Make) -> None:
    aws = make(**QUEUE)
    for _ in range(5):
        aws.joins()
    for _ in range(3):
        headers = {**BEARER, "idempotency-key": "tick 1"}
        assert aws.post("/increment_serving_counter", headers, increment_by=2).json == {
            "serving_num": 2
        }
    other = aws.post("/increment_serving_counter", headers, increment_by=3)
    assert (other.status, list(other.json)) == (422, ["error"])
    assert aws.post("/increment_serving_num", BEARER, increment_by=2.0).json == {"serving_num": 4}


def test_who_called_is_in_the_audit_log(make: Make) -> None:
    aws = make(**QUEUE)
    aws.post("/increment_serving_counter", {**BEARER, "vwr-operator": "inlet"}, increment_by=2)
    panel = aws.house.visitor(authorization=BEARER["authorization"])
    (row,) = panel.get("/vwr-admin/api/rooms/main/audit").json["audit"]
    assert (row["who"], row["what"]) == ("inlet", "advance")


def test_the_rooms_own_limits_hold_here_too(make: Make) -> None:
    limited = make(joins_per_address=2, **QUEUE)
    found = [limited.post("/assign_queue_num") for _ in range(4)]
    assert [answer.status for answer in found] == [200, 200, 429, 429]
    assert found[-1].header("retry-after")
    full = make(max_waiting=1, **QUEUE)
    assert [full.post("/assign_queue_num").status for _ in range(2)] == [200, 503]
    closed = make(mode="closed")
    assert closed.post("/assign_queue_num").status == 503
    challenged = make(challenge=lambda request: "/login", **QUEUE)
    answer = challenged.post("/assign_queue_num")
    assert (answer.status, answer.json["challenge"]) == (403, "/login")


def test_a_turn_that_is_lost_if_missed_says_how_long_it_lasts(make: Make) -> None:
    aws = make(late="lost", claim_within=120, **QUEUE)
    first, second = aws.joins(), aws.joins()

    def expiry(request_id: str) -> tuple[int, Any]:
        answer = aws.get("/queue_pos_expiry", request_id=request_id)
        return answer.status, answer.json

    assert expiry(second) == (202, NOT_YET)
    aws.increments(1)
    assert expiry(first) == (200, {"expires_in": 120})
    aws.house.pass_by(50)
    status, told = expiry(first)
    assert status == 200 and 70 <= told["expires_in"] <= 73, "as exactly as the call was noted"
    aws.house.pass_by(80)
    gone = {"error": "Queue position has expired"}
    assert expiry(first) == (410, gone)
    assert (aws.tokens(first).status, aws.tokens(first).json) == (410, gone)
    assert expiry(second) == (202, NOT_YET)


def test_a_turn_that_is_kept_does_not_expire(make: Make) -> None:
    aws = make(claim_within=5, **QUEUE)
    mine = aws.joins()
    aws.increments(1)
    aws.house.pass_by(60)
    answer = aws.get("/queue_pos_expiry", request_id=mine)
    assert (answer.status, answer.json) == (202, {"error": "Queue position expiration not enabled"})
    assert aws.tokens(mine).status == 200


def test_whoever_came_in_time_and_found_no_slot_keeps_the_turn(make: Make) -> None:
    aws = make(max_active=1, late="lost", claim_within=20, session_seconds=300, **QUEUE)
    inside, mine = aws.joins(), aws.joins()
    aws.increments(2)
    assert [aws.tokens(each).status for each in (inside, mine)] == [200, 202]
    aws.house.pass_by(60)
    answer = aws.get("/queue_pos_expiry", request_id=mine)
    assert (answer.status, answer.json) == (200, {"expires_in": 0})


def test_operators_look_somebody_up_by_the_request_id(make: Make) -> None:
    aws = make(**QUEUE)
    ids = [aws.joins() for _ in range(3)]
    aws.house.pass_by(30)
    panel = aws.house.visitor(authorization=BEARER["authorization"])

    def found(ticket: str) -> Answer:
        body = json.dumps({"ticket": ticket}).encode()
        path = "/vwr-admin/api/rooms/main/explain"
        return panel.post(path, body, content_type="application/json")

    told = found(ids[2]).json
    assert (told["position"], told["you"], told["ahead"]) == (3, "waiting", 2)
    assert panel.get("/vwr-admin/api/rooms/main").json["present"] == 3
    assert "present" not in " ".join(told["sentences"]), "nobody can know"
    assert found("8d41522a-45cc-4403-9d0b-9231dc048a88").status == 422


# How it is answered.


def test_the_stage_may_stand_in_front(make: Make) -> None:
    aws = make(stage="/api", **QUEUE)
    mine = aws.joins()
    assert aws.increments(1) == 1
    assert aws.tokens(mine).status == 200


@pytest.mark.parametrize(
    ("path", "method"),
    [("/queue_num", "GET"), ("/generate_token", "POST"), ("/api/serving_num", "GET")],
)
def test_scripts_of_all_origins_may_ask(make: Make, path: str, method: str) -> None:
    aws = make()
    asked = {"origin": "https://site.example", "access-control-request-method": method}
    answer = aws.ask("OPTIONS", path, headers=asked)
    assert (answer.status, answer.header("access-control-allow-origin")) == (200, "*")
    assert method in answer.header("access-control-allow-methods")
    assert "Content-Type" in answer.header("access-control-allow-headers")


def test_caches_keep_what_is_the_same_for_everybody_and_nothing_else(make: Make) -> None:
    aws = make(**QUEUE)
    mine = aws.joins()
    for path in ("/serving_num", "/waiting_num"):
        assert aws.get(path).header("cache-control") == "public, max-age=1"
    assert aws.get("/public_key").header("cache-control") == "public, max-age=300"
    for answer in (
        aws.get("/queue_num", request_id=mine),
        aws.get("/queue_pos_expiry", request_id=mine),
        aws.get("/serving_num", event_id="other"),
        aws.tokens(mine),
        aws.private_get("/expired_tokens"),
    ):
        assert answer.header("cache-control") == "no-store"


def test_a_head_has_the_headers_of_its_get(make: Make) -> None:
    answer = make().ask("HEAD", "/serving_num", f"event_id={EVENT}")
    assert (answer.status, answer.body) == (200, b"")


def test_the_public_key_is_a_jwk_of_rs256(make: Make) -> None:
    key = make().get("/public_key").json
    assert sorted(key) == ["alg", "e", "kid", "kty", "n"]
    assert (key["kty"], key["alg"], key["e"]) == ("RSA", "RS256", "AQAB")


def test_while_the_store_is_away_nothing_fails_but_to_wait(clock: Clock) -> None:
    class Away(MemoryStore):
        is_away = False

        async def _do_all(self, *given: Any) -> Any:
            if self.is_away:
                raise StoreUnavailable("gone")
            return await super()._do_all(*given)

    store = Away(clock)
    aws = make_aws(clock, store, **QUEUE)
    mine = aws.joins()
    aws.increments(1)
    store.is_away = True
    clock.pass_by(5)
    statuses = {
        "queue": aws.get("/queue_num", request_id=mine).status,
        "serving": aws.get("/serving_num").status,
        "join": aws.post("/assign_queue_num").status,
        "tokens": aws.tokens(mine).status,
        "more": aws.private_post("/increment_serving_counter", increment_by=1).status,
        "expired": aws.private_get("/expired_tokens").status,
        "reset": aws.private_post("/reset_initial_state").status,
    }
    assert statuses == dict.fromkeys(statuses, 503) | {"queue": 200, "serving": 200}
    fresh = make_aws(clock, store, **QUEUE)
    assert fresh.get("/serving_num").status == fresh.post("/assign_queue_num").status == 503
    store.is_away = False
    clock.pass_by(40)
    assert (aws.number(mine), aws.tokens(mine).status) == (1, 200)


# When a place was taken.


def test_the_time_of_joining_is_told_by_a_worker_that_only_reads_the_room(clock: Clock) -> None:
    store = MemoryStore(clock)
    one, other = (make_aws(clock, store, **QUEUE) for _ in range(2))
    other.refresh()
    came = []
    for _ in range(3):
        came.append((one.joins(), int(clock())))
        clock.pass_by(1)
        other.refresh()
    clock.pass_by(500)
    for request_id, at in came:
        for aws in (one, other):
            told = aws.get("/queue_num", request_id=request_id).json["entry_time"]
            assert at <= told <= at + 2


def test_of_many_times_those_long_ago_are_known_less_exactly(clock: Clock) -> None:
    times = EntryTimes(most=100)
    for position in range(1, 5001):
        times.note_joined("a" * 16, 1, position, float(position))
    house: House = make_aws(clock).house
    house.visitor().get("/vwr/main/status")
    room = house.site.store_access.views["main"].room
    assert room is not None
    times.note_joined(room.room_id, room.generation, 3, 7.0)
    assert times.of(room, 2) == 7, "another line has times of its own"
    many = EntryTimes(most=100)
    for position in range(1, 5001):
        many.note_joined(room.room_id, room.generation, position, float(position))
    assert len(many._counters) <= 100
    assert 1 <= many.of(room, 1) <= many.of(room, 2500) and many.of(room, 2500) >= 2500
    assert many.of(room, 5000) == 5000
