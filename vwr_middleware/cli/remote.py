"""The way to a room by the control API below a panel's URL."""

import json
import re
from collections.abc import Iterable
from http.client import HTTPException, InvalidURL
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from vwr_middleware.errors import Refused, StoreUnavailable, WaitingRoomError
from vwr_middleware.panel.endpoints import ENDPOINTS, Endpoint

SECONDS_MOST = 10.0
#: No store answers, or behind a proxy no app does: it may be there again in a moment.
_AWAY = (502, 503, 504)
#: Of a change that was sent, and whose answer has not come.
NOT_KNOWN = "the change may have been made, check with `vwr audit`"


class _Stay(HTTPRedirectHandler):
    """Follows no redirect: urllib would send the key to any host, and turn a POST into a GET."""

    def redirect_request(self, *asked: Any) -> None:
        """No request in place of the one that was sent."""


class Remote:
    """By the control API below a panel's URL. `Direct` says what the methods do.

    Raises Refused for a URL that is none of http.
    """

    def __init__(self, url: str, key: str, who: str) -> None:
        if not url.startswith(("https://", "http://")):
            raise Refused("the URL must begin with https:// (or http:// on this machine)")
        if "@" in url.split("/", 3)[2]:  # or an error would show the password
            raise Refused("the URL must not contain a user name or password: use --key")
        self._base = url.rstrip("/") + "/api"
        self._headers = {
            "Authorization": f"Bearer {key}",
            "VWR-Operator": who,
            "Content-Type": "application/json",
        }
        # The key must not go through a proxy that the environment names.
        self._open = build_opener(ProxyHandler({}), _Stay).open

    def rooms(self) -> list[dict[str, Any]]:
        return list(self.ask("rooms")["rooms"])

    def status(self, room: str) -> dict[str, Any]:
        return self.ask("status", room)

    def prepare(self, room: str) -> dict[str, Any]:
        """The panel makes all of its rooms as soon as one is looked at."""
        return self.status(room)

    def ask(self, name: str, /, *address: str, **given: Any) -> dict[str, Any]:
        endpoint = ENDPOINTS[name]
        content = self._answer(endpoint, address, given)
        known_by = endpoint.known_by or next(iter(endpoint.answer["properties"]))
        if not isinstance(content, dict) or known_by not in content:
            raise WaitingRoomError(
                f"{self._base} is not a control API: is this the URL of a panel?"
            )
        return content

    def _request(
        self, endpoint: Endpoint, address: Iterable[str], given: dict[str, Any]
    ) -> Request:
        parts = iter(address)
        path = re.sub(r"{\w+}", lambda _: quote(next(parts), safe=""), endpoint.path)
        once = {"Idempotency-Key": given.pop("key")} if endpoint.once else {}
        body = None if endpoint.body is None else json.dumps(given).encode()
        # urllib encodes headers as latin-1; this makes it send what was typed, as a rule UTF-8.
        headers = {
            name: text.encode(errors="surrogateescape").decode("latin-1")
            for name, text in {**self._headers, **once}.items()
        }
        return Request(self._base + path, body, headers, method=endpoint.method)

    def _answer(self, endpoint: Endpoint, address: Iterable[str], given: dict[str, Any]) -> object:
        """What is answered; None if that is no JSON, or if this is no URL."""
        fix = NOT_KNOWN if endpoint.changes else ""
        try:
            request = self._request(endpoint, address, given)
            with self._open(request, timeout=SECONDS_MOST) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                raise _refused(error, fix) from error
        except (URLError, InvalidURL) as error:  # it could not even be asked
            reason = getattr(error, "reason", error)
            raise StoreUnavailable(f"{self._base} does not answer: {reason}") from error
        except (OSError, HTTPException) as error:
            raise StoreUnavailable(f"{self._base} does not answer: {error}", fix) from error
        except ValueError:
            return None


def _refused(error: HTTPError, fix: str) -> WaitingRoomError:
    leads_to = error.headers.get("Location", "")
    what = f"leads to {leads_to}" if leads_to else f"answers {error.code} {error.reason}"
    detail = _detail(error)
    if detail and error.code == 401:
        detail = (
            "the panel does not accept this key: use one from its admin_api_key (--key or VWR_KEY)"
        )
    if error.code in _AWAY:
        away = f"it {what}: the app behind the proxy is down, or this is not the URL of a panel"
        return StoreUnavailable(detail or away, fix)
    return Refused(detail or f"it {what}: is this the URL of a panel?", status=error.code)


def _detail(error: HTTPError) -> str:
    """The detail of our API's error. Other JSON with a "detail", as FastAPI's 404, is not ours."""
    if error.headers.get_content_type() != "application/problem+json":
        return ""
    try:
        return str(json.load(error)["detail"])
    except (ValueError, KeyError, TypeError):
        return ""
