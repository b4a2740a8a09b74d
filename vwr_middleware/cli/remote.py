"""The way to a room by the control API below a panel's URL."""

import json
from collections.abc import Mapping
from http.client import HTTPException, InvalidURL
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from vwr_middleware.errors import Refused, StoreUnavailable, WaitingRoomError

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
        self._headers = {"Authorization": f"Bearer {key}", "VWR-Operator": who}
        # The key must not go through a proxy that the environment names.
        self._open = build_opener(ProxyHandler({}), _Stay).open

    def rooms(self) -> list[dict[str, Any]]:
        rooms: list[dict[str, Any]] = self._ask("GET", "/rooms", "rooms")["rooms"]
        return rooms

    def status(self, room: str) -> dict[str, Any]:
        return self._ask("GET", _path(room), "totals")

    def prepare(self, room: str) -> dict[str, Any]:
        """The panel makes all of its rooms as soon as one is looked at."""
        return self.status(room)

    def audit(self, room: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._ask("GET", _path(room, "audit"), "audit")["audit"]
        return rows

    def advance(self, room: str, count: int, present: bool, key: str) -> dict[str, Any]:
        given = {"count": count, "present_only": present}
        once = {"Idempotency-Key": key}
        return self._ask("POST", _path(room, "advance"), "called", given, once)

    def serve(self, room: str, serving: int) -> dict[str, Any]:
        return self._ask("PUT", _path(room, "serving"), "serving", {"serving": serving})

    def pause(self, room: str) -> dict[str, Any]:
        return self._settings("POST", _path(room, "pause"))

    def resume(self, room: str) -> dict[str, Any]:
        return self._settings("POST", _path(room, "resume"))

    def change(self, room: str, given: Mapping[str, Any]) -> dict[str, Any]:
        return self._settings("PATCH", _path(room, "settings"), given)

    def unset(self, room: str, name: str) -> dict[str, Any]:
        return self._settings("DELETE", _path(room, "settings", name))

    def reset(self, room: str, confirm: str, end_sessions: bool) -> dict[str, Any]:
        given = {"confirm": confirm, "end_sessions": end_sessions}
        return self._ask("POST", _path(room, "reset"), "generation", given)

    def lost(self, room: str) -> list[dict[str, Any]]:
        path = _path(room, "restore")
        found: list[dict[str, Any]] = self._ask("GET", path, "lost")["lost"]
        return found

    def restore(self, room: str, confirm: str, given: Mapping[str, Any]) -> dict[str, Any]:
        given = {"confirm": confirm, **given}
        return self._ask("POST", _path(room, "restore"), "restored", given)

    def revoke(self, room: str, session: str) -> dict[str, Any]:
        return self._ask("DELETE", _path(room, "sessions", session), "revoked")

    def explain(self, room: str, position: int, ticket: str) -> dict[str, Any]:
        given = {"ticket": ticket} if ticket else {"position": position}
        return self._ask("POST", _path(room, "explain"), "sentences", given)

    def _settings(
        self, method: str, path: str, given: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        settings: dict[str, Any] = self._ask(method, path, "settings", given)["settings"]
        return settings

    def _ask(
        self,
        method: str,
        path: str,
        wanted: str,
        given: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The answer. One that has no `wanted` is not our API's."""
        body = None if given is None else json.dumps(given).encode()
        is_change = method != "GET" and wanted != "sentences"
        fix = NOT_KNOWN if is_change else ""
        told = {**self._headers, "Content-Type": "application/json", **(headers or {})}
        # urllib encodes headers as latin-1; this makes it send what was typed, as a rule UTF-8.
        told = {
            name: text.encode(errors="surrogateescape").decode("latin-1")
            for name, text in told.items()
        }
        try:
            request = Request(self._base + path, body, told, method=method)
            with self._open(request, timeout=SECONDS_MOST) as answer:
                content = json.load(answer)
        except HTTPError as error:
            with error:
                raise _refused(error, fix) from error
        except (URLError, InvalidURL) as error:  # it could not even be asked
            reason = getattr(error, "reason", error)
            raise StoreUnavailable(f"{self._base} does not answer: {reason}") from error
        except (OSError, HTTPException) as error:
            raise StoreUnavailable(f"{self._base} does not answer: {error}", fix) from error
        except ValueError:
            content = None
        if not isinstance(content, dict) or wanted not in content:
            raise WaitingRoomError(
                f"{self._base} is not a control API: is this the URL of a panel?"
            )
        return content


def _path(room: str, *more: str) -> str:
    return "/rooms/" + "/".join(quote(part, safe="") for part in (room, *more))


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
