"""Everything that can be set, read from keywords, mappings or the environment, and checked."""

from vwr_middleware.settings.room import RoomSettings
from vwr_middleware.settings.settings import Settings, chosen

__all__ = ["RoomSettings", "Settings", "chosen"]
