"""A real store that is started empty together with all of its workers, and the shell."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from tests.support.failing_valkey import FailingValkey
from tests.support.faults import fault
from tests.support.in_time import in_time
from tests.support.live import Server, served_by_two, settings
from tests.support.visitor import PAGE
from vwr_middleware.cli.commands import vwr

pytestmark = pytest.mark.long


@dataclass
class Scene:
    """Workers over one store, and people, of whom one is inside."""

    valkey: FailingValkey
    folder: Path
    stack: ExitStack
    workers: list[Server] = field(default_factory=list)
    people: list[httpx.Client] = field(default_factory=list)

    @property
    def env(self) -> dict[str, str]:
        """What the workers and the shell find there."""
        return settings(f"{self.valkey.url}?socket_timeout=5", session_seconds=600)

    def start(self) -> None:
        """Two workers, who know nothing."""
        self.workers = self.stack.enter_context(served_by_two(self.folder, self.env))

    def lose_all(self) -> None:
        """All is gone at once, and started again."""
        for worker in self.workers:
            worker.kill()
        self.valkey.kill()
        self.valkey.start()
        self.start()

    def person(self) -> httpx.Client:
        """Somebody with a browser."""
        return self.stack.enter_context(httpx.Client(headers=PAGE, timeout=20))

    def places(self, worker: int, *people: httpx.Client) -> list[int | None]:
        """Their positions, as this worker tells them."""
        address = f"{self.workers[worker].url}/vwr/main/position"
        return [client.get(address).json()["position"] for client in people]

    def state(self, client: httpx.Client, worker: int) -> tuple[int, str]:
        """What somebody is told who opens the page."""
        answer = client.get(f"{self.workers[worker].url}/tickets")
        return answer.status_code, answer.headers.get("vwr-state", "")

    def restore(self) -> Result:
        """An operator types it where the store can be reached."""
        return CliRunner(env=self.env).invoke(vwr, ["restore", "main", "--yes"])


@pytest.fixture
def scene(valkey: FailingValkey, tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as stack:
        scene = Scene(valkey, tmp_path, stack)
        scene.start()
        yield scene


@fault(
    "The store has lost its data, and no worker runs that knew it",
    inside=(
        "Wait in the new line until [an operator restores the old "
        "one](operators.md#a-room-that-was-lost); then they are inside again."
    ),
    line="Read that the line was interrupted; after the restore, the same places.",
    new="Begin a new line; after the restore they are behind the old one.",
    figure="One error in each log.",
)
def test_a_line_that_store_and_workers_have_lost_is_brought_back_by_the_shell(
    scene: Scene,
) -> None:
    inside, newcomer, *line = (scene.person() for _ in range(6))
    assert in_time(lambda: scene.state(inside, 0)[0] == 200)
    assert in_time(lambda: scene.state(inside, 1)[0] == 200)
    for position, client in enumerate(line, 2):
        assert in_time(lambda c=client: scene.state(c, 0)[1] == "waiting")  # type: ignore[misc]
        assert scene.places(0, client) == [position]
    scene.lose_all()
    assert in_time(lambda: scene.state(newcomer, 0)[0] == 200)
    assert in_time(lambda: scene.state(inside, 1) == (202, "waiting"))

    def is_restored() -> bool:
        assert scene.places(0, *line) == scene.places(1, *line) == [None] * 4
        return scene.restore().exit_code == 0  # a worker posts every few seconds

    assert in_time(is_restored), scene.restore().output
    for worker in (0, 1):
        assert in_time(lambda w=worker: scene.places(w, *line) == [2, 3, 4, 5])  # type: ignore[misc]
        assert scene.state(inside, worker)[0] == 200
    assert scene.state(newcomer, 1) == (202, "reset")
    (behind,) = scene.places(0, newcomer)
    assert behind is not None
    assert behind > 1000, "behind all who may come yet"
    for server in scene.workers:
        assert server.log.count("two stores serve this room") == 1
        assert "Traceback" not in server.log
