"""Middleware for WSGI apps that are not behind the room: only visitors who have an access token of
it come through."""

from collections.abc import Collection, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from vwr_middleware.verify.refusals import Unverified
from vwr_middleware.verify.request_tokens import AUTHORIZATION, COOKIE, OWN_HEADER
from vwr_middleware.verify.verifier import Verifier

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

#: Where the headers stand in an environ.
_HEADERS = [
    (name, f"HTTP_{name.upper().replace('-', '_')}") for name in (OWN_HEADER, AUTHORIZATION, COOKIE)
]


class RequireAccessToken:
    """Lets requests through to `app` that bring an access token, in `environ["vwr"]` the session;
    answers all others. `open_paths`, whole paths, need none."""

    def __init__(
        self, app: "WSGIApplication", verifier: Verifier, open_paths: Collection[str] = ()
    ) -> None:
        self._app, self._verifier, self._open = app, verifier, frozenset(open_paths)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        if path in self._open:
            return self._app(environ, start_response)
        headers = [(name, environ[key]) for name, key in _HEADERS if key in environ]
        try:
            environ["vwr"] = self._verifier.verify_request(headers, environ.get("REMOTE_ADDR", ""))
        except Unverified as refusal:
            body = refusal.body
            status = f"{refusal.status} {HTTPStatus(refusal.status).phrase}"
            start_response(status, [*refusal.headers, ("Content-Length", str(len(body)))])
            return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]
        return self._app(environ, start_response)
