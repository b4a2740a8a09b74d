"""Make the README's moving picture: the demo's line, as somebody in it and its operator see it.

`python -m tools.film_line` runs the demo on this machine, opens its waiting page on a phone and its
panel beside it, and writes what both show until the visitor is inside. It needs a Chromium.
"""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from shutil import which

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

FILE = Path(__file__).parent.parent / "docs" / "images" / "line.gif"
PHONE: ViewportSize = {"width": 390, "height": 780}
DESKTOP: ViewportSize = {"width": 1120, "height": 1090}
HEIGHT, COLOURS, MILLISECONDS = 420, 48, 1200
#: The visitor is inside within a minute or so.
MOST_FRAMES = 60
_ADDRESSES = re.compile(r"The shop\s+(\S+?)/\s.*?The panel.*?\(password: (\S+)\)", re.DOTALL)


def main() -> None:
    """Write the picture."""
    with running_demo() as (url, password), sync_playwright() as playwright:
        path = which("chromium-headless-shell") or which("chromium")
        with playwright.chromium.launch(executable_path=path, args=["--no-sandbox"]) as browser:
            frames = list(film(browser, url, password))
    frames += [frames[-1]] * 2  # inside is looked at longer
    first, *others = (frame.quantize(COLOURS, dither=Image.Dither.NONE) for frame in frames)
    first.save(
        FILE, save_all=True, append_images=others, duration=MILLISECONDS, loop=0, optimize=True
    )


@contextmanager
def running_demo() -> Iterator[tuple[str, str]]:
    """The demo's address and the panel's password."""
    command = [sys.executable, "-m", "vwr_middleware", "demo", "--port", "8010", "--crowd", "200"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout
        told = ""
        for line in demo.stdout:
            told += line
            if found := _ADDRESSES.search(told):
                break
        try:
            assert found, told
            yield found[1], found[2]
        finally:
            demo.send_signal(signal.SIGINT)


def film(browser: Browser, url: str, password: str) -> Iterator[Image.Image]:
    """Both pages side by side, again and again, until the visitor is inside and a moment more."""
    panel = browser.new_page(viewport=DESKTOP)
    panel.goto(f"{url}/vwr-admin")
    panel.locator("[name=password]").fill(password)
    panel.keyboard.press("Enter")
    panel.get_by_role("link", name="main").first.click()
    visitor = browser.new_page(viewport=PHONE)
    visitor.goto(f"{url}/tickets")
    inside = 0
    for number in range(MOST_FRAMES):
        inside += visitor.title().startswith("Tickets") or "vwr-data" not in visitor.content()
        if number % 2 == 0 or inside:
            yield side_by_side(visitor, panel)
        if inside > 1:
            return
        visitor.wait_for_timeout(1000)


def side_by_side(*pages: Page) -> Image.Image:
    """What they show, of one height, on white."""
    shots = [Image.open(BytesIO(page.screenshot())).convert("RGB") for page in pages]
    scaled = [shot.resize((shot.width * HEIGHT // shot.height, HEIGHT)) for shot in shots]
    picture = Image.new("RGB", (sum(shot.width for shot in scaled) + 12, HEIGHT), "white")
    left = 0
    for shot in scaled:
        picture.paste(shot, (left, 0))
        left += shot.width + 12
    return picture


if __name__ == "__main__":
    main()
