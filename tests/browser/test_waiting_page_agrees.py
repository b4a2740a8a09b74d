"""The waiting page's script says the same as the page that the server made."""

from dataclasses import replace
from itertools import cycle, pairwise

import pytest
from playwright.sync_api import Page

from tests.support.pretend_room import BASE, WANTED, PretendRoom
from vwr_middleware.pages.languages import Languages
from vwr_middleware.pages.wording import PHASES, Words

#: Words of `you` that are a phase by themselves.
OWN_PHASE = ("cookies", "entering", "missed", "ended", "left", "moved", "locked")
#: Lets the page show each of these views, as if another tab had heard of it, and gives the texts.
SHOW_EACH = """async ([views, ids]) => {
  const otherTab = new BroadcastChannel("vwr:/vwr/main");
  const { port1, port2 } = new MessageChannel();
  const shown = [];
  for (const [n, view] of views.entries()) {
    otherTab.postMessage({ ...view, message: `${n}` });
    const giveUpAt = performance.now() + 20_000;
    while (message.textContent !== `${n}` && performance.now() < giveUpAt)
      await new Promise(done => { port1.onmessage = done; port2.postMessage(0); });
    shown.push(ids.map(id => document.getElementById(id).textContent));
  }
  return shown;
}"""
NO_ANSWERS = "self.fetch = () => new Promise(() => {})"


def test_both_name_the_same_phase(page: Page, room: PretendRoom) -> None:
    yous = ["none", "waiting", "next", "may_enter", "admitted"]
    states = ["open", "queueing", "paused", "scheduled", "closed", "off"]
    # Those without a place first: later on the script knows that they have had one.
    standings: list[tuple[str, str, int | None]]
    standings = [(you, state, None) for you in ("none", *OWN_PHASE) for state in states]
    standings += [(you, state, 7) for you in yous for state in states]
    views = [
        replace(room.view, you=you, state=state, position=position, full=full)
        for you, state, position in standings
        for full in ((False, True) if you == "none" and not position else (False,))
    ]
    room.set(binds=True, you="none", position=None, ahead=None)
    page.add_init_script(NO_ANSWERS)
    page.goto(room.url + WANTED)
    names = ("you", "state", "position", "full")
    told = [{name: getattr(view, name) for name in names} for view in views]
    shown = page.evaluate(SHOW_EACH, [told, ["heading"]])
    assert shown == [[PHASES[view.phase][0]] for view in views]


#: In seconds: where the words for a wait change, and between.
MARKS = (0, 59, 60, 61, 119, 120, 180, 299, 600, 601, 660, 1200, 1800, 3540, 3599, 3600, 7000)
WAITS = [*pairwise(MARKS), (60, 60), (3000, 6100), (3600, 3600), (3600, 6100), (7200, 90_000)]


@pytest.mark.parametrize(
    "code",
    [  # English, and those with the most forms of a number
        *("en", "ar", "he"),
        *(pytest.param(code, marks=pytest.mark.thorough) for code in ("de", "fr", "ja", "zh-Hant")),
    ],
)
def test_both_say_numbers_and_waits_in_the_same_words(
    page: Page, room: PretendRoom, code: str
) -> None:
    page.add_init_script(NO_ANSWERS)
    page.goto(f"{room.url}{BASE}/?lang={code}")
    # A number of each size with each wait, as far as they go.
    views = [
        replace(room.view, position=10**n + n, ahead=10**n - 1, wait_seconds=wait)
        for n, wait in zip(cycle(range(8)), [*WAITS, None], strict=False)
    ]
    told = [
        {
            "position": view.position,
            "ahead": view.ahead,
            "wait_seconds": view.wait_seconds
            and dict(zip(("low", "high"), view.wait_seconds, strict=True)),
        }
        for view in views
    ]
    words = Words(Languages()[code])
    assert page.evaluate(SHOW_EACH, [told, ["wait", "ahead", "position"]]) == [
        [words.wait(view.wait_seconds), words.people(view.ahead), words.number(view.position or 0)]
        for view in views
    ]
