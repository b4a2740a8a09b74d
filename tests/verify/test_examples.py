"""The examples of docs/verify.md do what they say."""

from time import time
from typing import Any

import httpx
import pytest

from tests.support.issuer import Issuer
from tests.support.readme import VERIFY, snippets
from tests.support.transport import EnvironTransport, PortalTransport


def example(issuer: Issuer, text: str) -> dict[str, Any]:
    """What the example with this text defines, for this issuer."""
    code = next(each for each in snippets(VERIFY.read_text(), "python") if text in each)
    known = 'issuer="https://shop.example"'
    assert known in code
    found: dict[str, Any] = {"__name__": "example"}
    exec(code.replace(known, f'issuer="{issuer.url}", allow_http=True, timeout=20'), found)
    return found


@pytest.mark.parametrize("text", ["verify.asgi import", "verify.wsgi import", "verify.fastapi"])
def test_an_app_serves_seats_to_those_in_turn(issuer: Issuer, text: str) -> None:
    app = example(issuer, text)["app"]
    kind = EnvironTransport if "wsgi" in text else PortalTransport
    with httpx.Client(transport=kind(app), base_url="http://api.example") as client:
        answer = client.get("/seats", headers={"VWR-Token": issuer.token(time)})
        assert (answer.status_code, answer.text.strip("{}")) in (
            (200, "number 7"),
            (200, '"number":7'),
        )
        refused = client.get("/seats")
        assert (refused.status_code, refused.headers["www-authenticate"]) == (
            401,
            'Bearer realm="main"',
        )


def test_a_function_of_ones_own_says_why(issuer: Issuer) -> None:
    seats = example(issuer, "def seats(token")["seats"]
    assert seats(issuer.token(time)).startswith("number 7, until ")
    assert seats("nothing") == "401: this is no access token of a waiting room"
    issuer.secrets = ["another secret of the issuer"]
    assert seats(issuer.token(time)).startswith("401: the access token is signed by no key")
