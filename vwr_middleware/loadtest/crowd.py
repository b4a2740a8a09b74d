"""The visitors as users of Locust, the shape of their arrivals, and who judges them.

Locust loads this file by its path. Each user is one visitor, who comes once: when the visit is over
the user stays and does nothing, since Locust would send another one in its place.
"""

import os
import random
import signal
import sys
import time
from itertools import count
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from locust import LoadTestShape, User, constant, events, task
from locust.contrib.fasthttp import FastHttpSession
from locust.env import Environment
from locust.runners import STATE_RUNNING, STATE_SPAWNING, MasterRunner, Runner, WorkerRunner

from vwr_middleware.errors import StoreUnavailable, WaitingRoomError
from vwr_middleware.loadtest.agreement import check_agreement, reason_against
from vwr_middleware.loadtest.browser import Answer
from vwr_middleware.loadtest.journal import Journal
from vwr_middleware.loadtest.judgement import PERCENTILES, Asked, Line, judge
from vwr_middleware.loadtest.plan import Plan, nature
from vwr_middleware.loadtest.report import write_reports
from vwr_middleware.loadtest.visitor import LoadtestEnded, Visitor

#: Seconds in which those who are inside may say goodbye when the test is over.
GOODBYE = 5.0
#: Seconds between two looks whether the site still agrees.
LOOKS_EVERY = 15.0
#: Seconds that a request may take: a browser waits longer for a page, nobody for a poll.
PATIENCE = 30.0

#: What the command says to the processes that it starts.
TOKEN, PLAN, TIMES, REPORTS, PARENT = (
    f"VWR_LOADTEST_{name}" for name in ("TOKEN", "PLAN", "TIMES", "REPORTS", "PARENT")
)
#: Messages from the master to its workers, and back.
OVER, LAST = "vwr-over", "vwr-last"


class Loadtest:
    """What all visitors of this process share."""

    def __init__(self) -> None:
        self.plan = Plan.of_text(os.environ[PLAN])
        #: The only origin to which anything is sent, whatever a master or Locust's page says.
        self.origin = self.plan.origin
        self.journal = Journal()
        self.over = Event()
        self.numbers = count(random.randrange(1 << 20))
        self.began = 0.0
        self.done = 0
        self.done_by: dict[str, int] = {}  # of the master's workers
        self.silent = 0  # workers that have told all
        self.has_told = False
        self.is_refused, self.is_stopped = "", False
        self.exit_code = 0

    def begin(self, plan: Plan) -> None:
        self.plan, self.journal = plan, Journal()
        self.over.clear()
        self.began, self.done, self.done_by = time.time(), 0, {}
        self.silent, self.has_told, self.is_stopped = 0, False, False

    def pause(self, seconds: float) -> None:
        """Wait, unless the test is over. Raises LoadtestEnded then."""
        if self.over.wait(seconds):
            raise LoadtestEnded


TEST = Loadtest()
CONTEXTS: list[Any] = []


def _tls() -> Any:
    """One for all: to make one reads all certificates."""
    if not CONTEXTS:
        CONTEXTS.append(gevent.ssl.create_default_context())
    return CONTEXTS[0]


class LoadtestVisitor(User):
    """One visitor."""

    wait_time = constant(0)

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._client = FastHttpSession(
            base_url=TEST.origin,
            request_event=environment.events.request,
            user=self,
            insecure=False,
            ssl_context_factory=_tls,
            network_timeout=PATIENCE,
            connection_timeout=PATIENCE,
            max_redirects=0,
        )

    @task
    def visit(self) -> None:
        """Come, once."""
        try:
            TEST.pause(random.random())  # Locust sends those of one second together
            number, dice = next(TEST.numbers), random.Random()
            kind = nature(TEST.plan, number, dice)
            Visitor(TEST.plan, kind, self._send, TEST.journal, TEST.pause, time.time, dice).play()
        except LoadtestEnded:
            pass
        self._client.client.close()
        TEST.done += 1
        gevent.sleep(1e9)

    def _send(
        self, method: str, path: str, headers: Any, name: str, fine: tuple[int, ...]
    ) -> Answer:
        with self._client.request(
            method, path, name=name, headers=headers, allow_redirects=False, catch_response=True,
            data="" if method == "POST" else None,
        ) as response:  # fmt: skip
            answer = _answer(response, path)
            if answer.is_error and answer.status not in fine:
                response.failure(_reason(response))
            else:
                response.success()
        return answer


def _answer(response: Any, path: str) -> Answer:
    if not response.status_code:
        return Answer(0, url=path)
    pairs = [(name.lower(), value) for name, value in response.headers.items()]
    cookies = tuple(value for name, value in pairs if name == "set-cookie")
    return Answer(response.status_code, dict(pairs), response.content or b"", cookies, path)


def _reason(response: Any) -> str:
    if response.status_code:
        return f"status {response.status_code}"
    return f"no answer: {type(response.error).__name__}"


class Arrivals(LoadTestShape):
    """How many have come by now. It is asked once a second."""

    def __init__(self) -> None:
        super().__init__()
        self._times: list[float] = []
        if name := os.environ.get(TIMES):
            file = Path(name)
            self._times = [float(at) for at in file.read_text().split()]
            file.unlink()

    def tick(self) -> tuple[int, float] | None:
        """None: the test is over."""
        at, people = self.get_run_time(), len(self._times)
        is_done = TEST.done >= people and at > 2
        if TEST.is_refused or TEST.is_stopped or at > TEST.plan.seconds or is_done:
            return None
        come = sum(arrives <= at + 1 for arrives in self._times)
        return max(come, 1), 10_000.0


# Between processes.


@events.init_command_line_parser.add_listener
def _add_plan(parser: Any) -> None:
    """A master's options go to its workers with their first order."""
    parser.add_argument("--vwr-plan", default=os.environ.get(PLAN), include_in_web_ui=False)


@events.init.add_listener
def _init(environment: Environment, runner: Any, **_: Any) -> None:
    try:
        check_agreement(TEST.origin, TEST.plan.prefix, os.environ[TOKEN])
    except WaitingRoomError as error:
        _fail(str(error))
    gevent.spawn(_look_again, environment)
    if not isinstance(runner, WorkerRunner):
        for number in (signal.SIGINT, signal.SIGTERM):
            gevent.signal_handler(number, _stop_soon, environment)
    runner.register_message(OVER, lambda environment, msg: _last_words(environment), True)
    runner.register_message(LAST, _hear_last)
    if isinstance(runner, WorkerRunner) and os.environ.get(PARENT):
        gevent.spawn(_follow, int(os.environ[PARENT]))


def _stop_soon(environment: Environment) -> None:
    """End the test as if its time were over; asked once more, or where there is none, at once."""
    runner = environment.runner
    if TEST.is_stopped or runner is None or runner.state not in (STATE_RUNNING, STATE_SPAWNING):
        os._exit(1)
    TEST.is_stopped = True


def _fail(why: str) -> None:
    print(f"Error: {why}", file=sys.stderr, flush=True)
    os._exit(2)


def _follow(parent: int) -> None:
    """End with the process that has started this one, also if that was killed."""
    while os.getppid() == parent:
        gevent.sleep(1)
    os._exit(3)


def _look_again(environment: Environment) -> None:
    """The site may take its word back: then the test is over."""
    while True:
        gevent.sleep(LOOKS_EVERY)
        try:
            why = reason_against(TEST.origin, TEST.plan.prefix, os.environ[TOKEN])
        except StoreUnavailable:  # it may have too much to do, by this test
            continue
        if why:
            TEST.is_refused = f"{TEST.origin} does not agree any more ({why}): the test is over"
            print(TEST.is_refused, file=sys.stderr, flush=True)
            TEST.over.set()  # others end by `tick`
            if isinstance(environment.runner, WorkerRunner):
                environment.runner.quit()
            return


@events.test_start.add_listener
def _start(environment: Environment, **_: Any) -> None:
    plan = Plan.of_text(getattr(environment.parsed_options, "vwr_plan", None) or os.environ[PLAN])
    if plan.origin != TEST.origin:
        _fail(f"the master tests {plan.origin}, and this was started for {TEST.origin}")
    if environment.host and environment.host.rstrip("/") != TEST.origin:
        print(f"only {TEST.origin} is tested, not {environment.host}", file=sys.stderr)
    TEST.begin(plan)


@events.test_stopping.add_listener
def _stopping(environment: Environment, **_: Any) -> None:
    """Those who are inside say goodbye, on all machines."""
    TEST.over.set()
    runner = environment.runner
    if isinstance(runner, MasterRunner):
        runner.send_message(OVER)
        until = time.monotonic() + GOODBYE + 2
        while TEST.silent < len(runner.clients.ready + runner.clients.running) and (
            time.monotonic() < until
        ):
            gevent.sleep(0.05)
    elif isinstance(runner, WorkerRunner):
        _last_words(environment)
    elif runner is not None:
        _wait_for_goodbyes(runner)


def _wait_for_goodbyes(runner: Runner) -> None:
    until = time.monotonic() + GOODBYE
    while TEST.done < runner.user_count and time.monotonic() < until:
        gevent.sleep(0.05)


def _last_words(environment: Environment) -> None:
    """All that this worker has to tell, once."""
    runner = environment.runner
    if isinstance(runner, WorkerRunner) and not TEST.has_told:
        TEST.has_told = True
        TEST.over.set()
        _wait_for_goodbyes(runner)
        data: dict[str, Any] = {}
        environment.events.report_to_master.fire(client_id=runner.client_id, data=data)
        runner.send_message(LAST, data)


def _hear_last(environment: Environment, msg: Any) -> None:
    environment.events.worker_report.fire(client_id=msg.node_id, data=msg.data)
    TEST.silent += 1


@events.report_to_master.add_listener
def _tell(client_id: str, data: dict[str, Any]) -> None:
    data["vwr"] = {**TEST.journal.take(), "done": TEST.done}


@events.worker_report.add_listener
def _hear(client_id: str, data: dict[str, Any]) -> None:
    if "vwr" in data:
        TEST.done_by[client_id] = data["vwr"].pop("done")
        TEST.journal.add(data["vwr"])
        TEST.done = sum(TEST.done_by.values())


# The report.


@events.test_stop.add_listener
def _stopped(environment: Environment, **_: Any) -> None:
    """With Locust's page a test may end and another begin."""
    if not isinstance(environment.runner, WorkerRunner) and not TEST.has_told:
        TEST.has_told = True
        TEST.exit_code = _report(environment)


@events.quitting.add_listener
def _quitting(environment: Environment, **_: Any) -> None:
    if environment.runner is not None:
        environment.runner.stop()  # unless it has stopped
    environment.process_exit_code = TEST.exit_code


def _report(environment: Environment) -> int:
    """Write the report, and tell it. 0: it went well."""
    asked, stats = [], environment.stats
    for entry in stats.entries.values():
        times = {
            part: float(entry.get_response_time_percentile(part / 100)) for part in PERCENTILES
        }
        asked.append(
            Asked(entry.name, entry.method, entry.num_requests, entry.num_failures, times,
                  entry.total_rps)
        )  # fmt: skip
    errors = [
        (f"{error.method} {error.name}: {_plainly(error.error)}", error.occurrences)
        for error in stats.errors.values()
    ]
    judged = judge(
        TEST.plan, TEST.journal, sorted(asked, key=lambda each: each.name), errors,
        TEST.began or time.time(), time.time(), float(os.environ.get("VWR_LOADTEST_ERRORS", "0")),
    )  # fmt: skip
    if TEST.is_refused:
        judged.lines.append(Line(False, "agreement", TEST.is_refused, "ask the site's owner"))
    write_reports(judged, os.environ.get(REPORTS, ""))
    if TEST.is_refused:
        return 2
    return 0 if judged.is_well else 1


def _plainly(error: object) -> str:
    return str(error).removeprefix("CatchResponseError('").removesuffix("')")
