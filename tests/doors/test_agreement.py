"""A site says that it agrees to load tests, by its token, which it does not show."""

from tests.doors.conftest import Open
from tests.support.doors import Door
from vwr_middleware.papers.agreement import agrees, consent_text

TOKEN = "a token for load tests of this site"


def test_a_site_agrees_to_load_tests_by_a_token_that_it_does_not_show(open_it: Open) -> None:
    door = open_it(loadtest_token=TOKEN)
    visitor = door.visitor()
    answer = visitor.fetches("/vwr/loadtest.txt")
    assert answer.status_code == 200 and agrees(answer.text, TOKEN)
    assert TOKEN not in answer.text and "no-store" in answer.headers["cache-control"]
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert visitor.fetches("/vwr/loadtest.txt", "HEAD").content == b""
    assert visitor.fetches("/vwr/loadtest.txt", "POST").status_code == 405
    assert not visitor.cookies


def test_a_site_without_the_setting_agrees_to_nothing(door: Door) -> None:
    answer = door.visitor().fetches("/vwr/loadtest.txt")
    assert answer.status_code == 404 and consent_text(TOKEN) not in answer.text
