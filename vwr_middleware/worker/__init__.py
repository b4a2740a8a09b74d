"""What one worker process knows of the rooms, and its way to the store.

`desk.py` asks the store for everybody in this process; `room_view.py` is what is known of one room
between two visits to it. The rest are the parts of these two.
"""
