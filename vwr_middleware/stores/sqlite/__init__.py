"""The store of one machine.

Each part of a room is in tables of one file:
    store.py   the store: opens the file, waits for its turn, runs a step in a transaction
    connection.py  a connection to the file, which waits for its turn to write
    tables.py  the tables, and how a room's numbers are packed in them
    rooms.py   the rooms during a transaction, and what workers share besides
    parts.py   sessions, held slots, lists, moved places, resume codes, identities
    bits.py    bitmaps
    rows.py    the rows that belong to one room, in any of the tables
    check.py   what can be wrong with a file, and the fix
"""
