"""What one worker process knows of the rooms, and its way to the store.

The way to the store:
    store_access.py       asks the store for everybody in this process
    sharing.py    lets several requests share one round trip; patient.py: joins that wait for it
    circuit_breaker.py    the circuit breaker: asks seldom while the store does not answer
                          (outage.py)
    refresh.py     reads the rooms, and rebuilds lost ones; asking.py: what it hands in with that
    room_identity.py   notices that a ticket or token, or the store, is of another room:
                       other_rooms.py
    ending_sessions.py    tells the store which sessions end early
    moving.py     tells the store which places move to another device, or are given up

What the process knows of one room between two visits to the store (room_view.py):
    current_room.py  the room by now: its snapshot, and what was heard since
    freshness.py  how old a snapshot may be
    known_sessions.py     who is inside; ended.py: whose session is over; devices.py: who holds a
                          place
    called.py     for which of the called to ask the store, by slots.py, doorway.py and grants.py
    arrivals.py   how fast people join, at other workers too
    presence.py   who has polled
    lookout.py    what operators want to know: waits, shared sessions
    app_load.py       how the wrapped app fares
    noted.py      how things known only for a while are kept and dropped

What it tells others:
    wait_estimates.py  visitors: how long they may still wait; spreads.py: how far off that may be
    events_and_log.py     hooks and the log: what has happened
    shared_counts.py   other workers: what it counts (tally.py, wrong_passwords.py)
"""
