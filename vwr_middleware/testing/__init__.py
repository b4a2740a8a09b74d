"""For the tests of your app: its own waiting room, with a clock to move and a store to break.

room_for_tests(app) puts another room in the place of the app's own for a while; in pytest the
fixture `vwr_room`, beside this folder, does that for one test.

    room.py           that room: who is inside and who waits, and how time passes
    swap.py           how it takes the place of the room in an app of Starlette, Flask, Django
    clients.py        the clients that these frameworks bring for tests, as people with browsers
    crowd.py          people who come by themselves, wait and go in
    clock.py          the time, which moves only when told
    store_faults.py   a store that can be away, slow, or lose everything
"""

from vwr_middleware.testing.clock import Clock
from vwr_middleware.testing.room import RoomForTests, room_for_tests

__all__ = ["Clock", "RoomForTests", "room_for_tests"]
