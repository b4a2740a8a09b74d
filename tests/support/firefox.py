"""Firefox, as Debian installs it, by its own WebDriver BiDi; Playwright needs a patched one."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

NAMES = ("firefox", "firefox-esr")
SECONDS = 60.0
#: It is to call nobody.
PREFERENCES: Mapping[str, object] = {
    "app.normandy.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "remote.active-protocols": 1,
    "toolkit.telemetry.enabled": False,
}


class Tab:
    """One tab."""

    def __init__(self, firefox: "Firefox", context: str) -> None:
        self._firefox, self._context = firefox, context

    def goto(self, url: str) -> None:
        """Go there, and wait until it is loaded."""
        self._firefox.send(
            "browsingContext.navigate", context=self._context, url=url, wait="complete"
        )

    def show(self) -> None:
        """Bring it to the front, which hides the one that was there."""
        self._firefox.send("browsingContext.activate", context=self._context)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression: text, a number or a truth."""
        answer = self._firefox.send(
            "script.evaluate",
            expression=expression,
            target={"context": self._context},
            awaitPromise=True,
        )
        return answer["result"].get("value")

    def click(self, selector: str) -> None:
        """Press what stands there, with the mouse: some things browsers do for a person alone."""
        found = self._firefox.send(
            "script.evaluate",
            expression=f"{{ const one = document.querySelector({json.dumps(selector)});"
            " one.scrollIntoView({ block: 'center' }); one }",
            target={"context": self._context},
            awaitPromise=False,
        )
        at = {"type": "element", "element": {"sharedId": found["result"]["sharedId"]}}
        press = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": at},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        mouse = {"type": "pointer", "id": "mouse", "actions": press}
        self._firefox.send("input.performActions", context=self._context, actions=[mouse])

    def answer(self, accept: bool) -> None:
        """Answer the question that the page asks, or is about to ask."""
        for _ in range(200):
            with suppress(RuntimeError):
                self._firefox.send(
                    "browsingContext.handleUserPrompt", context=self._context, accept=accept
                )
                return
            time.sleep(0.05)
        raise AssertionError("the page has asked nothing")

    def expect(self, expression: str, value: object) -> None:
        """Wait until the expression has this value; a page that is being left has none."""
        give_up_at, found = time.monotonic() + 20, None
        while time.monotonic() < give_up_at:
            try:
                found = self.evaluate(expression)
            except (RuntimeError, KeyError):
                found = None
            if found == value:
                return
            time.sleep(0.05)
        raise AssertionError(f"{expression} is {found!r}, not {value!r}")


class Firefox:
    """A running browser."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection, self._ids = connection, count(1)
        # A question of a page stays open until a test answers it.
        asks = {"unhandledPromptBehavior": {"default": "ignore"}}
        self.send("session.new", capabilities={"alwaysMatch": asks})

    def send(self, method: str, **parameters: Any) -> Any:
        """Send a command, and return its result."""
        number = next(self._ids)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._connection.recv(timeout=SECONDS))
            if answer.get("id") != number:
                continue  # an event
            if answer["type"] == "error":
                raise RuntimeError(f"{answer['error']}: {answer['message']}")
            return answer["result"]

    def run_first(self, script: str) -> None:
        """Run a script on every page before its own."""
        self.send("script.addPreloadScript", functionDeclaration=f"() => {{ {script} }}")

    def new_tab(self) -> Tab:
        """A tab in front of all others."""
        tab = Tab(self, self.send("browsingContext.create", type="tab")["context"])
        tab.show()
        return tab


@contextmanager
def running_firefox(profile: Path, **preferences: object) -> Iterator[Firefox]:
    """A headless browser with a profile of its own. Without one here the test is skipped."""
    path = next(filter(None, map(which, NAMES)), None)
    if path is None:
        pytest.skip("no Firefox here")
    lines = [
        f"user_pref({json.dumps(name)}, {json.dumps(value)});"
        for name, value in {**PREFERENCES, **preferences}.items()
    ]
    (profile / "user.js").write_text("\n".join(lines))
    log = profile / "log.txt"
    command = [path, "--headless", "--no-remote", "--profile", str(profile)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--remote-debugging-port", "0"], stdout=output, stderr=output
        )
        try:
            with connect(f"{_address(log, process.poll)}/session", max_size=None) as connection:
                yield Firefox(connection)
        finally:
            process.terminate()
            process.wait(SECONDS)


def _address(log: Path, ended: Callable[[], int | None]) -> str:
    """Where it listens, which it writes once it does."""
    give_up_at = time.monotonic() + SECONDS
    while time.monotonic() < give_up_at and ended() is None:
        found = re.search(r"WebDriver BiDi listening on (ws://\S+)", log.read_text(errors="ignore"))
        if found:
            return found[1]
        time.sleep(0.05)
    raise RuntimeError(f"Firefox did not start:\n{log.read_text(errors='ignore')}")
