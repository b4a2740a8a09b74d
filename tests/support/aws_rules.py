"""By which rules Amazon's services take a token of an issuer, as their guides document them.

None of them can be run here. So this plays what the guides say: "Control access to HTTP APIs with
JWT authorizers", the same for REST APIs, "Create an OpenID Connect identity provider in IAM" with
AssumeRoleWithWebIdentity, and "Using OIDC identity providers with a user pool".
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import jwt

#: Fetches a URL from the public internet; None where nothing answers there with 200 and JSON.
Fetch = Callable[[str], Any]
RSA_ONLY = frozenset({"RS256", "RS384", "RS512"})
RSA_OR_EC = RSA_ONLY | {"ES256", "ES384", "ES512"}
#: What IAM wants in an issuer's document.
NEEDED = {
    *("issuer", "jwks_uri", "claims_supported", "response_types_supported"),
    *("subject_types_supported", "id_token_signing_alg_values_supported"),
}


class NotTaken(Exception):
    """The service does not take it, for this reason."""


def ensure(holds: object, reason: str) -> None:
    if not holds:
        raise NotTaken(reason)


@dataclass
class Issuer:
    """What a service has found out about an issuer when it was set up."""

    url: str
    fetch: Fetch

    @property
    def document(self) -> Any:
        parts = urlsplit(self.url)
        ensure(parts.scheme == "https", "the issuer must be https")
        ensure(not (parts.query or parts.fragment), "an issuer has no query")
        found = self.fetch(f"{self.url}/.well-known/openid-configuration")
        ensure(isinstance(found, dict), "no document at the issuer")
        ensure(found["issuer"] == self.url, "the document names another issuer")
        return found

    @property
    def keys(self) -> Any:
        where = self.document["jwks_uri"]
        ensure(where.startswith("https://"), "jwks_uri must be https")
        found = self.fetch(where)
        ensure(found is not None and found["keys"], "no keys at jwks_uri")
        return found["keys"]

    def claims(self, token: str, algorithms: Collection[str]) -> Any:
        """The claims of a token that one of its keys has signed."""
        head = jwt.get_unverified_header(token)
        ensure("kid" in head, "no kid")
        ensure(head["alg"] in algorithms, f"not {head['alg']}")
        named = [key for key in self.keys if key["kid"] == head["kid"]]
        ensure(len(named) == 1, "kid matches no key")
        modulus = named[0].get("n", "A" * 342)  # RFC 7518, section 3.3: 2048 bits or more
        ensure(len(modulus) * 6 // 8 >= 256, "the key is too short")
        key, options = jwt.PyJWK(named[0]).key, {"verify_aud": False, "verify_exp": False}
        try:
            unchecked: Any = options | {"verify_iat": False}
            claims = jwt.decode(token, key, algorithms=[head["alg"]], options=unchecked)
        except jwt.PyJWTError as error:
            raise NotTaken(str(error)) from error
        ensure(claims.get("iss") == self.url, "iss is another")
        return claims


def http_api(
    issuer: Issuer, audience: Collection[str], identity_source: str, now: float
) -> dict[str, str]:
    """A JWT authorizer of an HTTP API: what it hands on, or NotTaken for a 401."""
    return _jwt_authorizer(issuer, audience, identity_source, now, RSA_ONLY)


def rest_api(
    issuer: Issuer,
    audience: Collection[str],
    identity_source: str,
    now: float,
    algorithms: Collection[str],
) -> dict[str, str]:
    """A JWT authorizer of a REST API, which is told its algorithms."""
    ensure(set(algorithms) <= RSA_OR_EC, "not an algorithm of a REST API")
    return _jwt_authorizer(issuer, audience, identity_source, now, algorithms)


def _jwt_authorizer(
    issuer: Issuer,
    audience: Collection[str],
    identity_source: str,
    now: float,
    algorithms: Collection[str],
) -> dict[str, str]:
    ensure(len(identity_source) < 8192, "all headers together have 10,240 bytes at most")
    token = re.sub("^[Bb]earer ", "", identity_source)
    ensure(token.count(".") == 2, "no token")
    claims = issuer.claims(token, algorithms)
    meant_for = claims.get("aud") or claims.get("client_id")
    named = meant_for if isinstance(meant_for, list) else [meant_for]
    ensure(set(named) & set(audience), "aud is another")
    ensure(claims["exp"] > now, "expired")
    ensure(claims.get("nbf", 0) <= now and claims.get("iat", 0) <= now, "not yet")
    return {name: str(value) for name, value in claims.items()}  # as integrations get them


def identity_provider(issuer: Issuer) -> list[Any]:
    """IAM's identity provider is created: its keys, or NotTaken."""
    parts = urlsplit(issuer.url)
    ensure(len(issuer.url) <= 255 and parts.port is None, "a URL without a port, of 255 letters")
    document = issuer.document
    ensure(set(document) >= NEEDED, f"the document lacks {NEEDED - set(document)}")
    ensure(set(document["claims_supported"]) >= {"iss", "aud", "sub"}, "claims_supported")
    ensure(document["response_types_supported"], "response_types_supported")
    keys: list[Any] = issuer.keys
    ensure(all("kid" in key for key in keys), "a key without kid")
    for kind in ("RSA", "EC"):
        ensure(sum(key["kty"] == kind for key in keys) <= 100, "more than 100 keys of a kind")
    return keys


def assume_role(
    issuer: Issuer, client_ids: Collection[str], token: str, session_name: str, now: float
) -> dict[str, str]:
    """AssumeRoleWithWebIdentity: what a trust policy's conditions are compared with."""
    identity_provider(issuer)
    ensure(re.fullmatch(r"[\w+=,.@-]{2,64}", session_name), "RoleSessionName")
    ensure(4 <= len(token) <= 20_000, "WebIdentityToken is too long")
    claims = issuer.claims(token, RSA_OR_EC)
    for name in ("iss", "aud", "sub", "exp", "iat"):
        ensure(name in claims, f"missing a required claim: {name}")
    ensure(claims["aud"] in client_ids, "incorrect token audience")
    ensure(claims["exp"] + 300 > now, "expired")  # IAM allows for five minutes of clock skew
    host = issuer.url.removeprefix("https://")
    return {f"{host}:{name}": claims[name] for name in ("aud", "sub")}


def user_pool(issuer: Issuer) -> None:
    """Cognito's user pool is told of a provider: its keys and addresses fit, or NotTaken."""
    document = issuer.document
    for name, url in document.items():
        if name == "issuer" or name.endswith(("_endpoint", "_uri")):
            ensure(urlsplit(url).scheme == "https", f"{name} must be https")
            ensure(urlsplit(url).port in (None, 443), f"{name} must be at port 443")
    ensure(all(key.get("kid") for key in issuer.keys), "a key without kid")
    ensure(all(key["kty"] in ("RSA", "EC") for key in issuer.keys), "only RSA and EC")


#: Where Cognito lets an identity provider's users come back to.
IDP_RESPONSE = "https://my-waiting-room.auth.us-east-1.amazoncognito.com/oauth2/idpresponse"


def user_pool_sign_in(
    issuer: Issuer, client: tuple[str, str], browser: httpx.Client, opens: Mapping[str, str]
) -> dict[str, Any]:
    """Somebody signs in to a user pool through the provider: the attributes that the pool maps.

    Cognito authenticates by client_secret_post alone, whatever the document says, takes the
    attributes from userinfo, and gives up on whoever needs more than five minutes.
    """
    document, (client_id, secret) = issuer.document, client
    asked = {"client_id": client_id, "redirect_uri": IDP_RESPONSE, "scope": "openid"}
    asked |= {"response_type": "code", "state": "H4sIAAAAAAAAAE2QW2-CMBSA_0ufgRRaC_VNmLrKFC.-=~"}
    came = browser.get(document["authorization_endpoint"], params=asked, headers=dict(opens))
    ensure(came.status_code in (302, 303), f"the browser is not sent back, but gets {came}")
    where, _, query = came.headers["location"].partition("?")
    told = dict(parse_qsl(query))
    ensure(where == IDP_RESPONSE and told["state"] == asked["state"], "sent elsewhere")
    form = {"grant_type": "authorization_code", "code": told["code"], "client_id": client_id}
    form |= {"redirect_uri": IDP_RESPONSE, "client_secret": secret}
    with httpx.Client(transport=browser._transport) as cognito:
        given = cognito.post(document["token_endpoint"], data=form)
        ensure(given.status_code == 200, f"no tokens: {given.text}")
        claims = issuer.claims(given.json()["id_token"], RSA_OR_EC)
        ensure(claims["aud"] == client_id, "the ID token is for another client")
        bearer = {"Authorization": f"Bearer {given.json()['access_token']}"}
        about: dict[str, Any] = cognito.get(document["userinfo_endpoint"], headers=bearer).json()
    ensure(about["sub"] == claims["sub"], "userinfo is of somebody else")
    return about
