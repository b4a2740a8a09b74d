"""Tokens of a room, its document and its keys, held against the rules of Amazon's services."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import time
from typing import Any

import httpx
import pytest

from tests.support import aws_rules as aws
from tests.support.apps import wsgi_app
from tests.support.issuer import PEM
from tests.support.transport import EnvironTransport
from tests.support.visitor import PAGE, TOKEN, Visitor
from vwr_middleware.wsgi import WaitingRoomMiddleware

ISSUER = "https://shop.example"


@dataclass
class Shop:
    """A shop behind a room, at https addresses."""

    visitor: Visitor

    @property
    def token(self) -> str:
        """What somebody gets who comes in."""
        self.visitor.client.cookies.clear()
        assert self.visitor.opens("/tickets").status_code == 200
        return str(self.visitor.client.cookies[TOKEN])

    def issuer(self, url: str = ISSUER) -> aws.Issuer:
        def fetch(url: str) -> Any:
            answer = httpx.Client(transport=self.visitor.client._transport).get(url)
            is_json = answer.headers.get("content-type") == "application/json"
            return answer.json() if answer.status_code == 200 and is_json else None

        return aws.Issuer(url, fetch)


Open = Callable[..., Shop]


@pytest.fixture
def open_it() -> Iterator[Open]:
    """Opens a shop with some settings of its tokens."""
    opened: list[Visitor] = []

    def make(**settings: Any) -> Shop:
        usual: dict[str, Any] = {"token_algorithm": "RS256", "token_issuer": ISSUER}
        given = usual | settings
        if "RS256" in given["token_algorithm"]:
            given["token_keys"] = PEM
        if "rooms" not in given:
            given |= {"paths": "/tickets", "max_active": 100}
        secret = "a key for the rules of others"
        app = WaitingRoomMiddleware(wsgi_app, secret_key=secret, store="memory://", **given)
        opened.append(Visitor.of(EnvironTransport(app), "https://shop.example"))
        return Shop(opened[-1])

    yield make
    for visitor in opened:
        visitor.client.close()


@pytest.mark.parametrize("path", ["", "/vwr", "/vwr/{room}"])
def test_a_jwt_authorizer_takes_a_token_of_rs256(open_it: Open, path: str) -> None:
    shop = open_it(token_issuer=ISSUER + path)
    issuer = shop.issuer(ISSUER + path.replace("{room}", "main"))
    token = shop.token
    for source in (token, f"Bearer {token}"):
        told = aws.http_api(issuer, ["main"], source, time())
        assert (told["sid"], told["sub"], told["pos"]) == ("1-1", "1-1", "1")
    assert aws.rest_api(issuer, ["main"], token, time(), ["RS256"])["pos"] == "1"


def test_a_jwt_authorizer_takes_no_other(open_it: Open) -> None:
    shop = open_it()
    token, issuer = shop.token, shop.issuer()
    for reason, audience, source, now in (
        ("aud is another", ["vip"], token, time()),
        ("expired", ["main"], token, time() + 3600),
        ("not yet", ["main"], token, time() - 60),
        ("no token", ["main"], "", time()),
        ("Signature", ["main"], token[:-8] + "AAAAAAAA", time()),
    ):
        with pytest.raises(aws.NotTaken, match=reason):
            aws.http_api(issuer, audience, source, now)
    with pytest.raises(aws.NotTaken, match="no document at the issuer"):
        aws.http_api(shop.issuer("https://shop.example/elsewhere"), ["main"], token, time())


def test_es256_is_for_rest_apis_and_not_for_http_apis(open_it: Open) -> None:
    shop = open_it(token_algorithm="ES256")
    with pytest.raises(aws.NotTaken, match="not ES256"):
        aws.http_api(shop.issuer(), ["main"], shop.token, time())
    assert aws.rest_api(shop.issuer(), ["main"], shop.token, time(), ["ES256"])["sid"]


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_token_is_exchanged_for_credentials(open_it: Open, algorithm: str) -> None:
    shop = open_it(token_algorithm=algorithm)
    token, issuer = shop.token, shop.issuer()
    compared = aws.assume_role(issuer, ["main"], token, "1-1", time())
    assert compared == {"shop.example:aud": "main", "shop.example:sub": "1-1"}
    with pytest.raises(aws.NotTaken, match="incorrect token audience"):
        aws.assume_role(issuer, ["vip"], token, "1-1", time())


def test_credentials_need_an_issuer_and_none_of_its_own_port(open_it: Open) -> None:
    shop = open_it(token_issuer="https://shop.example:8443")
    with pytest.raises(aws.NotTaken, match="without a port"):
        aws.identity_provider(shop.issuer("https://shop.example:8443"))
    alone = open_it(token_issuer="")
    with pytest.raises(aws.NotTaken, match="no document at the issuer"):
        aws.assume_role(alone.issuer(), ["main"], alone.token, "1-1", time())


def test_twenty_rooms_have_no_more_keys_than_iam_takes(
    open_it: Open,
) -> None:
    rooms = [{"name": f"room-{number}", "paths": f"/{number}"} for number in range(20)]
    shop = open_it(rooms=rooms, token_algorithm=["RS256", "ES256"])
    assert len(aws.identity_provider(shop.issuer())) == 21


def test_somebody_signs_in_to_a_user_pool_by_having_their_turn(open_it: Open) -> None:
    client = {"id": "cognito", "secret": "what-the-client-alone-knows"}
    shop = open_it(openid_clients=[client | {"redirect_uris": aws.IDP_RESPONSE}])
    aws.user_pool(shop.issuer())
    browser = shop.visitor.client
    about = aws.user_pool_sign_in(shop.issuer(), ("cognito", client["secret"]), browser, PAGE)
    # As the template maps them: its username, and an attribute, which is a text to Cognito.
    assert (about["sub"], str(about["queue_position"])) == ("1-1", "1")


def test_a_user_pool_takes_the_document_and_its_keys(open_it: Open) -> None:
    aws.user_pool(open_it().issuer())
    with pytest.raises(aws.NotTaken, match="only RSA and EC"):
        aws.user_pool(open_it(token_algorithm="EdDSA").issuer())
