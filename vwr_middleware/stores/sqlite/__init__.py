"""The store of one machine.

Each part of a room is in tables of one file:
    store.py   the store: runs a step in a transaction
    connection.py  opens the file, makes its tables, waits for a turn to write
    tables.py  the tables, and how a room's numbers are packed in them
    rooms.py   the rooms during a transaction, put together from what follows
    rows.py    what is the same for all tables of a room
    parts.py   sessions and the door
    bits.py    bitmaps
    lists.py   the list of ended sessions, and rows for operators
    moves.py   moved places, resume codes and identities
    board.py   what workers share besides rooms
    check.py   what can be wrong with a file, and the fix
"""
