"""What the API's own document promises, one test for each of its addresses; test_api.py runs them.

The requests are thought out while the tests are collected, which takes seconds: so the other files
are collected without these, by each of the processes that share them.
"""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings

from tests.support.apps import wsgi_app
from tests.support.doors import KEY
from tests.support.panel import API_KEY, GIVEN
from vwr_middleware.wsgi import WaitingRoomMiddleware

HEADERS = {"Authorization": f"Bearer {API_KEY}"}

app = WaitingRoomMiddleware(wsgi_app, secret_key=KEY, store="memory://", paths="/tickets", **GIVEN)
#: The document that a panel serves, with every request that it describes.
schema = schemathesis.openapi.from_wsgi("/vwr-admin/api/openapi.json", app, headers=HEADERS)


@schema.parametrize()
@settings(
    max_examples=settings().max_examples // 4,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
def test_the_api_keeps_what_its_document_promises(case: Any) -> None:
    case.call_and_validate(headers=HEADERS)
