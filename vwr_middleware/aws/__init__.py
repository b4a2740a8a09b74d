"""The public and the private API of AWS's Virtual Waiting Room, which AWS has retired, in front of
our rooms: a site that was built on it goes on by changing a URL.

`vwr serve --aws` serves it; `AwsApi` in mounted.py is an ASGI app to mount.

mounted.py         the ASGI app
api.py             which call is at which path, and who may make it
visitor_calls.py   the public calls: join, ask, get the tokens
operator_calls.py  the private calls: call people, end sessions, count, reset
public_numbers.py  what a crowd reads again and again, answered at a glance
events.py          a room as this API knows it, by its event id
parameters.py      what a call takes, and what is wrong with it
answers.py         how it is answered: JSON that scripts of every origin may read
entry_times.py     when places were taken, as far as this worker has seen
token_set.py       the three tokens, and the public key that verifies them

It decides nothing: the gate says who waits and who enters, and operators' calls are the panel's.
"""

from vwr_middleware.aws.mounted import AwsApi

__all__ = ["AwsApi"]
