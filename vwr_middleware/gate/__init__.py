"""The gate of one room: who passes, who waits, who enters, and what each of them is told.

Its coroutines await nothing but the store, through the way of the worker to the store.

What becomes of a request to a protected path:
    gate.py              decides: by admitted.py if there is an access token, else by waiting.py;
                         a crowd first by a short way, from what is remembered
    admitted.py          visitors who are inside: let through, renewed, or told that it is over
    waiting.py           all others: they join, wait, are called, and enter in order
    turns.py             what a ticket is worth by now
    store_outage.py      what is answered while the store is away
    turned_away.py       what newcomers get for whom an overloaded worker has no place yet

What is answered at the room's own addresses:
    endpoints.py         which address leads where
    polls.py             the public status and the visitor's own position
    static_door.py       a page that caches hand to everybody, and that asks for a place later
    opening.py           when a scheduled room opens, for a calendar
    draw_file.py         what proves a draw, for everybody
    slow_lane.py         the appeal of somebody who is called after the others
    invited.py           who is invited, and what invitations lead to
    puzzle_page.py       a newcomer's browser solves a puzzle first
    join_claim_leave.py  a visitor joins, claims or leaves
    keeping.py           an open page keeps its visitor's session
    completion.py        a visitor who is done ends the session
    resume.py            a place moves to another device, by a resume code
    subscribing.py       somebody in line asks to be told of the turn while away
    previews.py          each state of the waiting page, to look at
    public_keys.py       with what, and where, other programs verify access tokens
    small_pages.py       an address that does not exist, and the question before leaving

What all of these use (room_context.py holds it together):
    visit.py             one request, what is found out about it once, and what its visitor chose
    visitor_papers.py    the tickets and tokens that it brings, of this room or a lost one
    room_papers.py       how those of this room are made, and what is known of them
    app_functions.py     what the app's own functions say of the request
    standing.py          where the visitor stands
    site_link.py         where those go who have no reason to stay
    intervals.py         when the visitor should ask again
    replies.py           how that is told, as a page or as JSON

What is remembered, so that a crowd costs little:
    ticket_cache.py      who waits, by the Cookie header
    answer_cache.py      what all who wait are told alike, made once for each reading of the room
    lane_answers.py      the same in a room with lanes, by lane
    page_cache.py        pages, from parts that many share
"""
