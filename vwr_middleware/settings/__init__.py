"""Everything that can be set, read from keywords, mappings or the environment, and checked."""

from vwr_middleware.settings.fields import SettingRow
from vwr_middleware.settings.room import RoomSettings
from vwr_middleware.settings.settings import Settings, chosen, describe

__all__ = ["RoomSettings", "SettingRow", "Settings", "chosen", "describe"]
