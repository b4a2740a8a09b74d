"""The store of one process: store.py has its rooms, and what workers share besides; parts.py is
what a room consists of.
"""
