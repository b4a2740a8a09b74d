"""The store for sites that have PostgreSQL: each step is one call of a function there.

A step:
    store.py       the store: tries a step, without the room's lock or with it
    attempts.py    steps that are done to the room as it is known, and whose changes are to be kept
    calls.py       what is asked in one trip, and what the answer says
    rooms.py       a room during a step, and what workers share besides
    kept_room.py   how a room's numbers are packed in its row
    parts.py       what a room consists of, as rows: sessions, held slots, bitmaps, lists
    subscriptions.py  the same for those who want to be told of their turn
    known_rows.py  the rows that this worker knows, and those that a step misses and changes

The server:
    schema.py      our tables and our function: all statements that a DBA may want to read
    migration.py   the same, run before the app starts, or printed
    rights.py      what a worker's user must be allowed there
    check.py       what keeps a server from being a store, and how the schema is made
    urls.py        the store's URL, taken apart
    link.py        the way to the server: one connection, whose users take turns
    connection.py  a connection, on libpq alone
    reasons.py     why a server gave no answer, and the fix
"""
