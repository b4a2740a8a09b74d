"""The `vwr` command: start.py begins it in a shell, and in_flask.py below `flask`.

base.py is the command itself, and how it fails; commands.py has it with all of its commands, and
gives it to a framework's own shell. The commands are in looking.py, steering.py, restoring.py,
previewing.py and without_room.py. asking.py asks before what could hurt, show.py draws rooms, and
check.py finds what is wrong with a configuration, also with that in an app's code (apps.py), and
safety.py whom it lets in that it should not.

They reach a room (reach.py) by its store (direct.py) or by its panel's URL (remote.py). Both ways
have the same methods, of which `ask` goes by the control API's own table.
"""

NEEDS = 'vwr needs click and rich: pip install "vwr-middleware[cli]"'
