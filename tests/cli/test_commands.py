"""`vwr` on a store and on a control API: the same commands, the same words."""

import json
import re
import sys
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from tests.cli.conftest import Run
from tests.support.clock import Clock
from tests.support.rooms import Room, sessions
from tests.support.shell import KEY, SETTINGS, failed, said
from vwr_middleware.blocking import finish
from vwr_middleware.cli.commands import vwr
from vwr_middleware.cli.show import room_view
from vwr_middleware.keys import Keys
from vwr_middleware.line.messages import Inlet
from vwr_middleware.papers.signing_keys import own_key
from vwr_middleware.papers.tickets import Ticket, Tickets
from vwr_middleware.settings import Settings
from vwr_middleware.stores.opening import open_store


def test_status_shows_the_numbers(run: Run) -> None:
    text = said(run("status", "main"))
    # How many a minute fades while the test runs.
    assert re.sub(r"minute [\d.]+", "minute 2", " ".join(text.split())) == (
        "main queueing waiting 8 (0 present) called 0 (0 at the door) inside 2 of 2 (max_active as"
        " configured) per minute 2 longest wait - serving 2 of 10 handed out so far 2 entered,"
        " 0 completed, 0 abandoned, 0 revoked, 0 expired, 0 never confirmed, 0 left the line,"
        " 0 no-shows"
    )
    told = json.loads(said(run("status", "main", "--json")))
    assert (told["waiting"], told["active"]) == (8, 2)


def test_whoever_asks_to_watch_in_json_is_not_told_once_and_left(run: Run) -> None:
    assert "run it repeatedly instead" in failed(run("status", "main", "--watch", "--json"))


@pytest.mark.parametrize(
    ("setting", "words"),
    [("opens_at", "main scheduled, opens"), ("closes_at", "main queueing, closes")],
)
def test_when_a_room_opens_or_closes_stands_beside_its_state(
    run: Run, setting: str, words: str
) -> None:
    assert words not in said(run("status", "main"))
    said(run("set", "main", f"{setting}=2035-01-01T00:00:30+00:00"))
    own = datetime.fromtimestamp(2_051_222_430).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
    text = said(run("status", "main"))
    assert f"{words} {own}\n" in text
    assert "2035-01-01 00:00:30 UTC" in text, "half a minute is told among the changes, too"
    said(run("mode", "main", "closed"))
    assert words not in said(run("status", "main"))


def test_a_paused_room_is_not_said_to_open_by_itself(run: Run) -> None:
    said(run("set", "main", "mode=paused", "opens_at=2035-01-01T00:00:00+00:00"))
    text = " ".join(said(run("status", "main")).split())
    assert re.search("main scheduled, opens [^,]+, but stays paused until you resume", text)
    said(run("resume", "main"))
    assert "stays paused" not in said(run("status", "main"))


def test_a_room_that_its_time_has_closed_is_told_apart_from_one_that_was_closed(run: Run) -> None:
    said(run("mode", "main", "closed"))
    assert "closes_at" not in said(run("explain", "main", "7"))
    said(run("set", "main", "mode=queue", "closes_at=2020-01-01T00:00:00+00:00"))
    assert "main closed by closes_at, " in said(run("status", "main"))
    assert "closes_at has passed: move or clear" in said(run("explain", "main", "7"))
    said(run("unset", "main", "closes_at"))
    assert "main queueing\n" in said(run("status", "main"))


def test_rooms_are_listed(run: Run) -> None:
    heading, line = (text.split() for text in said(run("rooms")).splitlines())
    assert " ".join(heading) == "room state waiting called inside of per min serving issued"
    assert line[:6] == ["main", "queueing", "8", "0", "2", "2"]
    assert line[-2:] == ["2", "10"]
    (room,) = json.loads(said(run("rooms", "--json")))
    assert room["issued"] == 10


def test_each_room_is_one_whole_line_however_narrow_the_terminal(tmp_path: Path) -> None:
    names = ["spring-sale-2030-early-access-vi", "spring-sale-2030-early-access"]
    rooms = [{"name": name, "paths": f"/{name}", "max_active": 1_000_000} for name in names]
    env = {
        "VWR_SECRET_KEY": SETTINGS["VWR_SECRET_KEY"],
        "VWR_STORE": f"sqlite:///{tmp_path / 'vwr.sqlite3'}",
        "VWR_ROOMS": json.dumps(rooms),
        "COLUMNS": "40",
    }
    runner = CliRunner(env=env)
    for name in names:
        said(runner.invoke(vwr, ["prepare", name, "--yes"]))
    _, *lines = said(runner.invoke(vwr, ["rooms"])).splitlines()
    numbers = ["open", "0", "0", "0", "1,000,000", "0", "0", "0"]
    assert [line.split() for line in lines] == [[name, *numbers] for name in names]


def test_more_are_called_by_hand(run: Run) -> None:
    assert said(run("advance", "main", "3")) == "called 3; the serving counter stands at 5\n"
    again = ("advance", "main", "3", "--idempotency-key", "once")
    assert said(run(*again)) == said(run(*again))
    assert said(run("advance", "main", "9")) == "called 2; the serving counter stands at 10\n"
    assert "for later arrivals" not in said(run("status", "main")), "the other seven are not kept"


def test_only_who_is_present_is_counted_where_that_is_asked(run: Run, store: str) -> None:
    opened = open_store(store)
    room = Room(opened, Clock(), {"max_active": 2})
    for position in (3, 4):
        room.leave(position)
    finish(opened.close())
    assert said(run("advance", "main", "1", "--present")) == (
        "called 3; the serving counter stands at 5\n"
    )


def test_calls_that_are_kept_for_who_comes_are_shown(run: Run, store: str) -> None:
    finish(open_store(store, "vwr").advance("main", 20, keep_rest=True, who="api"))
    assert "calls kept for later arrivals: 12" in said(run("status", "main"))


def test_the_serving_counter_is_set_and_never_back(run: Run) -> None:
    assert "stands at 6" in said(run("advance-to", "main", "6"))
    assert "serving must be from 6 (already called) to 10" in failed(run("advance-to", "main", "4"))


def test_pause_and_resume(run: Run) -> None:
    said(run("mode", "main", "queue"))
    assert said(run("pause", "main")) == "paused\n"
    assert said(run("resume", "main")) == "resumed: the mode is queue\n"
    assert said(run("resume", "main")) == "the room is not paused: its mode is queue\n"
    said(run("mode", "main", "closed"))
    assert "not paused: its mode is closed" in failed(run("resume", "main"))


def test_whoever_lets_people_in_again_reads_which_message_still_stands(run: Run) -> None:
    said(run("message", "main", "Back at ten"))
    said(run("pause", "main"))
    reads = "everybody in line still reads: Back at ten\n"
    assert said(run("resume", "main")) == f"resumed: the mode is auto\n{reads}"
    assert said(run("mode", "main", "closed")) == "mode is closed\n"
    assert said(run("mode", "main", "queue")) == f"mode is queue\n{reads}"
    assert said(run("set", "main", "mode=auto")) == f"mode is auto\n{reads}"
    assert said(run("set", "main", "max_active=3")) == "max_active is 3\n"
    said(run("pause", "main"))
    assert said(run("unset", "main", "mode")) == f"mode is auto\n{reads}"
    assert said(run("unset", "main", "max_active")) == "max_active is 2\n"


@pytest.mark.parametrize(
    ("time", "state"),
    [("opens_at=2035-01-01T00:00Z", "scheduled"), ("closes_at=2020-01-01T00:00Z", "closed")],
)
def test_a_mode_that_a_time_overrules_is_not_said_to_be_all(
    run: Run, time: str, state: str
) -> None:
    said(run("set", "main", "mode=paused", time))
    more = f"the room is still {state}, because of opens_at or closes_at: see `vwr status main`\n"
    assert said(run("resume", "main")) == f"resumed: the mode is auto\n{more}"
    assert said(run("mode", "main", "queue")) == f"mode is queue\n{more}"
    assert said(run("mode", "main", "closed")) == "mode is closed\n"


def test_settings_are_set_shown_and_set_back(run: Run) -> None:
    assert said(run("set", "main", "max_active=50", "per_minute=30")) == (
        "max_active is 50\nper_minute is 30\n"
    )
    assert "changed setting  value  configured" in said(run("status", "main"))
    assert said(run("unset", "main", "max_active")) == "max_active is 2\n"
    assert said(run("set", "main", "per_minute=none")) == "per_minute is none\n"
    strategy = 'inlet={"kind": "periodic", "count": 5}'
    assert "periodic, count 5, every 60" in said(run("set", "main", strategy))


def test_a_strategy_that_is_set_back_is_the_configured_one(run: Run) -> None:
    said(run("set", "main", 'inlet={"kind": "manual"}'))
    assert "held back" in said(run("status", "main"))
    assert said(run("unset", "main", "inlet")) == "inlet is as configured\n"


def test_what_makes_no_sense_is_refused(run: Run) -> None:
    assert "write NAME=VALUE" in failed(run("set", "main", "max_active"))
    assert "must be a strategy" in failed(run("set", "main", "inlet=fast"))
    told = failed(run("set", "main", "mx_active=5", "mode=open"))
    assert "did you mean max_active?; mode must be one of" in told


@pytest.mark.parametrize("nothing", [[], [""], [" ", "\n"]])
def test_the_message_is_set_and_taken_back(run: Run, nothing: list[str]) -> None:
    assert "everybody in line reads: Sold out soon" in said(
        run("message", "main", "Sold", "out", "soon")
    )
    assert "message is removed" in said(run("message", "main", *nothing))


@pytest.mark.parametrize("text", ["-50 % until noon", "- row 3 is sold out", "--> gate B"])
def test_a_message_may_begin_with_a_dash(run: Run, text: str) -> None:
    assert said(run("message", "main", text)) == f"everybody in line reads: {text}\n"


@pytest.mark.parametrize(
    "words", [["text", "--key", "a-key"], ["--key=a-key", "text"], ["text", "-k", "a-key"]]
)
def test_an_option_behind_the_command_is_shown_to_nobody(run: Run, words: list[str]) -> None:
    assert re.search(r"No such option\W+-", failed(run("message", "main", *words)))
    assert "a-key" not in said(run("status", "main"))


def test_a_terminal_without_the_letters_of_a_message_shows_the_rest(store: str) -> None:
    runner = CliRunner(charset="latin-1", env={"VWR_STORE": store, **SETTINGS})
    assert "reads: Grüße, ??" in said(runner.invoke(vwr, ["message", "main", "Grüße, 日本"]))
    assert "Grüße, ??" in said(runner.invoke(vwr, ["status", "main"]))
    assert "Grüße, ??" in said(runner.invoke(vwr, ["audit", "main"]))


def test_a_message_moves_no_cursor_in_another_operators_terminal(run: Run) -> None:
    said(run("message", "main", "Sold\tout\x1b[2J\x9b1A\x7fsoon"))
    for command in (["status", "main"], ["audit", "main"], ["mode", "main", "queue"]):
        shown = said(run(*command))
        assert "out\ufffd[2J\ufffd1A\ufffdsoon" in shown
        assert "\x1b" not in shown


@pytest.mark.usefixtures("person")
def test_a_reset_asks_for_the_rooms_name(run: Run) -> None:
    assert "to reset the room, type its name" in failed(run("reset", "main", input="mian\n"))
    assert "generation 2 begins" in said(run("reset", "main", input="main\n"))
    assert json.loads(said(run("status", "main", "--json")))["active"] == 2
    asked_nothing = said(run("reset", "main", "--confirm", "main"))
    assert asked_nothing == "generation 3 begins with an empty line\n"
    text = said(run("reset", "main", "--end-sessions", input="main\n"))
    assert "their place, and everybody inside loses their session. Type main" in text
    assert "with an empty line, and all sessions have ended" in text
    assert json.loads(said(run("status", "main", "--json")))["active"] == 0


def test_a_revoked_session_is_gone(run: Run) -> None:
    failed(run("revoke", "main", "1-1", input="n\n"))
    assert "has ended" in said(run("revoke", "main", "1-1", "--yes"))
    assert "is not running" in failed(run("revoke", "main", "1-1", "--yes"))
    assert "written like 3-17" in failed(run("revoke", "main", "x", "--yes"))


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("revoke main 1-1", "add --yes"),
        ("reset main", "or --yes"),
        ("explain main -", "no ticket came on standard input"),
    ],
)
def test_a_question_that_nobody_can_answer_changes_nothing(
    store: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    command: str,
    told: str,
) -> None:
    for name, value in {"VWR_STORE": store, **SETTINGS}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(SystemExit) as ended:
        vwr(command.split())
    assert ended.value.code in (1, 2)
    assert told in capsys.readouterr().err
    assert sessions(open_store(store)) == ["1-1", "1-2"]


def test_a_visitor_is_explained(run: Run, store: str) -> None:
    text = said(run("explain", "main", "7"))
    assert "position 7: waiting" in text and "The room is full: 2 of 2 sessions are running" in text
    opened = open_store(store)
    room_id = Room(opened, Clock(), {"max_active": 2}).look().room_id
    finish(opened.close())
    ticket = Tickets(Keys([KEY], "vwr"), "main").sign(Ticket(room_id, 1, 7, 1_700_000_000))
    assert "position 7: waiting\nJoined " in said(run("explain", "main", "-", input=f"{ticket}\n"))
    assert "position 2: admitted\nInside" in said(run("explain", "main", "1-2"))
    assert "the room is in generation 1" in failed(run("explain", "main", "2-2"))
    assert "not a ticket" in failed(run("explain", "main", "-", input="rubbish\n"))
    assert "no ticket came on" in failed(run("explain", "main", "-", input="\n"))
    assert "ticket" in failed(run("explain", "main", "7" * 5000)), "Python reads no such number"


def test_the_audit_log_is_shown(run: Run) -> None:
    said(run("set", "main", "max_active=7"))
    text = said(run("audit", "main"))
    assert "max_active" in text and "(shell)" in text
    zone = datetime.now().astimezone().strftime("%Z")
    assert re.search(rf"\d\d:\d\d:\d\d {zone}\b", " ".join(text.split()))


def test_sessions_are_shown_and_what_became_of_them(run: Run) -> None:
    assert "1-2" in said(run("sessions", "main"))
    assert "1-2" not in said(run("sessions", "main", "--ended"))
    said(run("revoke", "main", "1-2", "--yes"))
    assert "1-2" not in said(run("sessions", "main"))
    shown = " ".join(said(run("sessions", "main", "--ended")).split())
    assert "1-2 revoked by an operator" in shown
    (row,) = json.loads(said(run("sessions", "main", "--ended", "--json")))
    assert (row["session"], row["how"]) == ("1-2", "revoked")


def test_in_a_narrow_terminal_nothing_of_a_message_is_cut(store: str) -> None:
    runner = CliRunner(env={"VWR_STORE": store, "COLUMNS": "60"})
    link = "https://shop.example/news/" + "x" * 80
    said(runner.invoke(vwr, ["message", "main", link]))
    text = said(runner.invoke(vwr, ["audit", "main"]))
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", text)
    assert link in "".join(text.replace("(shell)", "").split())
    changed = said(runner.invoke(vwr, ["status", "main"])).rpartition("configured")[2]
    assert link in "".join(changed.replace("none", "").split())


def test_a_room_that_is_not_there_is_not_made_and_those_that_are_are_told(run: Run) -> None:
    for command in (["status", "none"], ["advance", "none", "5"], ["status", "none"]):
        assert "no room 'none', only main" in failed(run(*command))


def test_looking_changes_neither_settings_nor_strategy(store: str) -> None:
    opened = open_store(store)
    room = Room(opened, Clock(), {"max_active": 2})
    room.look(inlet=Inlet(limit=1, calls=False))
    said(CliRunner(env={"VWR_STORE": store}).invoke(vwr, ["status", "main"]))
    snapshot = room.look(inlet=None)
    assert snapshot.limit == 1 and snapshot.config["max_active"] == 2
    finish(opened.close())


def test_a_new_key_fits_the_settings() -> None:
    key = said(CliRunner().invoke(vwr, ["keygen"])).strip()
    assert Settings(secret_key=key, paths="/", admin_api_key=key).secret_key == (key,)
    assert key != said(CliRunner().invoke(vwr, ["keygen"])).strip()


def test_keygen_writes_a_key_of_tokens_that_nobody_else_may_read(tmp_path: Path) -> None:
    for option, name in (("--rsa", "RS256"), ("--p256", "ES256"), ("--ed25519", "EdDSA")):
        file = tmp_path / name
        told = said(CliRunner().invoke(vwr, ["keygen", option, str(file)]))
        assert f'token_algorithm="{name}"' in told
        assert own_key(file.read_text()).algorithm == name
        assert file.stat().st_mode & 0o777 == 0o600
        again = CliRunner().invoke(vwr, ["keygen", option, str(file)])
        assert again.exit_code == 1 and "is there already" in again.output
    nowhere = CliRunner().invoke(vwr, ["keygen", "--rsa", str(tmp_path / "nope" / "key")])
    assert nowhere.exit_code == 1 and "No such file" in nowhere.output


def test_a_status_tells_of_waits_of_times_and_of_what_everybody_reads(run: Run) -> None:
    room = json.loads(said(run("status", "main", "--json")))

    def shown(**more: Any) -> str:
        console = Console(width=200, file=StringIO())
        console.print(room_view({**room, **more}))
        return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]

    waits = {"longest_wait": 70, "longest_waited": 120, "last_in_line": {"low": 60, "high": 300}}
    text = shown(**waits, message="Sold out", store="down")
    assert "70 s so far, 2 min of those who entered recently" in text
    assert "recently, the last in line: 60 s to 5 min" in text
    assert "Sold out" in text and "the store does not answer" in text
    assert "answer" not in shown(store="ok")
    assert ", opens 20" in shown(state="scheduled", opens_at=2e9)
    assert ", opens" not in shown(opens_at=1e9)
    assert " by closes_at, 20" in shown(state="closed", closes_at=1e9)
    assert "closes" not in shown(state="closed", mode="closed", closes_at=1e9)


def test_the_report_is_printed_in_short_and_written_for_people_and_programs(
    run: Run, tmp_path: Path
) -> None:
    text = said(run("report", "main", "--since", "1h", "--zone", "UTC"))
    assert text.startswith("main, ") and "10 people came" in text
    for name, begins in (
        ("report.html", "<!doctype html>"),
        ("report.json", "{"),
        ("report.csv", "time,at,"),
    ):
        out = tmp_path / name
        said(run("report", "main", "--since", "1h", "--out", str(out)))
        assert out.read_text().startswith(begins)


def test_the_report_leaves_out_names_if_it_is_to(run: Run, tmp_path: Path) -> None:
    said(run("set", "main", "max_active=3"))
    out = tmp_path / "report.json"
    for options, known in (((), True), (("--no-names",), False)):
        said(run("report", "main", "--out", str(out), *options))
        assert ("shell" in out.read_text()) is known


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--since", "yesterday"), "write a time as"),
        (("--zone", "Middle/Earth"), "no time zone"),
        (("--out", "report.pdf"), "must end with one of"),
        (("--out", "nowhere/report.csv"), "cannot be written"),
    ],
)
def test_a_report_that_cannot_be_made_says_why(
    run: Run, options: tuple[str, ...], words: str
) -> None:
    assert words in failed(run("report", "main", *options))


def test_a_day_is_replayed_and_kept(run: Run, tmp_path: Path) -> None:
    kept = tmp_path / "day.json"
    text = said(run("replay", "main", "--max-active", "7", "--since", "1h", "--save", str(kept)))
    lines = {line[:25].strip(): line[25:].split() for line in text.splitlines()[1:]}
    assert lines["went in"] == ["2", "7"] and lines["most in line"] == ["8", "3"]
    again = said(run("replay", "main", "--max-active", "7", "--day", str(kept)))
    assert again.splitlines()[1:] == text.splitlines()[1:]
    kept.write_text(kept.read_text()[:-30])
    assert "is cut off" in failed(run("replay", "main", "--day", str(kept)))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--max-active", "0"), "max-active"),
        (("--per-minute", "-3"), "above 0"),
        (("--per-minute", "nan"), "above 0"),
        (("--day", "nowhere.json"), "cannot be read"),
        (("--since", "20d"), "two days"),
    ],
)
def test_a_replay_that_cannot_be_made_says_why(
    run: Run, options: tuple[str, ...], words: str
) -> None:
    assert words in failed(run("replay", "main", *options))
