"""The store of one process: each part of a room as plain Python.

store.py has the methods of a store and puts the rooms together. A room consists of its parts.py,
bits.py, lists.py and moves.py; board.py is what all rooms share.
"""

from vwr_middleware.stores.memory.store import MemoryRooms, MemoryStore

__all__ = ["MemoryRooms", "MemoryStore"]
