"""What the crowd of the benchmark is made of: a figure that it gives must be right."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
import redis

from benchmarks.hold import charts, report
from benchmarks.hold.__main__ import arguments
from benchmarks.hold.beforehand import asks_within, begin_to_ask, stand_in_line
from benchmarks.hold.connections import NOTHING, Answer, Connections, Question
from benchmarks.hold.crowd import UNANSWERED_MOST, Crowd, Plan
from benchmarks.hold.figures import Run, Spread
from benchmarks.hold.page import OPEN, STATUS
from benchmarks.hold.people import TICKET, Agenda, People
from benchmarks.hold.stores import NAMESPACE, tried
from benchmarks.processes import CannotMeasure
from tests.support.servers import ROOT
from vwr_middleware.blocking import finish
from vwr_middleware.keys import Keys
from vwr_middleware.loadtest.door import LATE, OVERTAKING, Door
from vwr_middleware.papers.tickets import Tickets
from vwr_middleware.stores.opening import open_store

# ---- the door


def test_somebody_who_comes_back_in_time_and_finds_another_gone_in_before_is_out_of_order() -> None:
    door = Door(limit=1)
    door.wait_on(7, asked_at=0.9, now=1.0, told=2.0)
    door.come_in(8, now=2.0)
    door.wait_on(7, asked_at=3.0, now=3.1, told=2.0)
    door.judge(3.2)
    assert door.out_of_order == 0  # another answer may still be on its way
    door.judge(3.2 + OVERTAKING)
    assert (door.out_of_order, door.refusals) == (1, 2)
    door.come_in(5, now=5.0)
    assert door.overtaken == 3


def test_it_is_in_order_if_the_slot_went_to_somebody_further_in_front() -> None:
    door = Door(limit=1)
    door.wait_on(7, asked_at=0.9, now=1.0, told=2.0)
    door.come_in(8, now=2.0)
    door.wait_on(7, asked_at=3.0, now=3.1, told=2.0)
    door.come_in(6, now=3.2)  # called late; its answer was read after that of 7
    door.judge(9.0)
    assert door.out_of_order == 0


@pytest.mark.parametrize(
    ("behind_at", "asks_again_at"),
    [
        pytest.param(0.5, 3.0, id="before it stood there"),
        pytest.param(3.05, 3.0, id="after it had asked"),
        pytest.param(2.0, 1.0 + 2.0 * 1.2 + LATE + 0.1, id="it came back too late"),
    ],
)
def test_it_is_in_order_if_nothing_was_promised(behind_at: float, asks_again_at: float) -> None:
    door = Door(limit=1)
    moments = {
        0.95: lambda: door.wait_on(7, asked_at=0.9, now=1.0, told=2.0),
        behind_at: lambda: door.come_in(8, now=behind_at),
        asks_again_at + 0.1: lambda: door.wait_on(7, asks_again_at, asks_again_at + 0.1, 2.0),
    }
    for moment in sorted(moments):
        moments[moment]()
    door.judge(99.0)
    assert door.out_of_order == 0


def test_more_inside_than_the_limit_are_seen() -> None:
    door = Door(limit=2)
    for _ in range(2):
        door.enter()
    door.end()
    door.enter()
    assert door.over_limit == 0
    door.enter()
    door.end()
    assert door.over_limit == 1


# ---- people


def test_everybody_acts_at_the_right_moment_and_in_order() -> None:
    agenda = Agenda(now=100.0)
    for person, at in enumerate([100.5, 99.0, 103.0, 100.2]):
        agenda.put(person, at)
    assert [list(due) for _, due in agenda.take(100.0)] == [[1]]
    assert [list(due) for _, due in agenda.take(102.9)] == [[3], [0]]
    agenda.put(4, 101.0)  # late: as soon as possible
    assert [list(due) for _, due in agenda.take(103.1)] == [[4], [2]]


def test_a_row_is_used_again_without_what_was_in_it() -> None:
    people = People()
    first, second = people.come(OPEN, 1.0), people.come(OPEN, 2.0)
    people.keep_ticket(second, b"x" * TICKET)
    people.position[second], people.polls[second] = 9, 3
    people.go(second)
    assert len(people) == 1
    again = people.come(STATUS, 3.0)
    assert (again, people.position[again], people.polls[again]) == (second, 0, 0)
    assert first != second
    with pytest.raises(ValueError, match="a ticket has 3 letters"):
        people.keep_ticket(again, b"abc")


def test_what_one_person_takes() -> None:
    """A million people must fit beside all else: some 100 bytes each."""
    people, agenda = People(), Agenda(0.0)
    for number in range(2000):
        agenda.put(people.come(OPEN, 1.0), number / 100)
    columns = (people.doing, people.polls, people.failures)
    columns_bytes = sum(len(column) for column in columns)
    numbers = (people.position, people.gives_up)
    columns_bytes += sum(len(column) * column.itemsize for column in numbers)
    assert columns_bytes / 2000 + TICKET + 4 < 110


# ---- figures


def test_percentiles() -> None:
    spread = Spread()
    for milliseconds in range(1, 101):
        spread.add(milliseconds / 1000)
    assert spread.below(0.5) == pytest.approx(50, abs=0.2)
    assert spread.below(0.99) == pytest.approx(99, abs=0.2)
    assert spread.worst == pytest.approx(100, abs=0.2)
    whole = Spread()
    whole.take_in(spread)
    assert (whole.count, spread.count, spread.worst) == (100, 0, 0.0)


def a_run(people: int, connections: str = "kept", server_cores: float = 0.5) -> Run:
    run = Run("Valkey", "uvicorn", 1, connections, people, 500, 3.0)
    run.held, run.server_cores = people, server_cores
    run.polls_ms = run.inside_ms = run.late_ms = [1.0, 2.0, 3.0]
    return run


def test_runs_of_several_calls_stand_in_one_table_and_one_chart(tmp_path: Path) -> None:
    for run in (a_run(100_000), a_run(10_000), a_run(10_000, "each", 0.75)):
        report.keep(run, tmp_path)
    document = tmp_path / "measured.md"
    document.write_text(f"before\n{report.BEGIN}an old table\n{report.END}after\n")
    report.publish(report.kept(tmp_path), document)
    text = document.read_text()
    assert text.startswith("before\n") and text.endswith("after\n") and "an old" not in text
    lines = (line.strip("| ").split(" | ") for line in text.splitlines())
    rows = {name: figures for name, *figures in lines}
    assert rows["people held"] == ["10,000", "10,000", "100,000"]
    assert rows["server's CPU, us/s for each who is held"] == ["75.0", "50.0", "5.0"]
    charts.draw_all(report.kept(tmp_path), tmp_path / "hold.svg")
    charts.draw_all(report.kept(tmp_path), tmp_path / "again.svg")
    drawn = (tmp_path / "hold.svg").read_bytes()
    assert drawn == (tmp_path / "again.svg").read_bytes(), "the same figures, the same file"
    assert b"#ffffff" not in drawn, "on a dark page, too"


@pytest.mark.parametrize(
    ("given", "people"),
    [
        (["10000,100000"], [10_000, 100_000]),
        (["10,000"], [10_000]),
        (["1_000", "2000"], [1000, 2000]),
        ([], [10_000]),
    ],
)
def test_how_many_people_are_held(given: list[str], people: list[int]) -> None:
    assert arguments(["--people", *given] if given else []).people == people


# ---- stores


def test_a_run_clears_what_another_has_left_and_nothing_else(valkey_url: str) -> None:
    ours, real = f"{{{NAMESPACE}:main}}:numbers", "{vwr:main}:numbers"
    client = redis.Redis.from_url(valkey_url)
    for key in (ours, f"{{{NAMESPACE}}}:posts", real):
        client.set(key, "left by a run that was killed")
    with tried(valkey_url) as store:
        assert client.keys("*vwr_hold*") == []
        before = store.done()
        client.set(ours, "left by this one")
        after = store.done()
    assert (before.commands, after.commands) != (None, None)
    assert (after.commands or 0) - (before.commands or 0) == 1
    assert client.keys("*vwr_hold*") == []
    assert client.get(real) is not None


def test_a_database_is_there_for_the_run_alone(postgres_url: str) -> None:
    with tried(postgres_url) as store:
        assert NAMESPACE in store.url
        assert (store.done().trips or 0) >= 0
        assert (store.bytes() or 0) > 1_000_000
        finish(open_store(store.url).secret("", ""))  # as the server opens it
    with psycopg.connect(postgres_url) as connection:
        found = connection.execute("select 1 from pg_database where datname = %s", [NAMESPACE])
        assert found.fetchone() is None


@pytest.mark.parametrize("store", ["redis://127.0.0.1:1/0", "postgresql://127.0.0.1:1/x", "nosql"])
def test_a_store_that_cannot_be_tried_is_told_in_words(store: str) -> None:
    with pytest.raises(CannotMeasure), tried(store):
        raise AssertionError("unreachable")


# ---- connections


@contextmanager
def a_server(*answers: bytes) -> Iterator[tuple[str, int]]:
    """Gives these answers, one on each connection; b"" hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for answer in answers:
                to, _ = listener.accept()
                with to:
                    to.recv(4096)
                    for at in range(0, len(answer), 20):  # in pieces
                        to.sendall(answer[at : at + 20])
                        time.sleep(0.001)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()
        thread.join()


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello"


@pytest.mark.parametrize("kept", [True, False])
def test_answers_come_to_those_who_asked_also_if_the_server_hangs_up(kept: bool) -> None:
    heard: dict[int, Answer] = {}
    with a_server(OK, b"", OK) as address:
        connections = Connections(
            address, lambda question, answer: heard.update({question.person: answer}), kept=kept
        )
        for person in range(3):
            connections.ask(Question(person, STATUS, 0.0, b"GET / HTTP/1.1\r\n\r\n", 10.0))
            while person not in heard:
                connections.turn(0.1)
        connections.close()
    assert [heard[person].status for person in range(3)] == [200, 0, 200]
    assert heard[2].body == b"hello"


def test_a_question_that_nobody_answers_is_given_up() -> None:
    heard: list[Answer] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connections = Connections(
            listener.getsockname(), lambda question, answer: heard.append(answer), kept=True
        )
        connections.ask(Question(1, STATUS, 100.0, b"GET / HTTP/1.1\r\n\r\n", 10.0))
        connections.give_up_late(110.0)
        assert heard == []
        connections.give_up_late(110.1)
        connections.close()
    assert heard == [NOTHING]


def test_a_connection_for_each_question_comes_from_several_addresses() -> None:
    """From one address, the ports would be used up."""
    heard: list[Answer] = []
    came_from = set()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connections = Connections(
            listener.getsockname(), lambda question, answer: heard.append(answer), kept=False
        )
        for person in range(4):
            connections.ask(Question(person, STATUS, 0.0, b"GET / HTTP/1.1\r\n\r\n", 10.0))
            to, (address, _) = listener.accept()
            came_from.add(address)
            to.close()
        assert connections.unanswered == 4
        while len(heard) < 4:
            connections.turn(0.1)
        assert connections.unanswered == 0
        connections.close()
    assert len(came_from) == 4


def test_newcomers_hold_back_while_the_server_does_not_keep_up() -> None:
    """Until all are there; then they come whatever the server does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        plan = Plan(people=5000, per_second=1e5, slots=1, stay=1.0)
        crowd = Crowd(plan, listener.getsockname(), NAMESPACE)
        connections, turns = crowd.connections, iter(range(50))
        crowd.run(lambda now: connections.unanswered >= UNANSWERED_MOST, lambda now: None)
        crowd.run(lambda now: next(turns, None) is None, lambda now: None)
        assert connections.unanswered == UNANSWERED_MOST
        crowd.is_gathering = False
        crowd.run(lambda now: connections.unanswered > 1000, lambda now: None)
        connections.close()


# ---- the page


def test_the_crowd_does_what_the_page_does() -> None:
    """Where these lines of the page's script change, `benchmarks/hold/page.py` must, too."""
    script = (ROOT / "static/src/waiting.js").read_text()
    for line in (
        "later(1 + 2.3 * Math.random());",
        "later(seconds * (0.8 + 0.4 * Math.random()));",
        'if (view.watch == "status" && ++polls % 10) {',
        "retry_after: beyond > 0 ? data.poll.far + beyond * data.poll.each : data.poll.near,",
        "const beyond = view.position - data.horizon;",
        "heldUntil = Date.now() + 2000 * data.retry_after + 2000;",
        "return Math.max(data.retry_after || 10, isOut() ? 30 : 0);",
        '(/next|enter/.test(view.you) && Date.now() < heldUntil ? "door=1&" : "")',
        'Math.min(2 ** ++failures, view.watch == "status" ? 60 : 15)',
        'call("/token?go=1", "POST")',
    ):
        assert line in script


# ---- those who are there beforehand


def test_places_beforehand_are_in_order_and_each_has_a_ticket_of_its_own(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'room.sqlite3'}"
    given: dict[str, Any] = {"secret_key": "s" * 32, "store": url, "namespace": NAMESPACE}
    given |= {"paths": ["/tickets"], "max_active": 5}
    people, agenda = People(), Agenda(0.0)
    stand_in_line(people, given, 700, Random(1))
    begin_to_ask(people, agenda, 0.0, Random(1))
    assert len(people) == 700, "of 1,400 places each second one is nobody's"
    held = list(people.position)
    assert held == sorted(set(held))
    assert 1300 < held[-1] <= 1400
    tickets = Tickets(Keys(["s" * 32], NAMESPACE), "main")
    for person in (0, 350, 699):
        ticket = tickets.read(people.ticket(person))
        assert ticket is not None
        assert ticket.position == held[person]
    due = [each for _, some in agenda.take(asks_within(700)) for each in some]
    assert sorted(due) == list(range(700)), "all ask within that time"
