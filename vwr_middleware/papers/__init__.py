"""The papers of a visitor, which prove a place or a session: tickets.py, tokens.py (access
tokens), signed by the keys of signing_keys.py, resume_codes.py, and request_ids.py, which clients
of AWS's API have for tickets; cookies.py makes the cookies for them, and digests.py digests of the
network and the person that they are for. agreement.py is the site's own paper, for load tests;
appointments.py proves when a newcomer may join, and puzzles.py that its browser has worked for it.
invitations.py proves that it is invited.
drawn_tickets.py knows what a ticket is worth since a draw.
"""
