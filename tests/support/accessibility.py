"""What axe-core finds on a page."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

#: The rules on which colours have a say.
OF_COLOURS = ["color-contrast", "link-in-text-block"]


def accessibility_problems(page: Page, *, colours: bool = True) -> list[str]:
    """The rules that the page breaks, each with the elements that break it.

    The contrast of colours takes most of the time, and is the same in every language.
    """
    return _broken(page, {"rules": {"color-contrast": {"enabled": colours}}})


def bad_colours(page: Page) -> list[str]:
    """The same of those rules alone that other colours can break."""
    return _broken(page, {"runOnly": OF_COLOURS})


def _broken(page: Page, options: dict[str, Any]) -> list[str]:
    if not page.evaluate("'axe' in self"):
        page.evaluate(AXE_SCRIPT)
    # Only what is wrong is told at length.
    options = {**options, "resultTypes": ["violations"]}
    found = page.evaluate("async options => (await axe.run(options)).violations", options)
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]
