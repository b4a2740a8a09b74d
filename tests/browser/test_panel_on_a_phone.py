"""The panel on a phone: nothing covers anything, and what is needed in a hurry is near the top."""

from playwright.sync_api import Page, expect

LARGE = ("now 12,345, at most 23,456", "30,000")


def test_no_chart_is_labelled_on_top_of_its_caption(panel: Page) -> None:
    panel.set_viewport_size({"width": 360, "height": 780})
    for chart in panel.locator(".chart").all():
        caption, label = chart.locator("output"), chart.locator(".top-label")
        caption.evaluate("(it, text) => { it.textContent = text }", LARGE[0])
        label.evaluate("(it, text) => { it.textContent = text }", LARGE[1])
        text, drawing, other = (
            part.bounding_box() for part in (caption, chart.locator("svg"), label)
        )
        assert text and drawing and other
        assert text["x"] + text["width"] <= other["x"]
        assert other["y"] + other["height"] <= drawing["y"]
