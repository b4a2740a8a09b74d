"""vwr.js as a package (examples/vwr-js), with the React, the Vue and the TypeScript of npm."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.npm import app_with_our_package, npm_packages
from tests.support.pretend_room import PretendRoom

pytestmark = pytest.mark.outside

PACKAGES = (
    "react@19.3.1",
    "react-dom@19.3.1",
    "@types/react@19.3.3",
    "vue@3.5.45",
    "esbuild@0.28.2",
    "typescript@7.0.2",
)
#: The same app in each: it asks at once, twice in React's strict mode, and again by a button.
APPS = {
    "react": """
import { createElement as h, StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { useWaitingRoom } from "vwr-js/react";

function Seats() {
  const { isWaiting, expiresAt, fetch } = useWaitingRoom();
  const [seats, show] = useState("");
  const ask = () => void fetch("/api").then((answer) => answer.text()).then(show);
  useEffect(ask, []);
  const ends = expiresAt ? Math.round((expiresAt - Date.now()) / 1000) : "unknown";
  return h("div", null, h("p", null, `waiting: ${isWaiting}, ends: ${ends}`),
    h("pre", null, seats), h("button", { onClick: ask }, "Again"));
}
createRoot(document.getElementById("app")).render(h(StrictMode, null, h(Seats)));
""",
    "vue": """
import { createApp, h, onMounted, ref } from "vue";
import { useWaitingRoom } from "vwr-js/vue";

createApp({
  setup() {
    const { isWaiting, expiresAt, fetch } = useWaitingRoom();
    const seats = ref("");
    const ask = async () => (seats.value = await (await fetch("/api")).text());
    onMounted(ask);
    return () => {
      const { value } = expiresAt;
      const ends = value ? Math.round((value - Date.now()) / 1000) : "unknown";
      return h("div", [h("p", `waiting: ${isWaiting.value}, ends: ${ends}`),
        h("pre", seats.value), h("button", { onClick: ask }, "Again")]);
    };
  },
}).mount("#app");
""",
}
#: What TypeScript must know, and what it must refuse.
TYPED = """
import vwr, { fetch, install, labels, wait } from "vwr-js";
import { useWaitingRoom } from "vwr-js/react";
import { useWaitingRoom as useInVue } from "vwr-js/vue";

const answer: Response = await fetch("/api", { method: "POST", body: "7", repeat: true });
const isIn: boolean = await wait(new URL("/vwr/main/", location.href), AbortSignal.timeout(9));
labels.close = "Not now";
vwr.scheme = "dark";
install();
addEventListener("vwr:expiring", ({ detail }) => detail.seconds.toFixed());
const { isWaiting, expiresAt } = useWaitingRoom();
const ends: Date | null = expiresAt;
const shown: boolean = isWaiting && useInVue().isWaiting.value;
// @ts-expect-error
vwr.scheme = "pink";
// @ts-expect-error
await fetch("/api", { repeat: "always" });
// @ts-expect-error
addEventListener("vwr:entered", ({ detail }) => detail.seconds);
// @ts-expect-error
const never: string = useInVue().expiresAt;
export { answer, ends, isIn, never, shown };
"""
#: What a server renders.
RENDERED = """
import { createElement as h } from "react";
import { renderToString } from "react-dom/server";
import { createSSRApp } from "vue";
import { renderToString as renderVue } from "vue/server-renderer";
import { useWaitingRoom } from "vwr-js/react";
import { useWaitingRoom as useInVue } from "vwr-js/vue";

const told = ({ isWaiting }) => `waiting: ${isWaiting.value ?? isWaiting}`;
console.log(renderToString(h(() => h("p", null, told(useWaitingRoom())))));
const setup = () => () => told(useInVue());
console.log(await renderVue(createSSRApp({ setup })));
"""


@pytest.fixture(scope="module")
def packages() -> Path:
    return npm_packages(*PACKAGES)


@pytest.fixture(scope="module")
def app(packages: Path) -> Iterator[Path]:
    """A folder of an app that has installed our package."""
    with app_with_our_package(packages) as folder:
        yield folder


def runs(command: list[str], folder: Path) -> str:
    got = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert got.returncode == 0, got.stdout + got.stderr
    return got.stdout


@pytest.mark.parametrize("framework", APPS)
def test_a_component_waits_and_shows_what_it_has_waited_for(
    page: Page, room: PretendRoom, app: Path, packages: Path, framework: str
) -> None:
    source = app / f"{framework}.js"
    source.write_text(APPS[framework])
    esbuild = str(packages / "node_modules" / ".bin" / "esbuild")
    script = runs([esbuild, source.name, "--bundle", "--format=esm", "--log-level=error"], app)
    html = '<title>App</title><div id="app"></div><script type="module" src="/made.js"></script>'
    page.route(f"{room.url}/app", lambda route: route.fulfill(body=html, content_type="text/html"))
    kind = "text/javascript"
    page.route(f"{room.url}/made.js", lambda route: route.fulfill(body=script, content_type=kind))
    told = page.locator("p")

    page.goto(f"{room.url}/app")
    expect(told).to_have_text("waiting: true, ends: unknown")
    expect(page.locator("dialog")).to_have_count(1)
    room.set(you="may_enter")
    expect(told).to_have_text("waiting: false, ends: unknown")
    expect(page.locator("pre")).to_contain_text('"method": "GET"')

    room.expires = 600
    page.get_by_role("button", name="Again").click()
    expect(told).to_have_text("waiting: false, ends: 600")


def test_its_types_are_those_of_typescript(app: Path, packages: Path) -> None:
    (app / "typed.mts").write_text(TYPED)
    tsc = str(packages / "node_modules" / ".bin" / "tsc")
    strict = ["--strict", "--noEmit", "--target", "es2022", "--module", "nodenext"]
    runs([tsc, *strict, "typed.mts"], app)


def test_a_server_renders_an_app_that_uses_it(app: Path) -> None:
    (app / "rendered.mjs").write_text(RENDERED)
    assert runs(["node", "rendered.mjs"], app) == "<p>waiting: false</p>\nwaiting: false\n"
