"""What `manage.py check` says of the waiting room."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from types import FunctionType
from typing import Any

from django.conf import settings as project
from django.core.checks import CheckMessage, Error, Warning
from django.middleware.cache import UpdateCacheMiddleware
from django.shortcuts import resolve_url
from django.urls import (
    NoReverseMatch,
    Resolver404,
    URLPattern,
    URLResolver,
    get_resolver,
    resolve,
    reverse,
)
from django.urls.resolvers import LocalePrefixPattern, RoutePattern
from django.utils import translation
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from vwr_middleware.django.settings import bypasses_staff, read_settings, staff_of_django
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import Settings
from vwr_middleware.site.decorated_views import CACHED, room_around, unknown_room
from vwr_middleware.startup.checks import pages_of
from vwr_middleware.startup.own_templates import template_problems
from vwr_middleware.startup.unreached_paths import MANY, OR, Route, astray, marked
from vwr_middleware.web.remembered import warn_once

# The pages on which a project's staff signs in, where a room would have them wait.


#: Logins of staff: of Django's admin, Wagtail, django-oscar's dashboard.
_NAMES = ("admin:login", "wagtailadmin_login", "dashboard:login")


def logins_in_rooms(settings: Settings) -> Iterator[tuple[str, str]]:
    """Each login of staff that lies in a room's paths, with the room's name.

    Only where staff has something of being signed in: to pass without waiting, or the panel.
    """
    if not settings.enabled or not (bypasses_staff() or settings.admin_auth is staff_of_django):
        return
    for path in sorted(set(_logins())):
        room = room_around(settings, path)
        if room is not None:
            yield room, path


def _logins() -> Iterator[str]:
    known = False
    for name in _NAMES:
        with suppress(NoReverseMatch):
            yield reverse(name)
            known = True
    if not known:
        # The setting has a value in each project, also where nothing answers there.
        login = resolve_url(project.LOGIN_URL).partition("?")[0]
        with suppress(Resolver404):
            resolve(login)
            yield login


# The routes of a project's URLconf.


_PLACEHOLDER = re.compile(r"<(?:[^>:]+:)?([^>]+)>")
#: Settings of apps for several hosts or tenants name the other URLconfs.
_URLCONFS = ("URLCONF", "URLCONFS", "HOSTCONF")
#: What a converter takes that surely takes no slash. A dot or a range may be one.
_ONE_NAME = re.compile(r"(?:\\[dw]|\[\^/\]|[\w\[\]{}()|,+*?-])+")
#: A regular expression that stands for one text, and what may follow that text.
_PLAIN = re.compile(r"\^(?P<text>(?:[\w/-]|\\[.-])*?)(?P<slash>/\?)?(?P<end>\$|\\Z)?\Z", re.ASCII)
#: The text with which one of one branch begins.
_BEGINNING = re.compile(r"\^(?P<text>(?:[\w/-]|\\[.-])*)(?![?*+{])[^|]*\Z", re.ASCII)


def routes_of(
    patterns: Sequence[Any], prefix: str = "/", marked_prefix: str = "/"
) -> Iterator[Route]:
    """The routes of these patterns, and of all that they include."""
    for pattern in patterns:
        if not isinstance(pattern, URLPattern | URLResolver):
            yield Route(prefix, marked_prefix + MANY)
            continue
        for text, marked_text in _marked(pattern.pattern, isinstance(pattern, URLPattern)):
            whole = prefix + text.removeprefix("^").removesuffix("$")
            if isinstance(pattern, URLResolver):
                yield from routes_of(pattern.url_patterns, whole, marked_prefix + marked_text)
            else:
                yield Route(whole, marked_prefix + marked_text)


def _marked(pattern: Any, is_last: bool) -> Iterator[tuple[str, str]]:
    """Each text of the pattern, and how it is marked."""
    if isinstance(pattern, LocalePrefixPattern):
        # Where no middleware chooses a language, the one that is set need not be among the others.
        codes = [project.LANGUAGE_CODE, *(code for code, _ in project.LANGUAGES)]
        yield "<language>/", f"{OR.join(codes)}/"
        if not pattern.prefix_default_language:
            yield "", ""
        return

    def has_slashes(placeholder: re.Match[str]) -> bool:
        converter = pattern.converters.get(placeholder[1])
        return converter is None or _ONE_NAME.fullmatch(converter.regex) is None

    for text in _texts(pattern):
        if isinstance(pattern, RoutePattern):
            yield text, marked(text, _PLACEHOLDER, has_slashes)
        else:
            yield text, _marked_regex(text, is_last)


def _texts(pattern: Any) -> Iterator[str]:
    """What the pattern says; one that is translated, in each language."""
    if not any(isinstance(value, Promise) for value in vars(pattern).values()):
        yield str(pattern)
        return
    for code, _ in project.LANGUAGES:
        with translation.override(code):
            text = str(pattern)
        yield text


def _marked_regex(text: str, is_last: bool) -> str:
    """A plain one as a route. Of any other only its beginning is known, where it has one."""
    found = _PLAIN.match(text)
    if found is None:
        begins = _BEGINNING.match(text)
        return f"{_unescaped(begins['text']) if begins else ''}{MANY}/"
    # Without its end, a regular expression also matches what follows.
    is_whole = found["end"] if is_last else not found["slash"]
    return _unescaped(found["text"]) + ("" if is_whole else MANY)


def _unescaped(text: str) -> str:
    return text.replace("\\", "")


def is_all_there_is() -> bool:
    """Whether no middleware is known to answer where no route leads, as that of flatpages does, or
    to take the routes of some hosts from elsewhere."""
    return not any("fallback" in name.lower() for name in project.MIDDLEWARE or ()) and not any(
        name.endswith(_URLCONFS) and name != "ROOT_URLCONF" for name in dir(project)
    )


# What `manage.py check` says of the waiting room.


OURS = "vwr_middleware.django.WaitingRoomMiddleware"
#: Middleware that must see our answers too, so that they get CORS headers and go to https.
BEFORE_US = (
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
)
#: Middleware that would work for everybody who waits.
AFTER_US = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
)
#: Where all of Django's middleware is that would keep answers meant for one visitor.
CACHES = "django.middleware.cache."
MISSING = f"VWR is set, but its middleware is missing, so nobody waits: add {OURS} to MIDDLEWARE"
ELSEWHERE = (
    "If a function makes it, or our ASGI or WSGI middleware wraps the project, silence this check."
)
STANDS_BEFORE_LOGIN = (
    "room {room!r}: staff who are not signed in yet wait in line for {path!r}, as its paths cover"
    " the login: add that path to the room's EXCLUDE"
)
ANSWERED = (
    "If a middleware, handler404 or a WebSocket of Channels answers there, silence this check."
)


def check_settings(**_: Any) -> list[CheckMessage]:
    """Every problem of VWR."""
    try:
        settings = read_settings()
    except ConfigurationError as error:
        return _errors(error.problems)
    if not (settings.enabled and settings.templates):
        return []
    return _errors(template_problems(pages_of(settings), settings.rooms))


def _errors(problems: Iterable[str]) -> list[CheckMessage]:
    return [Error(f"VWR: {problem}", id="vwr.E001") for problem in problems]


def check_presence(**_: Any) -> list[CheckMessage]:
    """Whether MIDDLEWARE has ours: without it all else is well, and nobody waits."""
    if any(map(_is_ours, project.MIDDLEWARE or ())):
        return []
    with suppress(ConfigurationError):
        if read_settings().enabled:
            return [Warning(MISSING, hint=ELSEWHERE, id="vwr.W001")]
    return []


def _is_ours(name: str) -> bool:
    # Imported late: it imports this module.
    from vwr_middleware.django.middleware import WaitingRoomMiddleware

    with suppress(ImportError):  # Django tells of that
        found = import_string(name)
        return isinstance(found, type) and issubclass(found, WaitingRoomMiddleware)
    return False


def place_problems(**_: Any) -> list[CheckMessage]:
    """Whether the middleware stands in MIDDLEWARE once, after CORS and before sessions and
    cache."""
    middleware: Sequence[str] = project.MIDDLEWARE or ()
    if OURS not in middleware:  # the project may have a subclass of its own
        return []
    ours = middleware.index(OURS)
    found: list[CheckMessage] = []
    if OURS in middleware[ours + 1 :]:
        found.append(
            Error(f"leave only one {OURS} in MIDDLEWARE: people would wait twice", id="vwr.E004")
        )
    for name in middleware[ours + 1 :]:
        if not _kinds(name).isdisjoint(BEFORE_US):
            found.append(Warning(f"put {name} before {OURS} in MIDDLEWARE", id="vwr.W002"))
    for name in middleware[:ours]:
        after = f"put {name} after {OURS} in MIDDLEWARE"
        kinds = _kinds(name)
        if any(kind.startswith(CACHES) for kind in kinds):
            text = f"{after}: it caches responses meant for one visitor"
            found.append(Error(text, id="vwr.E002"))
        elif not kinds.isdisjoint(AFTER_US):
            found.append(
                Warning(f"{after}: it does needless work for everybody who waits", id="vwr.W003")
            )
    return found


def _kinds(name: str) -> set[str]:
    """The name of a middleware, and those of the classes of which it is one: pretix's sessions are
    a subclass of Django's."""
    kinds = {name}
    with suppress(Exception):  # a function has no bases, and what cannot be imported Django tells
        kinds.update(
            f"{kind.__module__}.{kind.__qualname__}" for kind in import_string(name).__mro__
        )
    return kinds


def check_views(**_: Any) -> list[CheckMessage]:
    """Whether every `@waiting_room` names a room, in the paths of no other and below no cache."""
    try:
        settings = read_settings()
    except ConfigurationError:
        return []
    if not settings.enabled:
        return []
    names = [room.name for room in settings.rooms]
    found: list[CheckMessage] = []
    for route, name, view in _decorated(get_resolver().url_patterns, "/"):
        if name not in names:
            found.append(Error(unknown_room(name, names), id="vwr.E003"))
        if _is_cached(view):
            found.append(Error(CACHED % (name, route), id="vwr.E005"))
        around = room_around(settings, route)
        if around not in (None, name):
            text = f"{route} has @waiting_room({name!r}) and already lies in room {around!r}"
            hint = "Remove the path from that room, or the decorator from the view."
            found.append(Warning(f"{text}: people would wait twice", hint=hint, id="vwr.W004"))
    return found


def check_paths(**_: Any) -> list[CheckMessage]:
    """Whether a route of the project leads to each path of a room."""
    with suppress(Exception):  # what is wrong with settings and routes is told elsewhere
        routes = routes_of(get_resolver().url_patterns)
        lines = astray(read_settings(), routes, only_near=not is_all_there_is())
        return [Warning(f"VWR: {line}", hint=ANSWERED, id="vwr.W005") for line in lines]
    return []


def check_logins(**_: Any) -> list[CheckMessage]:
    """Whether those who never wait, or who operate the panel, would wait for their login."""
    with suppress(Exception):
        return [
            Warning(f"VWR: {STANDS_BEFORE_LOGIN.format(room=room, path=path)}", id="vwr.W006")
            for room, path in logins_in_rooms(read_settings())
        ]
    return []


def log_what_is_astray() -> None:
    """Log what the checks say of the project's routes, which servers other than runserver never
    ask for."""
    for message in (*check_paths(), *check_logins()):
        if not message.is_silenced():
            warn_once("%s", message.msg)


def _decorated(patterns: Sequence[Any], prefix: str) -> Iterator[tuple[str, str, Any]]:
    """The routes of the project's decorated views, the rooms that they name, and the views."""
    for pattern in patterns:
        if not isinstance(pattern, URLPattern | URLResolver):
            continue  # Django tells of that
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _decorated(pattern.url_patterns, route)
        else:
            name = getattr(pattern.callback, "waiting_room", None)
            if isinstance(name, str):
                yield route, name, pattern.callback


def _is_cached(view: Any) -> bool:
    """Whether `cache_page` stands above `@waiting_room`, at the view or a class's `dispatch`."""
    of_class = getattr(getattr(view, "view_class", None), "dispatch", None)
    return _is_below_cache(view) or _is_below_cache(of_class)


def _is_below_cache(function: Any) -> bool:
    while hasattr(inner := getattr(function, "__wrapped__", None), "waiting_room"):
        # Django's wrappers hold functions that hold the middleware of the cache, or its class.
        if any(
            _is_cache(value) for part in _held_by(function) for value in (part, *_held_by(part))
        ):
            return True
        function = inner
    return False


# Only `type` is asked what a value is: all else would make a lazy object begin its work.


def _is_cache(value: Any) -> bool:
    kind = type(value)
    return issubclass(value if issubclass(kind, type) else kind, UpdateCacheMiddleware)


def _held_by(function: Any) -> Iterator[Any]:
    cells = function.__closure__ if type(function) is FunctionType else None
    for cell in cells or ():
        with suppress(ValueError):  # empty: its name never got a value
            held = cell.cell_contents
            yield from held if type(held) in (list, tuple) else (held,)
