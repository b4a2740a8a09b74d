"""Everything that can be set, read from keywords, mappings or the environment, and checked.

The settings, each with its kind and its default:
    settings.py   what is set for the whole site
    room.py       what is set for one room
    fields.py     how these two classes are read, all problems together
    reading.py    from mappings, the environment and lists of rooms to settings by name
    clashes.py    settings that are in each other's way
    contradictions.py  the same among those of one room, also as operators change them

The kinds, each of which checks one value:
    kinds.py      numbers, lengths of time, moments, texts, lists, functions, strategies
    look_kinds.py  the look of the waiting page, and what of it cannot be read
    slow_kinds.py  who is called after the others, and the way back
    lane_kinds.py  lanes with their shares
    web_kinds.py  paths, hosts, methods, origins, names
    message_kinds.py  the operator's message in full, and prepared ones
    alarm_kinds.py  from where on something is an alarm, and who is told
    draw_kinds.py  the public value of a draw, and where it comes from
    opening_kinds.py  when a room opens and closes, several times
    token_kinds.py  how access tokens are signed, by which keys, and whose they are
    openid_clients.py  the clients of the OpenID provider
    operators.py       operators with a role of their own in some rooms or all
    push_services.py  which push services may be called
    quiet_hours.py  hours of the day in which nobody's turn runs out
    secrets.py    what nobody may guess: secrets, keys, passwords
"""

from vwr_middleware.settings.room import RoomSettings
from vwr_middleware.settings.settings import Settings, chosen

__all__ = ["RoomSettings", "Settings", "chosen"]
