"""What one worker process knows of the rooms, and its way to the store.

`desk.py` asks the store for everybody in this process. `room_view.py` is what this process knows of
one room between two visits to the store. The other files are parts of these two.
"""
