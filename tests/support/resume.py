"""How a place goes to another device."""

import httpx

from tests.support.visitor import Visitor

RESUME = "/vwr/main/resume"


def code_of(visitor: Visitor) -> str:
    """A script of the page asks for a code."""
    response = visitor.fetches(RESUME, "POST")
    assert response.status_code == 201, response.text
    code: str = response.json()["code"]
    return code


def takes(visitor: Visitor, code: str, attempt: str = "") -> httpx.Response:
    """A script of the other device's page hands a code in."""
    content = {"code": code} | ({"attempt": attempt} if attempt else {})
    return visitor.fetches(RESUME, "POST", json=content)
