"""The room as an OpenID provider, which says of a visitor: this one has had a turn.

Whoever is sent here by a client (`openid_clients`) waits as at a protected path, and goes back to
the client with a code, which it exchanges for tokens. Needs the extra `openid`.

    provider.py    the addresses below /vwr/<room>/openid/: what is answered at each
    signing_in.py  through the waiting room and back to the client with a code
    exchange.py    what clients ask by themselves: tokens for a code, and what these are worth
    logout.py      a client ends the session of its visitor
    server.py      which clients there are, and what they may ask for
    rules.py       the rules of OAuth 2.0 and OpenID Connect, on Authlib
    codes.py       codes, sealed: all that is known of a sign-in is in them
    tokens.py      access tokens and ID tokens for clients
    fields.py      what is sent in a query or a form, each parameter once
    document.py    what the discovery document says of all this
"""
