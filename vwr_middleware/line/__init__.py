"""How a line moves: pure functions of a room's state and the time.

Every store keeps these rules. memory/, sqlite/ and postgres/ of the stores run this code; Redis
runs the same in Lua, from files with the same names.

What a room is, and what is said of it:
    state.py             its numbers, and its parts with a row for each visitor
    bits.py              bitmaps with a bit for each position: present, spent, and so on
    clock.py             store time
    clock_in_doubt.py    a clock that is far ahead is not followed for a moment
    messages.py          what workers bring and get back
    snapshot.py          what a worker reads of a room
    subscriptions.py     what people leave so as to be told of their turn while away
    session_ids.py       how a session is known everywhere
    constants.py         the constants of all rules

What a step does (expiry.py begins each):
    visitor_steps.py     join, knock, claim, leave
    session_steps.py     renew, end, bring back a session
    operator_steps.py    call, change, reset, restore
    resume_codes.py      moving a place to another device
    notices.py           telling people who are away that their turn has come
    refresh.py           a worker hands in what it noticed, and reads the room

The rules:
    calling.py           how far the serving counter goes, whom it passes over, who may still come
    capacity.py          how many may be inside, and how fast people may come
    shadow.py            who would have had to wait, while everybody comes in at once
    shadow_numbers.py    what is kept of the room that it imagines
    expiry.py            sessions that run out, and claims that nobody confirmed
    outcomes.py          what became of sessions, for operators
    minutes.py           what each minute brought, for thirty days
    day_log.py           when each visitor of the day joined, was called, went in and left
    held_slots.py        for whom of the called a slot is held, and who has missed a turn
    quiet_hours.py       when nobody's turn runs out, and nobody is told of it
    openings.py          when it opens and closes, and what is in force by that
    schedule.py          what happens at a time that was set before
    places.py            where a place stands, and which device holds it
    poll_horizon.py      up to which position the room must know who is present
    data_loss.py         a room that its store has lost, or has an older state of
    store_came_back.py   a room gives no number and no slot for a moment after its store came back
    lanes.py             parts of the line, each with its share of the positions
    lane_numbers.py      which number a position has in its lane, found at once
    lane_minutes.py      what each minute brought to each lane, for thirty days
    told_ranges.py       ranges of waits that people were told, and the record of them
    worker_reports.py    load, and what only operators want to know
    draw.py              who registers before the opening, and the draw as it comes
    draw_numbers.py      what a room keeps of its draw
    drawn_lanes.py       the same where each lane is drawn by itself
    stock.py             what is left to sell, and whether that closes the line
"""
