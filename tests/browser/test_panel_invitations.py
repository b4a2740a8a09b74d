"""An operator makes invitations in the panel, copies and keeps them, and revokes them."""

import csv
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.accessibility import accessibility_problems
from tests.support.panel_browser import Client, said, sure


def make(panel: Page, note: str) -> list[str]:
    """Make three invitations, by the keyboard. Returns their links."""
    panel.get_by_role("link", name="Make, list and revoke them").click()
    panel.get_by_label("How many").fill("3")
    panel.get_by_label("Note").fill(note)
    panel.get_by_label("Note").press("Enter")
    expect(panel.get_by_role("heading", name="3 invitations")).to_be_visible()
    return panel.get_by_label("The links, one a line").input_value().split("\n")


def test_links_are_made_copied_and_kept(
    panel: Page, other: Client, servers: list[str], tmp_path: Path
) -> None:
    panel.context.grant_permissions(["clipboard-read", "clipboard-write"])
    links = make(panel, "Press")
    beginning = f"{servers[0]}/vwr/main/invitation?code="
    assert [link.startswith(beginning) for link in links] == [True] * 3
    panel.get_by_role("button", name="Copy the links").click()
    said(panel, "Copied.")
    assert panel.evaluate("navigator.clipboard.readText()") == "\n".join(links)
    with panel.expect_download() as kept:
        panel.get_by_role("button", name="As a table (CSV)", exact=True).click()
    kept.value.save_as(tmp_path / "links.csv")
    with (tmp_path / "links.csv").open() as file:
        assert [row["link"] for row in csv.DictReader(file)] == links


def test_a_batch_is_revoked_after_a_question(panel: Page, other: Client) -> None:
    make(panel, "Fan club")
    panel.reload()  # which makes no second batch
    assert accessibility_problems(panel) == []
    for width in (360, 1440):
        panel.set_viewport_size({"width": width, "height": 900})
        assert panel.evaluate("document.documentElement.scrollWidth") <= width
    panel.get_by_role("button", name="Revoke batch Fan club").click()
    expect(panel.get_by_role("dialog")).to_contain_text("Its links let nobody in any more")
    sure(panel)
    said(panel, "Revoked: nobody gets in by batch")
    batches = other.get("/rooms/main/invitations").json()["batches"]
    assert [row["revoked"] for row in batches if row["note"] == "Fan club"] == [True]
    expect(panel.get_by_role("button", name="Revoke batch Fan club")).to_have_count(0)
