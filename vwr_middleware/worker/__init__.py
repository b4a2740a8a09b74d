"""What one worker process knows of the rooms, and its way to the store.

The way to the store:
    desk.py      asks it for everybody in this process; sharing.py, for several with one round trip
    breaker.py   asks it seldom while it does not answer
    recall.py    reads the rooms, lost ones too; asking.py says what is handed in with that
    meetings.py  notices that a paper, or the store, is of another room: strangers.py
    endings.py   tells it which sessions end early; moving.py, which places move or are given up

What this process knows of one room between two visits to the store is room_view.py, for as long as
freshness.py says:
    guests.py    who is inside; ended.py, whose session is over; devices.py, who holds which place
    called.py    for which of the called to ask the store: slots.py, doorway.py, grants.py
    arrivals.py  how fast people join, at other workers too
    presence.py  who has polled; lookout.py, what operators want to know; load.py, how the app fares
    noted.py     how what is known for a while only is kept and dropped

What it tells: estimates.py, to people, how long they may still wait, and spreads.py, how far off
that may be; herald.py, to hooks and the log, what has happened; bulletin.py, to other workers, what
it counts: tally.py.
"""
