"""The gate of one room: who passes, who waits, who enters, and what each of them is told.

Its coroutines await nothing but the store, through the worker's desk.

What becomes of a request to a protected path:
    gate.py         decides: by admitted.py if there is an access token, else by waiting.py
    short_way.py    the quick answers to a crowd, from what is remembered: of the Cookie header
                    (ticket_cache.py), of the other headers (guises.py), and of the page
                    (page_cache.py)
    joining.py      who joins takes a place; hidden_tickets.py: but not whose browser hides one
    turns.py        what a ticket is worth by now
    cut_off.py      what is owed to those whose tokens ran out while the store was away
    watch.py        whether the session of an open connection still runs
    worker/app_load     how long the app takes for a request, for the adaptive strategy

What is answered at the room's own addresses:
    endpoints.py    which address leads where
    polls.py        the public status and the visitor's own position
    join_claim_leave.py     a visitor joins, claims or leaves
    small_pages.py  pages of one sentence: no such address, and whether to leave the line
    resume.py       a place moves to another device, by a resume code
    previews.py     each state of the waiting page, to look at

What all of these use (room_context.py holds it together):
    visit.py        one request, and what is found out about it once
    visitor_papers.py  the tickets and access tokens that it brings, found and read once
    room_papers.py       the papers of one room: how they are made, and what a worker knows of them
    app_functions.py        what the app's own functions say of the request
    choices.py      what the visitor has chosen on the page
    answer_cache.py     what all who wait are told alike, made once for each reading of the room
    standing.py     where the visitor stands
    intervals.py    when the visitor should ask again
    replies.py      how that is told, as a page or as JSON
"""
