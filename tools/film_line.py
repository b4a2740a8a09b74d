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
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

FILE = Path(__file__).parent.parent / "docs" / "images" / "line.gif"
PHONE: ViewportSize = {"width": 390, "height": 780}
DESKTOP: ViewportSize = {"width": 1120, "height": 1090}
HEIGHT, COLOURS, MILLISECONDS = 420, 128, 1200
#: A picture every so many seconds. The visitor is inside within two minutes or so.
EVERY, MOST_SECONDS = 6, 240
_ADDRESSES = re.compile(r"The shop\s+(\S+?)/\s.*?The panel.*?\(password: (\S+)\)", re.DOTALL)


def main() -> None:
    """Write the picture."""
    with running_demo() as (url, password), sync_playwright() as playwright:
        path = which("chromium-headless-shell") or which("chromium")
        with playwright.chromium.launch(executable_path=path, args=["--no-sandbox"]) as browser:
            frames = list(film(browser, url, password))
    frames += [frames[-1]] * 2  # inside is looked at longer
    # One palette for all, or colours would change from one to the next.
    palette = below_each_other(frames[0], frames[-1]).quantize(COLOURS)
    first, *others = (frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames)
    first.save(
        FILE, save_all=True, append_images=others, duration=MILLISECONDS, loop=0, optimize=True
    )


@contextmanager
def running_demo() -> Iterator[tuple[str, str]]:
    """The demo's address and the panel's password."""
    command = [sys.executable, "-m", "vwr_middleware", "demo", "--port", "8010", "--crowd", "500"]
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
    panel = browser.new_page(viewport=DESKTOP, locale="en-GB")
    panel.goto(f"{url}/vwr-admin")
    panel.locator("[name=password]").fill(password)
    panel.keyboard.press("Enter")
    panel.get_by_role("link", name="main").first.click()
    # From then on visitors read when it is their turn.
    expected = panel.locator("#numbers div", has_text="Expected wait for newcomers").locator("dd")
    expect(expected).to_contain_text("min", timeout=180_000)
    visitor = browser.new_page(viewport=PHONE, locale="en-GB")
    visitor.goto(f"{url}/tickets")
    inside = 0
    for number in range(MOST_SECONDS):
        inside += visitor.title().startswith("Tickets") or "vwr-data" not in visitor.content()
        if number % EVERY == 0 or inside:
            yield side_by_side(visitor, panel)
        if inside > 1:
            return
        visitor.wait_for_timeout(1000)


def below_each_other(*frames: Image.Image) -> Image.Image:
    """All colours in one picture."""
    picture = Image.new("RGB", (frames[0].width, HEIGHT * len(frames)))
    for number, frame in enumerate(frames):
        picture.paste(frame, (0, HEIGHT * number))
    return picture


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
