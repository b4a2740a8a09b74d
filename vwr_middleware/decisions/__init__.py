"""Decisions for proxies that ask first: may this request go on to the app?

A proxy asks at `/vwr/auth/<proxy>` about a request that it has in hand. It lets the request through
if the answer is a 200. Otherwise the visitor sees our answer, where the proxy shows it, or the
proxy sends the same request to `/vwr/auth/page`, which answers it.

decisions.py         answers, from what the gate says of the request that is asked about
original_request.py  the request that is asked about, as the gate reads it
dialects.py          what each proxy says of that request, and how it understands a no
permission.py        who may ask: the proxy's networks, and a key that it sends
"""
