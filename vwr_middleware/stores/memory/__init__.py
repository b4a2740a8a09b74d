"""The store of one process.

Each part of a room is plain Python:
    store.py   the store, and its rooms put together from what follows
    parts.py   sessions and the door
    bits.py    bitmaps
    lists.py   the list of ended sessions, and rows for operators
    moves.py   moved places, resume codes and identities
    board.py   what workers share besides rooms
"""
