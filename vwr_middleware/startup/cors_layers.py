"""Whether a wrapped app has a layer that answers every preflight before any view."""

from functools import cached_property
from typing import Any

from vwr_middleware.startup.wrapped_app import DEEPEST, wrapped_by
from vwr_middleware.web.http import Request


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
