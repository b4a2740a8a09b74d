"""The papers of a visitor, which prove a place or a session: tickets.py, tokens.py (access tokens,
with the keys of signing_keys.py) and resume_codes.py; cookies.py makes the cookies for them,
digests.py marks of the network they are for, and identities.py digests of who they are for.
"""
