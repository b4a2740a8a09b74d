"""What an app must be to be wrapped: of the kind of its adapter, and not wrapped by us already."""

from functools import cached_property
from inspect import CO_VARARGS, getattr_static, iscoroutinefunction, isfunction, ismethod
from types import CodeType, FunctionType, MethodType
from typing import Any

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import Settings
from vwr_middleware.web.http import SITE_KEY, Request

_TWICE = (
    "this app already has a waiting room around it, with pages below {}: wrap the app once, with"
    " all rooms in `rooms`, or give one middleware its own `prefix` and `admin_prefix`"
)
_IS_ASGI = "this is an ASGI app: import WaitingRoomMiddleware from vwr_middleware.asgi"
_IS_WSGI = (
    "this is a WSGI app: import WaitingRoomMiddleware from vwr_middleware.wsgi, or for Flask"
    " WaitingRoom from vwr_middleware.flask"
)
_IS_NEITHER = (
    "this is not {} app: it cannot be called with {}. Pass the app itself, not a function that"
    " makes it, and for Dash its `server`. Apps of aiohttp, Tornado and Robyn run only on their own"
    " servers and cannot be wrapped"
)
_ITSELF = (
    "the middleware and the app would call each other without end: to replace app.{0}, pass app.{0}"
    " to the middleware, not app"
)
_REPLACED = ("wsgi_app", "asgi_app", "asgi_handler")  # what a middleware may take the place of
_WRAPPED = ("app", "wsgi_app", "asgi_app")  # what a wrapper or a framework calls it
DEEPEST = 50  # wrappers around each other


def refuse_asgi(app: object) -> None:
    """Raises ConfigurationError where the WSGI middleware is put around an ASGI app, or around
    what is neither."""
    # Emmett's is called by a plain function, which returns a coroutine.
    if iscoroutinefunction(_call_of(app)) or _parameters(app)[-2:] == ("receive", "send"):
        raise ConfigurationError([_IS_ASGI])
    if not _takes(2, app):
        neither = _IS_NEITHER.format("a WSGI", "(environ, start_response)")
        raise ConfigurationError([_IS_ASGI if _takes(3, app) else neither])


def refuse_wsgi(app: object) -> None:
    """Raises ConfigurationError where the ASGI middleware is put around a WSGI app, or around what
    is neither."""
    # The usual name of a WSGI app's last parameter. The first has several: in Falcon it is `env`.
    if _parameters(app)[-1:] == ("start_response",):
        raise ConfigurationError([_IS_WSGI])
    if not _takes(3, app):
        neither = _IS_NEITHER.format("an ASGI", "(scope, receive, send)")
        raise ConfigurationError([_IS_WSGI if _takes(2, app) else neither])


def _takes(count: int, app: object) -> bool:
    """Whether an app can be called with so many arguments, as far as its code can be read."""
    if not callable(app):
        return False
    call = _call_of(app)
    # A decorator of wrapt shows the code of what it wraps, to which it may give further arguments.
    if type(call) not in (FunctionType, MethodType):
        return True
    code = getattr(call, "__code__", None)
    if not isinstance(code, CodeType) or code.co_flags & CO_VARARGS:
        return True
    most = code.co_argcount - (not isfunction(app))  # `self` is given already
    return most - len(call.__defaults__ or ()) <= count <= most


def _parameters(app: object) -> tuple[str, ...]:
    """The names of the parameters with which an app is called; none if they cannot be read."""
    # Of the code itself: a signature may be that of what it wraps, or be none.
    code = getattr(_call_of(app), "__code__", None)
    return code.co_varnames[: code.co_argcount] if isinstance(code, CodeType) else ()


def _call_of(app: object) -> Any:
    """What runs when an app is called. A lazy proxy does not make its app for this."""
    if isfunction(app) or ismethod(app):
        return app
    return getattr_static(type(app), "__call__", None)


def refuse_a_second(app: object, kind: type, settings: Settings) -> None:
    """Raises ConfigurationError for two middlewares around each other with the same prefix.

    The outer one would answer the polls of those who wait at the inner one, so nobody there would
    ever be called; and each newcomer would take two places.
    """
    for _ in range(DEEPEST):
        if app is None:
            return
        within = getattr(app, "settings", None) if isinstance(app, kind) else None
        if within is not None and _answers_for(settings, within):
            raise ConfigurationError([_TWICE.format(within.prefix)])
        app = wrapped_by(app)


def wrapped_by(app: object) -> object:
    """What an app wraps. `getattr_static`, so that a lazy proxy does not make its app for this."""
    for name in _WRAPPED:
        within = getattr_static(app, name, None)
        if within is not None:
            return within
    return None


def refuse_itself(app: object, middleware: object, _: Request) -> None:
    """Raises ConfigurationError where a middleware is put around an app that calls this middleware,
    as by `app.wsgi_app = WaitingRoomMiddleware(app)`. It shows only when that was carried out.

    Not through wrappers: some keep the app to which they belong beside the one that they call.
    """
    for name in _REPLACED:
        # Where its class has no such thing, it is only kept there, and the app calls it nowhere.
        if hasattr(type(app), name) and getattr(app, name, None) is middleware:
            raise ConfigurationError([_ITSELF.format(name)])


def refuse_within(settings: Settings, request: Request) -> None:
    """Raises ConfigurationError for a request to Django that has come through another adapter.

    What Django is within cannot be seen from Django, nor Django from there, until a request comes.
    """
    native: Any = request.native
    outer = getattr(native, "scope", native.META).get(SITE_KEY)
    # Where Django is mounted its addresses are others already.
    if outer is not None and not request.mount and _answers_for(outer.settings, settings):
        raise ConfigurationError([_TWICE.format(settings.prefix)])


def _answers_for(outer: Settings, inner: Settings) -> bool:
    is_below = f"{inner.prefix}/".startswith(f"{outer.prefix}/")
    return outer.enabled and inner.enabled and is_below


# Whether a wrapped app has a layer that answers every preflight before any view.


class CorsLayer:
    """Starlette's CORSMiddleware within an app, of Starlette or FastAPI for instance.

    It is looked for at the first preflight, since layers may be added until the app is served. Any
    other layer may leave some preflights to a view: for those there is the setting `preflights`.
    """

    def __init__(self, app: object) -> None:
        self._app = app

    def answers(self, preflight: Request) -> bool:
        """Whether it answers this preflight. It knows only OPTIONS in capitals."""
        native: Any = preflight.native
        return native.get("method") == "OPTIONS" and self.is_there

    @cached_property
    def is_there(self) -> bool:
        """Whether the app has it."""
        app = self._app
        for _ in range(DEEPEST):
            added = (getattr(layer, "cls", None) for layer in getattr(app, "user_middleware", ()))
            if any(map(_answers_preflights, (type(app), *added))):
                return True
            app = wrapped_by(app)
        return False


def _answers_preflights(kind: Any) -> bool:
    """Whether this is the class itself: one that is made from it may do something else."""
    module, name = getattr(kind, "__module__", ""), getattr(kind, "__name__", "")
    return (module, name) == ("starlette.middleware.cors", "CORSMiddleware")
