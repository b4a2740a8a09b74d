"""Everything that can be set, read from keywords, mappings or the environment, and checked.

settings.py has what is set for all, room.py what is set for one room: each setting with its kind
and its default, which fields.py reads. reading.py turns mappings, the environment and lists of
rooms into settings by name. clashes.py finds names that are in each other's way.

A kind checks one value: those of numbers, times, texts and lists are in kinds.py, of paths, hosts,
names and keys in web.py, of looks in look.py, of the user's functions in functions.py, of
strategies in inlets.py.
"""

from vwr_middleware.settings.room import RoomSettings
from vwr_middleware.settings.settings import Settings, chosen

__all__ = ["RoomSettings", "Settings", "chosen"]
