"""What one worker process knows of the rooms, and its way to the store.

The way to the store:
    store_access.py      asks the store for everybody in this process
    sharing.py           lets several requests share one round trip; how old a snapshot may be
    circuit_breaker.py   asks seldom while the store does not answer
    overload.py          how many newcomers may join
    join_cost.py         what a join costs, and so how many are possible
    appointment_book.py  when the others are to come again
    poll_spacing.py      how much later those far back are to ask
    refresh.py           what it hands in to read the rooms, and how it rebuilds lost ones
    room_identity.py     notices that a ticket or token, or the store, is of another room
    other_rooms.py       what is known of such rooms
    ending_sessions.py   tells the store which sessions end early

What the process knows of one room between two visits to the store:
    room_view.py         the snapshot, who has polled, how fast people join
    known_draw.py        what is known of a room's draw, by readings and by tickets
    known_sessions.py    who is inside, and whose session is over
    devices.py           which device holds a place
    called.py            for which of the called to ask the store
    app_load.py          how the wrapped app fares
    lane_waits.py        how long those had waited who entered, by lane
    stock_asking.py      asks the app how much is left to sell
    beacon_asking.py     asks for the public value that a draw mixes in

What it tells others:
    wait_estimates.py    visitors: how long they may still wait
    wait_ranges.py       visitors: how far off that may be
    people_behind.py     visitors: how many wait behind, and how many went in lately
    stock_buyers.py      visitors: which part of those who come in buys
    stock_odds.py        visitors: whether what is left will reach them
    events_and_log.py    hooks and the log: what has happened
    shared_counts.py     other workers: what it counts
    wrong_passwords.py   operators, the log and metrics: passwords that were tried

Besides:
    rounds.py         what it does again and again beside the requests
    current_room.py   A room as one worker knows it by now: its latest snapshot, and the store's
                      answers since then
"""
