"""Every parameter missing, wrong, doubled, huge or of another event: the documented error, no
token, no place, and nothing written.
"""

import json
from functools import cache
from time import process_time
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.aws.conftest import Make
from tests.support.aws import BEARER, EVENT, Aws, make_aws, settings_of
from tests.support.clock import Clock
from vwr_middleware.aws import AwsApi
from vwr_middleware.errors import ConfigurationError

FORGED = "8d41522a-45cc-4403-9d0b-9231dc048a88"
GETS = ("queue_num", "serving_num", "waiting_num", "queue_pos_expiry", "public_key")
PRIVATE_GETS = ("num_active_tokens", "expired_tokens")
POSTS = ("assign_queue_num", "generate_token")
PRIVATE_POSTS = ("increment_serving_counter", "update_session", "reset_initial_state")
BAD_EVENT, BAD_ID = "Invalid event ID", "Invalid event or request ID"
REFUSED = {
    **dict.fromkeys((*GETS, *PRIVATE_GETS, *POSTS, *PRIVATE_POSTS), BAD_EVENT),
    **dict.fromkeys(("queue_num", "queue_pos_expiry", "generate_token", "update_session"), BAD_ID),
}
MORE: dict[str, Any] = {"request_id": FORGED, "status": 1, "increment_by": 5}


@pytest.fixture
def aws(make: Make) -> Aws:
    """A room whose first visitor is called, and whose second waits."""
    aws = make(max_active=5, mode="queue", inlet={"kind": "manual"}, late="lost")
    aws.joins(), aws.joins()
    aws.increments(1)
    return aws


def numbers(aws: Aws) -> tuple[int, int, int]:
    """Queue and serving counter, and who is inside."""
    aws.refresh()
    room = aws.house.site.store_access.views["main"].room
    assert room is not None
    return room.queue, room.serving, room.active


def ask(aws: Aws, name: str, **given: Any) -> Any:
    """A call with a key, whether it needs one or not."""
    call = aws.get if name in (*GETS, *PRIVATE_GETS) else aws.post
    return call(f"/{name}", BEARER, **{**MORE, **given})


@pytest.mark.parametrize("name", REFUSED)
def test_another_event_is_refused_and_takes_no_number(aws: Aws, name: str) -> None:
    before = numbers(aws)
    for event in ("", "main", "Sample ", "x" * 5000, "\0"):
        answer = ask(aws, name, event_id=event)
        assert (answer.status, answer.json) == (400, {"error": REFUSED[name]}), event
        assert answer.header("access-control-allow-origin") == "*"
        assert numbers(aws) == before, event


@pytest.mark.parametrize("name", GETS + PRIVATE_GETS)
def test_a_get_without_its_parameters_is_refused(aws: Aws, name: str) -> None:
    for query in ("", "event_i=Sample", "EVENT_ID=Sample", "&&&=", "%ff"):
        answer = aws.ask("GET", f"/{name}", query, headers=BEARER)
        assert answer.status == 400
        assert answer.json["message"].startswith("Missing required request parameters: [event_id")


@pytest.mark.parametrize("name", GETS + PRIVATE_GETS)
def test_a_parameter_that_comes_twice_is_none(aws: Aws, name: str) -> None:
    query = f"event_id={EVENT}&event_id={EVENT}&request_id={FORGED}"
    answer = aws.ask("GET", f"/{name}", query, headers=BEARER)
    assert (answer.status, answer.json) == (400, {"error": REFUSED[name]})


def test_a_query_of_thousands_of_names_costs_no_more_than_its_length(aws: Aws) -> None:
    names = [f"{number:x}" for number in range(1, 2000)]

    def seconds(query: str) -> float:
        began = process_time()
        assert aws.ask("GET", "/serving_num", query).status == 200
        return process_time() - began

    long = "&".join([f"event_id={EVENT}", *names])
    assert min(seconds(long) for _ in range(3)) < 0.1  # a second, if each is counted among all


UNFIT = (
    *(b"", b"{", b"[]", b'"Sample"', b"null", b"\xff\xfe", b"{}", b"event_id=Sample"),
    b'{"event_id": 7}',
    b'{"event_id": ["Sample"]}',
    b'{"event_id": "Sample", "event_id": "Sample"}',
    b'{"event_id": "\\ud800"}',
    b"[" * 60_000,
    b'{"event_id": ' + b"9" * 5000 + b"}",
)


@pytest.mark.parametrize("name", POSTS + PRIVATE_POSTS)
def test_a_post_whose_body_does_not_fit_is_refused(aws: Aws, name: str) -> None:
    before = numbers(aws)
    for body in UNFIT:
        answer = aws.ask("POST", f"/{name}", body=body, headers=BEARER)
        told = (answer.status, answer.json)
        assert told == (400, {"message": "Invalid request body"}), body[:50]
        assert numbers(aws) == before, body[:50]


@pytest.mark.parametrize("name", POSTS + PRIVATE_POSTS)
def test_a_body_that_is_too_large_is_refused(aws: Aws, name: str) -> None:
    answer = ask(aws, name, filling="x" * 70_000)
    assert (answer.status, answer.json) == (413, {"message": "Request Too Long"})


def test_whoever_joins_sends_json_or_says_nothing_of_it(aws: Aws) -> None:
    body = json.dumps({"event_id": EVENT}).encode()
    for kind, status in (("text/plain", 415), ("application/json; charset=utf-8", 200)):
        answer = aws.ask("POST", "/assign_queue_num", body=body, headers={"content-type": kind})
        assert answer.status == status
    assert aws.ask("POST", "/assign_queue_num", body=body).status == 200


@pytest.mark.parametrize(
    "name", ["queue_num", "queue_pos_expiry", "generate_token", "update_session"]
)
def test_a_request_id_that_is_no_uuid_is_refused(aws: Aws, name: str) -> None:
    for request_id in ("", "1", "3-17", "x" * 5000, "0" * 36, "a b", FORGED + "Z"):
        answer = ask(aws, name, request_id=request_id)
        assert (answer.status, answer.json) == (400, {"error": BAD_ID}), request_id


@pytest.mark.parametrize(
    "request_id", [FORGED, FORGED.upper(), "0" * 8 + "-0000" * 3 + "-" + "0" * 12]
)
def test_a_request_id_that_nobody_was_given_is_refused(aws: Aws, request_id: str) -> None:
    before = numbers(aws)
    assert ask(aws, "queue_num", request_id=request_id).json == {"error": BAD_ID}
    for name, status, told in (
        ("queue_pos_expiry", 404, "Invalid request ID"),
        ("generate_token", 400, "Invalid request ID"),
        ("update_session", 404, "Request ID doesn't exist or status already set."),
    ):
        answer = ask(aws, name, request_id=request_id)
        assert (answer.status, answer.json) == (status, {"error": told})
    assert numbers(aws) == before


def test_a_request_id_of_another_event_is_refused(clock: Clock) -> None:
    rooms = [
        {"name": name, "paths": f"/{name}", "aws_event": name, "mode": "queue"}
        for name in ("Sample", "Other")
    ]
    for room in rooms:
        room["name"] = room["name"].lower()
    aws = make_aws(clock, rooms=rooms)
    request_id = aws.joins()
    assert aws.get("/queue_num", event_id="Other", request_id=request_id).status == 400
    answer = aws.post("/generate_token", event_id="Other", request_id=request_id)
    assert (answer.status, "access_token" in answer.json) == (400, False)
    assert aws.post("/assign_queue_num", event_id="Other").status == 200
    assert aws.number(request_id) == 1


@pytest.mark.parametrize("request_id", [None, 7, True, ["a"], {"a": 1}])
@pytest.mark.parametrize("name", ["generate_token", "update_session"])
def test_a_request_id_that_is_no_text_is_refused(aws: Aws, name: str, request_id: Any) -> None:
    assert ask(aws, name, request_id=request_id).json == {"message": "Invalid request body"}


@pytest.mark.parametrize("count", [-1, 2.5, 1e400, 10**18, -(10**18), float("1e17")])
def test_an_increment_that_makes_no_sense_is_refused(aws: Aws, count: float) -> None:
    before = numbers(aws)
    text = json.dumps({"event_id": EVENT, "increment_by": count}).replace("Infinity", "1e400")
    answer = aws.ask("POST", "/increment_serving_counter", body=text.encode(), headers=BEARER)
    assert answer.status == 400 and "increment_by" in answer.json["error"]
    assert numbers(aws) == before


@pytest.mark.parametrize("count", ["5", True, None, [5], "NaN"])
def test_an_increment_that_is_no_number_is_refused(aws: Aws, count: Any) -> None:
    answer = ask(aws, "increment_serving_counter", increment_by=count)
    assert (answer.status, answer.json) == (400, {"message": "Invalid request body"})
    body = b'{"event_id": "Sample", "increment_by": NaN}'
    assert aws.ask("POST", "/increment_serving_counter", body=body, headers=BEARER).status == 400


def test_an_increment_of_nothing_changes_nothing(aws: Aws) -> None:
    before = numbers(aws)
    for count in (0, 0.0, -0.0):
        assert aws.increments(count) == 1  # type: ignore[arg-type]
    assert numbers(aws) == before


@pytest.mark.parametrize("status", [0, 2, -2, 7, 1.5, 1e300])
def test_a_status_that_there_is_not_ends_no_session(aws: Aws, status: float) -> None:
    mine = aws.joins()
    aws.increments(2)
    assert aws.tokens(mine).status == 200
    before = numbers(aws)
    answer = ask(aws, "update_session", request_id=mine, status=status)
    assert answer.status == 400 and "status" in answer.json["error"]
    assert numbers(aws) == before and aws.tokens(mine).status == 200


@pytest.mark.parametrize(
    "more",
    [
        {"issuer": 7},
        {"issuer": None},
        {"issuer": "x" * 201},
        {"validity_period": 0},
        {"validity_period": -5},
        {"validity_period": "60"},
        {"validity_period": True},
        {"validity_period": None},
        {"validity_period": 1e300},
    ],
)
def test_a_private_call_for_tokens_that_makes_no_sense_gets_none(
    aws: Aws, more: dict[str, Any]
) -> None:
    mine = aws.joins()
    aws.increments(2)
    before = numbers(aws)
    answer = ask(aws, "generate_token", request_id=mine, **more)
    assert answer.status == 400 and next(iter(more)) in answer.json["error"]
    assert numbers(aws) == before


@pytest.mark.parametrize("name", (*PRIVATE_GETS, *PRIVATE_POSTS, "increment_serving_num"))
def test_a_private_call_needs_the_key(aws: Aws, name: str) -> None:
    before = numbers(aws)
    call = aws.get if name in PRIVATE_GETS else aws.post
    for headers, told in (
        ({}, "Missing Authentication Token"),
        ({"authorization": ""}, "Missing Authentication Token"),
        ({"authorization": "Bearer "}, "Missing Authentication Token"),
        ({"authorization": "Bearer another key of the API"}, "Forbidden"),
        ({"authorization": "AWS4-HMAC-SHA256 Credential=AKIA/x, Signature=y"}, "Forbidden"),
        ({"x-api-key": "another key of the API"}, "Forbidden"),
        ({"authorization": "Bearer \xff\xfe"}, "Forbidden"),
    ):
        answer = call(f"/{name}", headers, **MORE)
        assert (answer.status, answer.json) == (403, {"message": told})
    assert numbers(aws) == before
    key = {"x-api-key": BEARER["authorization"].removeprefix("Bearer ")}
    assert call(f"/{name}", key, **MORE).status in (200, 404)


def test_without_a_key_in_the_settings_there_are_no_private_calls(make: Make) -> None:
    aws = make(admin_api_key=[])
    for headers in (BEARER, {"authorization": "Bearer"}, {"x-api-key": ""}):
        assert aws.get("/num_active_tokens", headers).status == 403


def test_outsiders_of_the_panel_make_no_private_calls(make: Make) -> None:
    aws = make(admin_networks=["10.0.0.0/8"])
    assert aws.private_get("/num_active_tokens").status == 403
    assert aws.get("/serving_num").status == 200


def test_what_only_the_private_call_may_choose_needs_the_key_or_is_left_out(aws: Aws) -> None:
    mine = aws.joins()
    aws.increments(2)
    evil: dict[str, Any] = {
        "request_id": mine,
        "issuer": "https://evil.example",
        "validity_period": 10**6,
    }
    assert aws.post("/generate_token", {"authorization": "Bearer no"}, **evil).status == 403
    got = aws.post("/generate_token", **evil)
    assert (got.status, got.json["expires_in"]) == (200, 600)
    aws.claims(got.json["access_token"])  # which checks the issuer


@pytest.mark.parametrize(
    "path",
    [
        "/generate_tokens",
        "/queue_num/",
        "/api",
        "/api/api/queue_num",
        "//queue_num",
        "/queue%5Fnum",
        "/API/queue_num",
        "/",
    ],
)
def test_there_are_no_other_calls_and_no_other_spellings(clock: Clock, path: str) -> None:
    aws = make_aws(clock)
    alone = Aws(aws.house, AwsApi(site=aws.house.site))
    answer = alone.ask("GET", path, f"event_id={EVENT}&request_id={FORGED}")
    assert answer.status == 403
    assert answer.json == {"message": "Missing Authentication Token"}


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/assign_queue_num"), ("POST", "/queue_num"), ("PUT", "/generate_token")],
)
def test_a_call_by_another_method_is_none(aws: Aws, method: str, path: str) -> None:
    answer = aws.ask(method, path, f"event_id={EVENT}", headers=BEARER)
    assert answer.json == {"message": "Missing Authentication Token"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(EVENT),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(), some, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(["event_id", "request_id", "status", "increment_by", "issuer"])
BODIES = st.dictionaries(FIELDS | st.just("validity_period"), JSON | st.just(FORGED)).map(
    lambda body: json.dumps({"event_id": EVENT, **body}).encode()
)
QUERIES = st.lists(st.tuples(FIELDS, st.text() | st.sampled_from([EVENT, FORGED]))).map(urlencode)
HEADERS = st.sampled_from([BEARER, {}, {"x-api-key": "no"}, {"content-type": "text/plain"}])


@cache
def for_all_that_is_drawn() -> Aws:
    """A room that each example finds as the one before has left it."""
    return make_aws(Clock(), mode="queue", inlet={"kind": "manual"})


@given(
    st.sampled_from([*REFUSED, "increment_serving_num"]),
    st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "DELETE"]),
    QUERIES | st.text(),
    BODIES | st.binary(),
    HEADERS,
)
def test_nothing_that_is_sent_makes_an_error_of_ours_or_a_token(
    name: str, method: str, query: str, body: bytes, headers: dict[str, str]
) -> None:
    answer = for_all_that_is_drawn().ask(
        method, f"/{name}", query.encode("utf-8", "replace").decode("latin-1"), body, headers
    )
    assert answer.status in (200, 202, 400, 403, 404, 413, 415)
    assert answer.header("access-control-allow-origin") == "*"
    assert b"access_token" not in answer.body


def test_what_keeps_the_api_from_working_is_said_at_once() -> None:
    given = settings_of(secret_key="a secret of the tests, long enough", store="memory://")
    with pytest.raises(ConfigurationError) as caught:
        AwsApi(paths="/tickets", secret_key=given["secret_key"], store="memory://")
    told = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 3
    assert all(word in told for word in ("aws_event", "RS256", "token_issuer"))


def test_two_rooms_are_not_one_event() -> None:
    rooms = [{"name": name, "paths": f"/{name}", "aws_event": EVENT} for name in ("a", "b")]
    with pytest.raises(ConfigurationError, match="several rooms"):
        AwsApi(secret_key="a secret of the tests, long enough", rooms=rooms)


@pytest.mark.parametrize("event", ["", 7, "x" * 101, "a\nb"])
def test_an_event_id_is_text(event: object) -> None:
    with pytest.raises(ConfigurationError, match="aws_event must be"):
        AwsApi(secret_key="a secret of the tests, long enough", paths="/t", aws_event=event)
