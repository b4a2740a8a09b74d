"""The gate of one room: who passes, who waits, who enters, and what each of them is told.

All await nothing but the store, and that through the worker's desk.

What becomes of a request to a protected path:
    gate.py       decides; inside.py, about those with an access token; outside.py, about all others
    short_way.py  answers a crowd by what is remembered: of a Cookie header in holders.py, of the
                  others in guises.py, of the page in page_sheets.py
    turns.py      what a ticket is worth by now; watch.py and measured.py follow those inside

What is answered at the room's own addresses:
    endpoints.py  which address leads where
    polls.py      the status and the visitor's position, as prospects.py knows it for all who wait
    exchange.py   a visitor joins, claims, leaves; resume.py takes a place to another device
    previews.py   each state of the page to look at, in every room

What all of them work with is in tools.py: visit.py, one request and what is found out about it
once; papers.py, what it brings, and keepsakes.py, of a lost room; choices.py, what it wishes;
standing.py, where its visitor stands, and intervals.py, when to ask again; replies.py, how that is
told.
"""
