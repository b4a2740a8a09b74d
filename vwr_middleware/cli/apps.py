"""The settings that an app has in its code, for `vwr check --app main:app`."""

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import click

from vwr_middleware.client import WaitingRooms
from vwr_middleware.settings import Settings, chosen
from vwr_middleware.site.routing import Site
from vwr_middleware.startup.checks import only_looking

#: No app has more middlewares around it than this.
_LAYERS_MOST = 20
#: Where wrappers and frameworks keep what is inside of them, and what was put around them.
_WITHIN = ("app", "wsgi_app", "asgi_app", "asgi_handler", "application")

_NO_ROOM = (
    "{name} has no waiting room around it, as far as can be seen: name what the server is given, or"
    " set VWR_SECRET_KEY, VWR_PATHS and so on as the app has them and leave --app out"
)


def load(name: str) -> Any:
    """The app of this name, `module:app` as for a server, or `module:make_app()`. No file is made
    for it."""
    module, _, attribute = name.partition(":")
    attribute, call, _ = (attribute or "app").partition("(")
    try:
        with only_looking():
            app: Any = import_module(module)
            for part in attribute.split("."):
                app = getattr(app, part)
            return app() if call else app
    except ModuleNotFoundError as error:
        if (error.name or "") not in (module, module.partition(".")[0]):
            raise
        raise click.UsageError(
            f"there is no module {module!r} here: run this where the app is"
        ) from error
    except AttributeError as error:
        if module not in sys.modules:
            raise
        raise click.UsageError(f"{module} has no {attribute!r}") from error


def settings_in(app: Any, name: str) -> Settings:
    """The settings of the app's waiting room. Raises click.UsageError if it has none."""
    found = settings_of(app)
    if found is None:
        raise click.UsageError(_NO_ROOM.format(name=name))
    return found


def settings_of(app: Any) -> Settings | None:
    """The same; None if the app has none, as far as can be seen."""
    if type(app).__module__.startswith("django.core.handlers."):
        from vwr_middleware.django.settings import read_settings

        return read_settings()
    for layer in _layers(app):
        rooms = getattr(layer, "extensions", {})
        rooms = rooms.get("vwr") if isinstance(rooms, dict) else None
        if isinstance(rooms, WaitingRooms):
            return rooms.settings
        site = getattr(layer, "site", None)
        if isinstance(site, Site):
            return site.settings
        for kind, given in _added(layer):
            if getattr(kind, "__module__", "").startswith("vwr_middleware."):
                return _settings_by(given)
    return None


def _layers(app: Any) -> Iterator[Any]:
    """The app, and what is inside of it, each once."""
    seen: list[Any] = []
    fresh = [app]
    while fresh and len(seen) < _LAYERS_MOST:
        layer = fresh.pop(0)
        if layer is None or any(layer is one for one in seen):
            continue
        seen.append(layer)
        yield layer
        fresh.extend(getattr(layer, name, None) for name in _WITHIN)


def _added(layer: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The middlewares that Starlette will put around an app when it starts."""
    added = getattr(layer, "user_middleware", ())
    for middleware in added if isinstance(added, list) else ():
        yield middleware.cls, dict(middleware.kwargs)


def _settings_by(given: dict[str, Any]) -> Settings:
    site, settings = given.pop("site", None), given.pop("settings", None)
    return chosen(given, settings, site and site.settings)
