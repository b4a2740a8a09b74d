"""What axe-core finds on a page."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

#: The rules on which colours have a say.
OF_COLOURS = ["color-contrast", "link-in-text-block"]
#: Our own colours have the contrast of WCAG's level AAA, a site's own that of AA at least.
ENHANCED = "color-contrast-enhanced"


def accessibility_problems(
    page: Page, *, colours: bool = True, own_accent: bool = False
) -> list[str]:
    """The rules that the page breaks, each with the elements that break it.

    The contrast of colours takes most of the time, and is the same in every language.
    """
    rules = {OF_COLOURS[0]: colours, ENHANCED: colours and not own_accent}
    return _broken(page, {"rules": {rule: {"enabled": on} for rule, on in rules.items()}})


def bad_colours(page: Page, *, own_accent: bool = False) -> list[str]:
    """The same of those rules alone that other colours can break."""
    return _broken(page, {"runOnly": OF_COLOURS if own_accent else [*OF_COLOURS, ENHANCED]})


def _broken(page: Page, options: dict[str, Any]) -> list[str]:
    if not page.evaluate("'axe' in self"):
        page.evaluate(AXE_SCRIPT)
    # Only what is wrong is told at length.
    options = {**options, "resultTypes": ["violations"]}
    found = page.evaluate("async options => (await axe.run(options)).violations", options)
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]
