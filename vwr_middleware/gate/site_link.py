"""Where a page leads from which it goes no further, such as that of a closed room: to the site."""

from collections.abc import Callable
from functools import lru_cache

from vwr_middleware.settings import Settings
from vwr_middleware.web.next_url import written
from vwr_middleware.web.paths import PathRule


class SiteLink:
    """The site's address for visitors who have no reason to stay."""

    def __init__(self, settings: Settings) -> None:
        self._told = settings.site_url
        self._rules = [
            PathRule(room.paths, room.exclude)
            for room in settings.rooms
            if not room.methods or "GET" in room.methods
        ]
        #: By what the app is mounted at; "" if no address is known that needs no waiting.
        self.at: Callable[[str], str] = lru_cache(maxsize=64)(self._find)

    def _find(self, mount: str) -> str:
        root = f"{mount}/"
        if self._told:
            return self._told
        is_protected = any(rule.covers("/", root, mount) for rule in self._rules)
        return "" if is_protected else written(root)
