"""The settings of a Django project, and its rooms."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from reprlib import repr as shown
from typing import Any

from django.apps import apps
from django.conf import settings as project

from vwr_middleware.client import WaitingRooms
from vwr_middleware.django.databases import store_of
from vwr_middleware.django.staff import opened_to_staff
from vwr_middleware.django.stock import with_closed_connections
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import Settings
from vwr_middleware.site.routing import Site

#: The site of this process, once it has one: its worker refuses ended sessions at once.
_site: Site | None = None

#: Settings that say who operates the panel; where none is given, Django's staff does.
_WAYS_IN = ("admin_auth", "admin_password", "admin_operators")

_NO_MAPPING = 'VWR is missing or not a dictionary: set VWR = {"PATHS": ["/tickets"]} in settings'

_PREFLIGHTS = (
    "preflights cannot be true in Django, whose views answer every method: put CorsMiddleware"
    " before our middleware, where it answers preflights, or set CORS_ORIGINS in VWR"
)


def read_settings() -> Settings:
    """What VWR says, with the project's own secret where it names none.

    Not only Django's middleware lets staff by: so does ours for ASGI apps around what Django does
    not serve, such as WebSockets. Raises ConfigurationError with every problem.
    """
    given = getattr(project, "VWR", None)
    if not isinstance(given, Mapping):
        raise ConfigurationError([_NO_MAPPING])
    mapping: dict[str, Any] = {
        name: value for name, value in given.items() if str(name).upper() != "BYPASS_STAFF"
    }
    named = {str(name).lower() for name in mapping}
    if "secret_key" not in named:
        mapping["SECRET_KEY"] = [project.SECRET_KEY, *project.SECRET_KEY_FALLBACKS]
    if knows_staff() and named.isdisjoint(_WAYS_IN):
        mapping["ADMIN_AUTH"] = staff_of_django
    problems, bypass = list(_resolve_store(mapping)), bypasses_staff()
    if not isinstance(bypass, bool):
        problems.append(f"bypass_staff must be true or false, not {shown(bypass)}")
    try:
        settings = Settings.from_mapping(mapping)
    except ConfigurationError as error:
        problems.extend(error.problems)
    else:
        problems.extend({_PREFLIGHTS for room in settings.rooms if room.preflights})
    if problems:
        raise ConfigurationError(problems)
    settings = with_closed_connections(settings)
    return opened_to_staff(settings) if bypass else settings


def _resolve_store(mapping: dict[str, Any]) -> Sequence[str]:
    """Put the URL in the place of "django"; the problems if there is none."""
    try:
        for name in [name for name in mapping if str(name).lower() == "store"]:
            mapping[name] = store_of(mapping.pop(name))
    except ConfigurationError as error:
        return error.problems
    return ()


def staff_of_django(request: Any) -> Any:
    """See `operators.staff`, which can be imported only when Django's apps are loaded."""
    from vwr_middleware.django.operators import staff

    return staff(request)


def _login(back: str) -> str:
    from vwr_middleware.django.operators import login

    return login(back)


staff_of_django.login = _login  # type: ignore[attr-defined]


def knows_staff() -> bool:
    """Whether the project has the apps that know who is staff."""
    needed = ("django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions")
    return apps.apps_ready and all(map(apps.is_installed, needed))


def bypasses_staff() -> object:
    """What VWR says of whether staff never waits. It may be no bool."""
    given = getattr(project, "VWR", None)
    mapping = given if isinstance(given, Mapping) else {}
    return next((v for n, v in mapping.items() if str(n).upper() == "BYPASS_STAFF"), False)


def remember(site: Site | None) -> Site | None:
    """A middleware of this process works with this site, or none does; returns the one before."""
    global _site
    before, _site = _site, site
    waiting_rooms.cache_clear()
    return before


@lru_cache(maxsize=1)
def waiting_rooms() -> WaitingRooms:
    """The project's rooms: `waiting_rooms()["main"].complete(session_id)`, from anywhere."""
    return WaitingRooms(site=_site) if _site else WaitingRooms(read_settings())
