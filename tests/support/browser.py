"""Chromium, as Debian and most others install it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from shutil import which
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, Playwright

#: The panes below the address are pages themselves, and half the cost of every new page here.
#: The others are what Playwright switches off: of two lists Chromium takes the last.
FEATURES_OFF = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxFullPopup",
    "WebUIOmniboxAimPopup",
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
    # A process for a page that nobody has opened yet.
    "SpareRendererForSitePerProcess",
)
NAMES = ("chromium", "chromium-browser", "google-chrome")
#: The same engine without a window, which takes a third less of the machine.
SHELL = "chromium-headless-shell"
# No sandbox: containers run as root. The others keep Chromium from calling home.
FLAGS = [
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(FEATURES_OFF)}",
]


def chromium(whole: bool) -> str:
    """The path of the browser. Without one the test is skipped, or fails where CI is set."""
    names = NAMES if whole else (SHELL, *NAMES)
    path = next(filter(None, map(which, names)), None)
    if path:
        return path
    if os.environ.get("CI"):
        pytest.fail("no Chromium here: install the package chromium")
    pytest.skip("no Chromium here")


@contextmanager
def running_browser(playwright: Playwright, whole: bool = False) -> Iterator[Browser]:
    """A headless browser: the one that people have, if the whole of it is wanted."""
    browser = playwright.chromium.launch(executable_path=chromium(whole), args=FLAGS)
    yield browser
    browser.close()


@contextmanager
def fresh_page(browser: Browser, *scripts: str, **options: Any) -> Iterator[Page]:
    """A page of a visitor who has been nowhere yet, on which these scripts run first. An error in a
    script on it fails the test."""
    with browser.new_context(**options) as context:
        for script in scripts:
            context.add_init_script(script)
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
        with suppress(Error):  # of a page that the test has closed, or that is just closing
            # Else what a route asks for after this fails the next test.
            page.unroute_all(behavior="ignoreErrors")
        assert not errors
