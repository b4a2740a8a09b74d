"""What the API's own document promises, one test for each of its addresses; test_api.py runs them.

The requests are thought out while the tests are collected, which takes seconds: so the other files
are collected without these, by each of the processes that share them.
"""

from collections.abc import Iterable
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.support.doors import KEY
from tests.support.panel import API_KEY, GIVEN
from vwr_middleware.wsgi import WaitingRoomMiddleware

HEADERS = {"Authorization": f"Bearer {API_KEY}"}


def has_nothing(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """An app without pages: paths that are not written plainly are never the panel's, but its."""
    start_response("404 Not Found", [("Content-Type", "application/problem+json")])
    return [b'{"type": "about:blank", "title": "Not Found", "status": 404, "detail": "nothing"}']


app = WaitingRoomMiddleware(
    has_nothing, secret_key=KEY, store="memory://", paths="/tickets", **GIVEN
)


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """Of other rooms the answer is mostly that there is none."""
    for path in raw_schema["paths"].values():
        for parameter in path.get("parameters", ()):
            if parameter["name"] == "name":
                parameter["schema"]["enum"] = ["main"]


#: The document that a panel serves, with every request that it describes.
schema = schemathesis.openapi.from_wsgi("/vwr-admin/api/openapi.json", app, headers=HEADERS)


@schema.parametrize()
@settings(
    max_examples=settings().max_examples // 33,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
def test_the_api_keeps_what_its_document_promises(case: Any) -> None:
    # What is drawn by the document may still be no name of the room, or no number that was given.
    case.call_and_validate(headers=HEADERS, excluded_checks=[positive_data_acceptance])
