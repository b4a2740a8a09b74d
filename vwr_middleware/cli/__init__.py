"""The `vwr` command: start.py begins it in a shell, and in_flask.py below `flask`.

base.py is the command itself, and how it fails; commands.py has it with all of its commands, and
gives it to a framework's own shell. The commands are in looking.py, report.py, replay.py,
steering.py, invite.py, messages.py, alarms.py, schedule.py, service.py, store.py, verify_draw.py
and without_room.py.
asking.py asks before what could hurt; apps.py finds an app's settings in its code; show.py draws
rooms, sparkline.py how they went, and watch.py both anew each second; check.py finds what is wrong
with a configuration, and safety.py what works and yet lets in whom it should not.

They reach a room (reach.py) by its store or by its panel's URL. Both ways have the same methods, of
which `ask` goes by the control API's own table.
"""

NEEDS = 'vwr needs click and rich: pip install "vwr-middleware[cli]"'
