"""The little HTTP that the gate speaks, and what may be believed of a request.

No room is known here: only requests, replies, addresses, proxies and cookies.
"""
