"""The provider's endpoints as an OpenAPI document, with one test for each of them.

tests/openid/test_described.py runs them apart, as those of the panel's API are run.
"""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
)
from werkzeug.exceptions import NotFound

from tests.support.doors import KEY
from tests.support.openid import BASE, CALLBACK, GIVEN
from vwr_middleware.wsgi import WaitingRoomMiddleware

app = WaitingRoomMiddleware(
    NotFound(), secret_key=KEY, store="memory://", paths="/tickets", **GIVEN
)

TEXT, ERROR = {"type": "string"}, {"$ref": "#/components/schemas/Error"}
FORM = "application/x-www-form-urlencoded"


def answers(*statuses: int, good: Any = None) -> dict[str, Any]:
    """What may be answered: JSON for programs, besides redirects."""
    as_json = {"application/json": {"schema": ERROR}}
    told = {str(status): {"description": "refused", "content": as_json} for status in statuses}
    return told | {
        "200": {"description": "done", "content": {"application/json": {"schema": good}}}
    }


def form(*names: str) -> dict[str, Any]:
    """A form with these fields, any of which may be left out."""
    schema = {"type": "object", "properties": dict.fromkeys(names, TEXT)}
    return {"required": True, "content": {FORM: {"schema": schema}}}


def query(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "in": "query", "schema": TEXT} for name in names]


ASKED = ("response_type", "scope", "state", "nonce", "prompt", "max_age", "code_challenge")
SENT_ON = {"303": {"description": "back to the client"}}
PAGE = {"200": {"description": "a page", "content": {"application/json": {}, "text/html": {}}}}
REFUSED = {"400": answers(400)["400"]}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "provider", "version": "1"},
    "paths": {
        f"{BASE}/authorize": {
            "get": {
                "parameters": [
                    {"name": "client_id", "in": "query", "schema": {"enum": ["shop", "app", "x"]}},
                    {"name": "redirect_uri", "in": "query", "schema": {"enum": [CALLBACK, "x"]}},
                    *query(*ASKED),
                ],
                "responses": {**REFUSED, **SENT_ON, **PAGE, "429": answers(429)["429"]},
            }
        },
        f"{BASE}/token": {
            "post": {
                "requestBody": form(
                    "grant_type", "code", "redirect_uri", "client_id", "refresh_token"
                ),
                "responses": answers(400, 401, good=ERROR),
            }
        },
        f"{BASE}/userinfo": {
            "get": {"responses": answers(400, 401, good={"type": "object", "required": ["sub"]})}
        },
        f"{BASE}/introspect": {
            "post": {
                "requestBody": form("token", "token_type_hint", "client_id", "client_secret"),
                "responses": answers(400, 401, good={"type": "object", "required": ["active"]}),
            }
        },
        f"{BASE}/revoke": {
            "post": {
                "requestBody": form("token", "token_type_hint", "client_id", "client_secret"),
                "responses": answers(400, 401, good={"type": "object"}),
            }
        },
        f"{BASE}/logout": {
            "get": {
                "parameters": query("id_token_hint", "post_logout_redirect_uri", "state"),
                "responses": {**REFUSED, **SENT_ON, **PAGE},
            }
        },
    },
    "components": {
        "schemas": {
            "Error": {"type": "object", "properties": {"error": TEXT}, "required": ["error"]}
        }
    },
}

schema = schemathesis.openapi.from_dict(DOCUMENT)
schema.app = app


@schema.parametrize()
@settings(
    max_examples=max(10, settings().max_examples // 3),
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    deadline=None,
)
def test_the_provider_keeps_to_its_document(case: Any) -> None:
    # A form of unknown fields is no error, and what is drawn is hardly ever a genuine code. Each
    # address that takes GET takes POST too, which would be described twice here.
    answer = case.call_and_validate(
        excluded_checks=[
            positive_data_acceptance,
            negative_data_rejection,
            unsupported_method,
            allow_header_conformance,
        ]
    )
    assert "access_token" not in answer.text
    where = answer.headers.get("location", [""])[0]
    assert where.partition("?")[0] in ("", CALLBACK, f"{BASE}/authorize")
