"""A virtual waiting room in front of any ASGI or WSGI app.

What an app imports:
    asgi, wsgi, django, flask.py, starlette.py
                      the doors: each turns its framework's requests into ours, and replies back
    settings          what can be set; inlet.py and adaptive.py, strategies for it; types.py,
                      events.py and errors.py, what the app's own functions meet
    client.py         sessions ended from anywhere

What a request goes through: a door asks site.py, which knows the way of each path (ways.py) and
asks the gate of a room (rooms.py says which) or, below the panel's path, the panel. Both work with
a worker's knowledge of the room (worker), which it has from a store (stores), in the words of line.
The gate reads papers and renders pages; web is the little HTTP of all.

What those share: keys.py derives keys. strategies.py knows strategies by name. user_functions.py
asks functions of the user's. blocking.py runs coroutines where nothing may wait. assets.py finds
our files.

What is looked at before the first visitor: start_up.py and own_templates.py, what the settings
name; wrapping.py, the app that is put into a door; routes.py, whether paths lead somewhere.
decorated.py has what the doors' decorators of single views share.

The `vwr` command is in cli, also as __main__.py; it starts demo and simulate.
"""

__version__ = "0.1.0"
