"""Clients of AWS's API, written by its documentation: a visitor's page, an operator's program."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

import jwt
from jwt.algorithms import RSAAlgorithm

from tests.support.asgi import Answer, acall, scope_of
from tests.support.clock import Clock
from tests.support.house import House, make_house
from vwr_middleware.aws import AwsApi
from vwr_middleware.blocking import finish
from vwr_middleware.papers.signing_keys import new_key
from vwr_middleware.stores import Store

EVENT, ISSUER, KEY = "Sample", "https://api.example/api", "a key of the private API"


@cache
def rsa_key() -> str:
    """A private key, made once: that takes a moment."""
    return new_key("RS256")


def settings_of(**more: Any) -> dict[str, Any]:
    """What this API needs, for one room."""
    keys = {"token_algorithm": ["HS256", "RS256"], "token_keys": [rsa_key()]}
    room = {"aws_event": EVENT} if "rooms" not in more else {}
    return {**keys, "token_issuer": ISSUER, "admin_api_key": KEY, **room, **more}


@dataclass
class Aws:
    """This API over one worker."""

    house: House
    api: AwsApi
    stage: str = ""

    def ask(
        self,
        method: str,
        path: str,
        query: str = "",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Any request, as it is."""
        named = {"host": "api.example", **(headers or {})}
        message = {"type": "http.request", "body": body, "more_body": False}
        scope = scope_of(self.stage + path + (f"?{query}" if query else ""), named, method)
        return finish(acall(self.api, scope, message))

    def get(self, path: str, headers: Mapping[str, str] | None = None, **query: str) -> Answer:
        """A GET with these parameters; the event is named unless another is."""
        return self.ask("GET", path, urlencode({"event_id": EVENT, **query}), headers=headers)

    def post(self, path: str, headers: Mapping[str, str] | None = None, **body: Any) -> Answer:
        """The same by POST, as JSON."""
        sent = json.dumps({"event_id": EVENT, **body}).encode()
        named = {"content-type": "application/json", **(headers or {})}
        return self.ask("POST", path, body=sent, headers=named)

    # A visitor's page.

    def joins(self) -> str:
        """Somebody takes a place: the request id."""
        request_id: str = self.post("/assign_queue_num").json["api_request_id"]
        return request_id

    def number(self, request_id: str) -> int:
        """The number of a place."""
        number: int = self.get("/queue_num", request_id=request_id).json["queue_number"]
        return number

    @property
    def serving(self) -> int:
        """The serving counter."""
        return int(self.get("/serving_num").json["serving_counter"])

    @property
    def waiting(self) -> int:
        """How many wait."""
        waiting: int = self.get("/waiting_num").json["waiting_num"]
        return waiting

    def tokens(self, request_id: str) -> Answer:
        """A visitor asks for the tokens."""
        return self.post("/generate_token", request_id=request_id)

    def claims(self, token: str) -> dict[str, Any]:
        """What a token says, verified with the public key alone, as the authorizer does."""
        key: Any = RSAAlgorithm.from_jwk(self.get("/public_key").json)
        options: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
        claims: dict[str, Any] = jwt.decode(
            token, key, ["RS256"], audience=EVENT, issuer=ISSUER, options=options
        )
        return claims

    # An operator's program.

    def private_get(self, path: str, **query: str) -> Answer:
        return self.get(path, BEARER, **query)

    def private_post(self, path: str, **body: Any) -> Answer:
        return self.post(path, BEARER, **body)

    def increments(self, count: int) -> int:
        """The serving counter goes on."""
        answer = self.private_post("/increment_serving_counter", increment_by=count)
        number: int = answer.json["serving_num"]
        return number

    def refresh(self) -> None:
        """Time passes until this worker has read its rooms again."""
        self.house.clock.pass_by(1.1)
        assert self.get("/serving_num").status == 200


BEARER = {"authorization": f"Bearer {KEY}"}


def make_aws(clock: Clock, store: Store | None = None, stage: str = "", **settings: Any) -> Aws:
    """This API over one worker's rooms, beside the middleware."""
    house = make_house(clock, store=store, **settings_of(**settings))
    return Aws(house, AwsApi(site=house.site, otherwise=house.middleware), stage)
