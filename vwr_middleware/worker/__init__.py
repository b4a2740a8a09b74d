"""What one worker process knows of the rooms, and its way to the store.

The way to the store:
    desk.py       asks the store for everybody in this process
    sharing.py    lets several requests share one round trip; patient.py: joins that wait for it
    breaker.py    the circuit breaker: asks seldom while the store does not answer (outage.py)
    recall.py     reads the rooms, and rebuilds lost ones; asking.py: what it hands in with that
    meetings.py   notices that a ticket or token, or the store, is of another room: strangers.py
    endings.py    tells the store which sessions end early
    moving.py     tells the store which places move to another device, or are given up

What the process knows of one room between two visits to the store (room_view.py):
    current_room.py  the room by now: its snapshot, and what was heard since
    freshness.py  how old a snapshot may be
    guests.py     who is inside; ended.py: whose session is over; devices.py: who holds a place
    called.py     for which of the called to ask the store, by slots.py, doorway.py and grants.py
    arrivals.py   how fast people join, at other workers too
    presence.py   who has polled
    lookout.py    what operators want to know: waits, shared sessions
    load.py       how the wrapped app fares
    noted.py      how things known only for a while are kept and dropped

What it tells others:
    estimates.py  visitors: how long they may still wait; spreads.py: how far off that may be
    herald.py     hooks and the log: what has happened
    bulletin.py   other workers: what it counts (tally.py, guesses.py)
"""
