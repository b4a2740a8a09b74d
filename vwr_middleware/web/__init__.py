"""The little HTTP that the gate speaks, and what may be believed of a request.

How a line moves is not known here: only requests, replies, what an app sees of a session,
addresses, proxies and cookies.
"""
