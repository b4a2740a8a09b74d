"""What the sample site of AWS's solution, its control panel and its inlets ask, in their order."""

from tests.aws.conftest import Make
from tests.support.aws import EVENT, ISSUER, make_aws
from tests.support.clock import Clock
from vwr_middleware.stores import Store


def test_the_sample_site_goes_from_reserve_to_its_receipt(clock: Clock, store: Store) -> None:
    """Thirty requests: it joins, asks for its number, reads two numbers every 3 s, gets its tokens,
    and goes to the shop with them."""
    aws = make_aws(clock, store, max_active=2, mode="queue", inlet={"kind": "manual"})
    ahead = [aws.joins() for _ in range(3)]
    entered = aws.post("/assign_queue_num")
    assert entered.status == 200 and list(entered.json) == ["api_request_id"]
    request_id = entered.json["api_request_id"]
    place = {"queue_number": 4, "entry_time": int(clock()), "event_id": EVENT, "status": 1}
    assert aws.get("/queue_num", request_id=request_id).json == place
    for round_ in range(13):
        assert (aws.serving >= 4) == (round_ > 9), "the page leads on at its turn, and not before"
        assert aws.waiting == 4
        if round_ == 9:
            aws.increments(4)
        clock.pass_by(3)
    got = aws.tokens(request_id)
    assert got.status == 200 and got.json["token_type"] == "Bearer"
    assert list(got.json) == [
        "access_token",
        "refresh_token",
        "id_token",
        "token_type",
        "expires_in",
    ]
    assert got.json["expires_in"] == 600
    assert got.header("access-control-allow-origin") == "*"
    claims = aws.claims(got.json["access_token"])
    assert claims == {
        "aud": EVENT,
        "sub": request_id,
        "queue_position": 4,
        "token_use": "access",
        "iat": int(clock()),
        "nbf": int(clock()),
        "exp": int(clock()) + 600,
        "iss": ISSUER,
    }
    assert aws.claims(got.json["refresh_token"])["token_use"] == "refresh"
    assert aws.claims(got.json["id_token"])["token_use"] == "id"
    assert aws.tokens(ahead[0]).status == 200


def test_a_page_that_reads_only_the_public_numbers_gets_its_turn(
    clock: Clock, store: Store
) -> None:
    """Nobody of this line ever asks for their own place, and none is passed over for that."""
    aws = make_aws(clock, store, max_active=2, session_seconds=30, session_grace=0)
    line = [aws.joins() for _ in range(6)]
    inside: list[str] = []
    for _ in range(40):
        serving = aws.serving
        for number, request_id in enumerate(line, 1):
            if request_id not in inside and number <= serving:
                answer = aws.tokens(request_id)
                assert answer.status in (200, 202)
                inside += [request_id] if answer.status == 200 else []
        clock.pass_by(3)
    assert inside == line, "in the order in which they came"


def test_the_control_panel_reads_its_four_numbers_and_steers(make: Make) -> None:
    aws = make(max_active=10, inlet={"kind": "manual"}, mode="queue")
    ids = [aws.joins() for _ in range(5)]
    assert aws.private_get("/num_active_tokens").json == {"active_tokens": 0}
    assert aws.private_get("/expired_tokens").json == []
    assert aws.increments(2) == 2
    assert [aws.tokens(each).status for each in ids] == [200, 200, 202, 202, 202]
    aws.refresh()
    assert aws.private_get("/num_active_tokens").json == {"active_tokens": 2}
    assert aws.waiting == 3
    assert aws.private_post("/update_session", request_id=ids[0], status=1).status == 200
    assert aws.private_post("/update_session", request_id=ids[0], status=1).status == 404
    assert aws.private_get("/expired_tokens").json == [ids[0]]
    assert aws.private_post("/reset_initial_state").status == 200
    assert aws.private_get("/num_active_tokens").json == {"active_tokens": 0}
    assert aws.private_get("/expired_tokens").json == []
    assert (aws.serving, aws.waiting) == (0, 0)
    assert aws.number(aws.joins()) == 1


def test_the_max_size_inlet_fills_what_was_left(make: Make) -> None:
    """It marks who has gone, asks how many are inside, and calls as many as have left."""
    aws = make(max_active=3, inlet={"kind": "manual"}, mode="queue")
    aws.increments(3)
    ids = [aws.joins() for _ in range(6)]
    assert [aws.tokens(each).status for each in ids[:4]] == [200, 200, 200, 202]
    done = [
        aws.private_post("/update_session", request_id=ids[0], status=1).status,
        aws.private_post("/update_session", request_id=ids[1], status=-1).status,
    ]
    assert done == [200, 200]
    aws.refresh()
    capacity = 3 - aws.private_get("/num_active_tokens").json["active_tokens"]
    assert capacity == 2
    assert aws.increments(capacity) == 5
    assert [aws.tokens(each).status for each in ids[3:]] == [200, 200, 202]


def test_the_periodic_inlet_calls_so_many_each_minute_and_saves_none_up(make: Make) -> None:
    aws = make(max_active=100, inlet={"kind": "manual"}, mode="queue")
    for _ in range(30):  # an idle night
        assert aws.increments(10) == 10
        aws.house.clock.pass_by(60)
    ids = [aws.joins() for _ in range(25)]
    assert aws.serving == 10, "and not 300"
    assert aws.increments(10) == 20
    assert [aws.tokens(each).status for each in ids].count(200) == 20
