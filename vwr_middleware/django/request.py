"""Django's request as the gate reads it, and the gate's answers as Django's responses."""

from collections.abc import Iterable
from http.cookies import Morsel
from urllib.parse import quote

from django.conf import settings as project
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from vwr_middleware.web.app_response import amend_text
from vwr_middleware.web.http import Cookie, Pass, Reply
from vwr_middleware.web.session import Session
from vwr_middleware.wsgi.let_through import Incoming
from vwr_middleware.wsgi.request import WsgiRequest, read_body


class DjangoRequest(WsgiRequest):
    """A request under WSGI or ASGI: Django tells of both by `META`."""

    __slots__ = ("_http",)

    def __init__(self, request: HttpRequest) -> None:
        self._http = request
        self.environ = request.META
        self.method = request.method or "GET"
        self.path = request.path_info or "/"
        self.mount = request.META.get("SCRIPT_NAME", "").rstrip("/")
        self.cookies = request.META.get("HTTP_COOKIE")
        self.body = b""

    @property
    def native(self) -> HttpRequest:
        return self._http

    @property
    def scheme(self) -> str:
        """`http` or `https`; SECURE_PROXY_SSL_HEADER counts."""
        return "https" if self._http.is_secure() else "http"

    @property
    def host(self) -> str:
        """The host in lower case; USE_X_FORWARDED_HOST counts, since the project goes by that."""
        told = self.header("x-forwarded-host") if project.USE_X_FORWARDED_HOST else ""
        return told.lower() or super().host

    @property
    def raw_path(self) -> str:
        scope = getattr(self._http, "scope", None)
        raw: bytes = (scope.get("raw_path") or b"") if scope else b""
        return raw.decode("latin-1").partition("?")[0] if raw else super().raw_path

    def _path_again(self) -> str:
        return self.path if self.path.isascii() else quote(self.path)

    async def read_body(self) -> bytes | None:
        if getattr(self._http, "_read_started", False) and not hasattr(self._http, "_body"):
            return b""  # a middleware before ours has read it, and Django has not kept it
        if not hasattr(self._http, "scope") and not self.environ.get("CONTENT_LENGTH"):
            # Without a length Django reads nothing, but the body may come in chunks.
            return await super().read_body()
        return read_body(self.environ, self._http.read, ends=True)


class _OurCookie(Morsel[str]):
    """A cookie as a header: `http.cookies` does not know every attribute in every Python."""

    def __init__(self, name: str, header: str) -> None:
        super().__init__()
        value = header.partition("=")[2].partition(";")[0]
        self.set(name, value, value)
        self._header = header

    def OutputString(self, attrs: object = None) -> str:
        return self._header


def set_cookies(response: HttpResponseBase, cookies: Iterable[Cookie]) -> None:
    """Add cookies to a response."""
    for cookie in cookies:
        response.cookies[cookie.name] = _OurCookie(cookie.name, cookie.header())


def to_response(reply: Reply, request: HttpRequest) -> HttpResponse:
    """A reply of our own. The body of an answer to HEAD is dropped here; not every server does."""
    body = b"" if _is_head(request) else reply.body
    response = HttpResponse(body, status=reply.status)
    # Django logs each 4xx, and writes to the ADMINS for each 5xx: a closed room is no fault.
    response._has_been_logged = True  # type: ignore[attr-defined]
    if not reply.may_have_body:
        del response["Content-Type"]
    for name, value in reply.headers:
        if name == "Set-Cookie":
            key = value.partition("=")[0]
            response.cookies[key] = _OurCookie(key, value)
        elif name == "Vary" and response.has_header(name):
            response[name] = f"{response[name]}, {value}"
        else:
            response[name] = value
    if reply.may_have_body:
        response["Content-Length"] = str(len(reply.body))
    return response


def _is_head(request: HttpRequest) -> bool:
    """Whether the server sends no body. To servers only HEAD in capitals is one."""
    scope = getattr(request, "scope", None)
    return bool((scope["method"] if scope else request.META["REQUEST_METHOD"]) == "HEAD")


def amend_response(verdict: Pass, response: HttpResponseBase) -> HttpResponseBase:
    """The app's response as the verdict wants it to go out."""
    before = list(response.items())
    after = amend_text(verdict, before)
    if after is before:
        return response
    wanted: dict[str, str] = {}  # Django has one header of a name; the app may expose some as we do
    for name, value in after:
        wanted[name] = f"{wanted[name]}, {value}" if name in wanted else value
    for name, _ in before:
        if name.lower() not in wanted:
            del response[name]
    if wanted.pop("set-cookie", None) is not None:
        set_cookies(response, verdict.cookies)
    for name, value in wanted.items():
        if response.get(name) != value:
            response[name] = value
    return response


def give(request: HttpRequest, session: Session | None) -> None:
    """Let the app find its session. While its load is measured, the time does not count in which it
    reads the body. (Under ASGI that is none: Django has read it before any middleware is asked.)"""
    request.vwr = session  # type: ignore[attr-defined]
    if session is not None and session.measured is not None and hasattr(request, "_stream"):
        request._stream = Incoming(session.measured, request._stream)  # type: ignore[assignment]
