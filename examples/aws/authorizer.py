"""Lambda authorizers for Amazon API Gateway: only visitors whose turn has come reach the API.

Four handlers, for the four ways in which API Gateway asks (template.yaml has them all):

token      a REST API asks with one header, as a TOKEN authorizer
request    a REST API asks with all headers, as a REQUEST authorizer; so does an HTTP API whose
           payload format is 1.0
simple     an HTTP API whose payload format is 2.0, with simple responses
policy     the same without them

The API behind finds `queue_position`, `session_id`, `room` and `expires_at` in the authorizer's
context, as texts, since that is how REST APIs pass them on.

Settings, in the function's environment: VWR_ROOM, and VWR_ISSUER (what token_issuer of the room
is) or VWR_KEYS_URL; VWR_ROOM_URL to ask whether sessions still run. requirements.txt has the one
package that it needs.
"""

import os
from collections.abc import Iterator
from functools import cache
from typing import Any

from vwr_middleware.verify import TokenRefused, VerifiedSession, Verifier

Event = dict[str, Any]
Pairs = list[tuple[str, str]]


@cache
def verifier() -> Verifier:
    """One for all calls that this container answers: it keeps the keys."""
    given = {
        name: os.environ[f"VWR_{name.upper()}"]
        for name in ("room", "issuer", "keys_url", "room_url", "namespace")
        if os.environ.get(f"VWR_{name.upper()}")
    }
    return Verifier(**given)


def token(event: Event, context: object) -> Event:
    """Answers a TOKEN authorizer: the one header that it was told of, with or without `Bearer`."""
    text = event.get("authorizationToken") or ""
    name = "Authorization" if text[:7].lower() == "bearer " else "VWR-Token"
    return policy_for([(name, text)] if text else [], event["methodArn"])


def request(event: Event, context: object) -> Event:
    """Answers a REST API, and an HTTP API with payload format 1.0, which says its version."""
    headers = list(headers_of_rest(event))
    is_http_api = "version" in event
    return policy_for(headers, event["methodArn"], address_of(event), denies=is_http_api)


def policy(event: Event, context: object) -> Event:
    """Answers an HTTP API with payload format 2.0, by a policy."""
    headers = list(headers_of_http(event))
    return policy_for(headers, event["routeArn"], address_of(event), denies=True)


def simple(event: Event, context: object) -> Event:
    """Answers an HTTP API with payload format 2.0, by a simple response."""
    try:
        session = verifier().verify_request(headers_of_http(event), address_of(event))
    except TokenRefused as refusal:
        return {"isAuthorized": False, "context": {"reason": refusal.reason}}
    return {"isAuthorized": True, "context": told(session)}


# What comes in.


def headers_of_rest(event: Event) -> Iterator[tuple[str, str]]:
    """All headers, each with all of its values: a second token must not hide behind the first."""
    several = event.get("multiValueHeaders")
    if several:
        for name, values in several.items():
            yield from ((name, value) for value in values or [])
    else:
        yield from (event.get("headers") or {}).items()


def headers_of_http(event: Event) -> Iterator[tuple[str, str]]:
    """All headers: HTTP APIs join equal ones by a comma, and tell cookies apart."""
    yield from (event.get("headers") or {}).items()
    yield from (("cookie", cookie) for cookie in event.get("cookies") or [])


def address_of(event: Event) -> str:
    """The address from which the request came; a room that binds sessions wants to know it."""
    about = event.get("requestContext") or {}
    found = (about.get("http") or about.get("identity") or {}).get("sourceIp")
    return found or ""


# What goes out.


def policy_for(headers: Pairs, arn: str, address: str = "", *, denies: bool = False) -> Event:
    """The policy of a visitor who has a token. A client without a good one gets a 401 from a REST
    API, and from an HTTP API, which knows no such word, a 403: that one `denies`."""
    try:
        session = verifier().verify_request(headers, address)
    except TokenRefused as refusal:
        if denies:
            return _policy("Deny", "nobody", arn, {"reason": refusal.reason})
        raise Exception("Unauthorized") from None  # these very words make it a 401 and no 500
    return _policy("Allow", session.id, arn, told(session))


def _policy(effect: str, principal: str, arn: str, told: dict[str, str]) -> Event:
    # For the whole stage: API Gateway keeps it for a while, for all methods of the API.
    stage = "/".join(arn.split("/")[:2])
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": f"{stage}/*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": principal, "policyDocument": document, "context": told}


def told(session: VerifiedSession) -> dict[str, str]:
    """What the API behind reads of the visitor."""
    return {
        "queue_position": str(session.position),
        "session_id": session.id,
        "room": session.room,
        "expires_at": str(session.expires_at),
    }
