"""The gate of one room: who passes, who waits, who enters, and what each of them is told.

`gate.py` decides about requests to protected paths, `endpoints.py` answers at the room's own
addresses. Both await nothing but the store, and that through the worker's desk.
"""
