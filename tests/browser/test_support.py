"""What the tests in a browser build on."""

from playwright.sync_api import Page

from tests.support.accessibility import accessibility_problems


def test_a_page_runs_scripts(page: Page) -> None:
    page.set_content("<p id=p></p><script>p.textContent = 6 * 7</script>")
    assert page.text_content("#p") == "42"


def test_a_picture_without_a_text_is_found_under_a_strict_policy_too(page: Page) -> None:
    policy = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\">"
    body = "<main><h1>A page</h1><img src='a.png'></main>"
    page.set_content(f"<html lang=en><head>{policy}<title>A page</title></head>{body}</html>")
    assert accessibility_problems(page) == ['image-alt: <img src="a.png">']
