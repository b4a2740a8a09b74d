"""The store of one machine: each part of a room in tables of one file.

store.py has the methods of a store, opens the file and waits for its turn. tables.py has the
tables, rooms.py puts a room together of its parts.py, bits.py, lists.py and moves.py, and board.py
is what all rooms share. check.py tells what is wrong with a file.
"""

from vwr_middleware.stores.sqlite.store import PATIENCE, SqliteStore

__all__ = ["PATIENCE", "SqliteStore"]
