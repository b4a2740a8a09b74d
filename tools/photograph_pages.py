"""Pictures of the waiting page for the documents: `python -m tools.photograph_pages`.

They are taken of the gallery of `vwr preview` in Chromium, so that they show what is there.
"""

from pathlib import Path
from shutil import which
from threading import Thread
from urllib.parse import urlencode

from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from vwr_middleware.gate.previews import NAME
from vwr_middleware.settings import Settings
from vwr_middleware.wsgi import WaitingRoomMiddleware

IMAGES = Path(__file__).parent.parent / "docs" / "images"
#: Each picture: its name, the switches of the gallery, and the size of the window.
PICTURES = (
    ("states-phone.png", {"width": "390", "scheme": "light"}, (1280, 1230)),
    ("states-desktop.png", {"width": "1440", "scheme": "dark"}, (1360, 960)),
)


def main() -> None:
    """Take them all."""
    settings = Settings(
        secret_key="a key for pictures of pages",
        store="memory://",
        debug=True,
        site_name="City Theatre",
        rooms=[{"paths": ["/"], "title": "Hamlet", "subtitle": "First night"}],
    )
    app = WaitingRoomMiddleware(Response("nothing"), settings)
    with make_server("127.0.0.1", 0, app, threaded=True) as server, sync_playwright() as playwright:
        Thread(target=server.serve_forever, daemon=True).start()
        path = which("chromium-headless-shell") or which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name, switches, size in PICTURES:
            address = f"http://127.0.0.1:{server.server_port}/vwr/{NAME}/"
            take(browser, f"{address}?{urlencode({'lang': 'en', **switches})}", size, IMAGES / name)
        browser.close()
        server.shutdown()


def take(browser: Browser, address: str, size: tuple[int, int], file: Path) -> None:
    """One picture of the pages below the switches, when all that is seen has come."""
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="light")
    page.goto(address)
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
    page.screenshot(path=file, clip=clip)  # type: ignore[arg-type]
    page.close()


if __name__ == "__main__":
    main()
