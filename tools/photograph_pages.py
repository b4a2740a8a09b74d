"""Pictures of the waiting page for the documents: `python -m tools.photograph_pages`.

They are taken of `vwr preview` in Chromium, so that they show what is there: of its gallery, and of
one page without any setting of its look and with four, and that on a phone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from shutil import which
from threading import Thread
from typing import Any
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import BrowserContext, Page, Playwright, ViewportSize, sync_playwright
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from vwr_middleware.gate.previews import NAME
from vwr_middleware.settings import Settings
from vwr_middleware.wsgi import WaitingRoomMiddleware

IMAGES = Path(__file__).parent.parent / "docs" / "images"
#: Each picture: its name, the switches of the gallery, and the size of the window.
PICTURES = (
    ("states-phone.png", {"width": "390", "scheme": "light"}, (1100, 1230)),
    ("states-desktop.png", {"width": "1440", "scheme": "dark"}, (1000, 960)),
)

GALLERY: dict[str, Any] = {
    "site_name": "City Theatre",
    "rooms": [{"paths": ["/"], "title": "Hamlet", "subtitle": "First night"}],
}
#: The same page without a setting of its look, and with the four of the documents.
LOOKS: dict[str, dict[str, Any]] = {
    "brand-before.png": {"paths": ["/"]},
    "brand-after.png": {
        "paths": ["/"],
        "site_name": "City Theatre",
        "title": "The Paper Lanterns",
        "header": ["#8a1538", "#2c1140"],
        "colors": {"accent": "#8a1538"},
    },
}
#: The whole page on a phone, as the first page of the documentation shows it.
PHONE = ("waiting.png", {**LOOKS["brand-after.png"], "subtitle": "General sale"})
HOST = "tickets.example"
COLOURS = 128
#: When the made-up states of `vwr preview` are.
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
#: Its visitors have come more than half of their way: the page remembers where it began.
ON_THE_WAY = """{
    const began = Date.now() - 15 * 60000;
    const first = { waiting: 3300, paused: 2900, shut: 2100, message: 3900, near: 240 };
    for (const name in first)
        for (const scheme of ["", ".light", ".dark"]) {
            const value = `,${name == "near" ? 11117 : 12345} ${first[name]} 0 ${began}`;
            localStorage["vwr-at/vwr/preview/" + name + scheme] = value;
        }
}"""


def main() -> None:
    """Take them all."""
    with sync_playwright() as playwright:
        with preview_of(GALLERY) as port, chromium(playwright, port) as browser:
            for name, switches, size in PICTURES:
                take(browser, f"?{urlencode({'lang': 'en', **switches})}", size, IMAGES / name)
        for name, look in LOOKS.items():
            with preview_of(look) as port, chromium(playwright, port) as browser:
                take_page(browser, IMAGES / name)
        name, look = PHONE
        with preview_of(look) as port, chromium(playwright, port, 2) as browser:
            take_phone(browser, IMAGES / name)


@contextmanager
def preview_of(look: dict[str, Any]) -> Iterator[int]:
    """A site that looks so; the port where it is."""
    settings = Settings(
        secret_key="a key for pictures of pages", store="memory://", debug=True, **look
    )
    app = WaitingRoomMiddleware(Response("nothing"), settings)
    with make_server("127.0.0.1", 0, app, threaded=True) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@contextmanager
def chromium(playwright: Playwright, port: int, dots: int = 1) -> Iterator[BrowserContext]:
    """A browser that finds the site by its name, and trusts it as it does one with https. `dots`:
    those of its screen for each pixel of the page."""
    browser = playwright.chromium.launch(
        executable_path=which("chromium-headless-shell") or which("chromium"),
        args=[
            "--no-sandbox",
            f"--host-resolver-rules=MAP {HOST}:80 127.0.0.1:{port}",
            f"--unsafely-treat-insecure-origin-as-secure=http://{HOST}",
        ],
    )
    context = browser.new_context(locale="en-GB", color_scheme="light", device_scale_factor=dots)
    context.clock.install(time=NOON)
    context.add_init_script(ON_THE_WAY)
    yield context
    browser.close()


def take_page(browser: BrowserContext, file: Path) -> None:
    """One picture of the page of somebody in line, on a desktop."""
    page = in_line(browser, {"width": 960, "height": 760})
    page.screenshot(path=file)
    page.close()


def take_phone(browser: BrowserContext, file: Path) -> None:
    """The whole of that page on a phone, in few colours: it has many dots."""
    page = in_line(browser, {"width": 430, "height": 800})
    with Image.open(BytesIO(page.screenshot(full_page=True))) as picture:
        picture.convert("RGB").quantize(COLOURS).save(file, optimize=True)
    page.close()


def in_line(browser: BrowserContext, size: ViewportSize) -> Page:
    """The page of somebody in line, with the track where it will stay."""
    page = browser.new_page()
    page.set_viewport_size(size)
    page.goto(f"http://{HOST}/vwr/{NAME}/waiting/?lang=en")
    page.wait_for_selector("#ahead:text-is('1,234')")  # the first poll's
    page.wait_for_timeout(2000)  # the track glides there
    return page


def take(browser: BrowserContext, switches: str, size: tuple[int, int], file: Path) -> None:
    """One picture of the pages below the switches, when all that is seen has come."""
    width, height = size
    page = browser.new_page()
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"http://{HOST}/vwr/{NAME}/{switches}")
    for frame in page.query_selector_all("iframe"):
        if (
            (box := frame.bounding_box())
            and box["y"] < height
            and (inside := frame.content_frame())
        ):
            inside.wait_for_selector("h1")
    top = page.locator("main").bounding_box()
    assert top is not None
    clip = {"x": 0, "y": top["y"] - 16, "width": width, "height": height - top["y"] + 16}
    page.wait_for_timeout(2000)  # the tracks glide there
    page.screenshot(path=file, clip=clip)  # type: ignore[arg-type]
    page.close()


if __name__ == "__main__":
    main()
