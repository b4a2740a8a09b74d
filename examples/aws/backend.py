"""What stands behind the authorizers: it says who has come, so that a deployment can be tried."""

import json
from typing import Any


def show(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answers with what the authorizer told: its context, or the claims of the token."""
    found = (event.get("requestContext") or {}).get("authorizer") or {}
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return {"statusCode": 200, "headers": headers, "body": json.dumps(found, default=str)}
