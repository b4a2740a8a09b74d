"""What axe-core finds on a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def accessibility_problems(page: Page, *, colours: bool = True) -> list[str]:
    """The rules that the page breaks, each with the elements that break it.

    The contrast of colours takes most of the time, and is the same in every language.
    """
    rules = {"color-contrast": {"enabled": colours}}
    # Only what is wrong is told at length.
    options = {"rules": rules, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]
