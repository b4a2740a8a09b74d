"""A virtual waiting room in front of any ASGI or WSGI app.

What an app imports:
    asgi, wsgi, django, flask.py, starlette.py
                        the adapters, which turn a framework's requests into ours and replies back;
                        decorated.py: what their decorators of single views share
    settings            what can be set
    inlet.py            inlet strategies; adaptive.py: the adaptive one
    types.py, events.py, errors.py
                        what the app's own functions meet
    client.py           ends sessions from anywhere

What a request goes through, from the outside in:
    site.py             which path goes where; ways.py: how requests to one path are answered
    rooms.py            which room protects a request
    gate                one room's gate: who passes, who waits, who enters
    panel               the control panel and its API
    papers, pages, web  tickets and tokens; the waiting page; the little HTTP that all speak
    worker              what a process knows of the rooms, and its way to the store
    stores              keep the rooms' numbers, by the steps and the rule in line

What these share:
    keys.py             keys derived from the secrets
    strategies.py       inlet strategies by name
    user_functions.py   how functions of the user's are called
    blocking.py         how blocking code runs coroutines
    assets.py           where our files are
    extras.py           packages that only some apps need
    unheard.py          what the log says where nobody has set up logging

What is checked before the first visitor:
    start_up.py         the store's file, and settings that work but should not stay so
    own_templates.py    a user's own templates
    wrapping.py         the app that is put into an adapter; cors_layers.py: whether it answers
                        preflights
    routes.py           whether the paths lead somewhere
    servers.py          what the server tells of its workers

The `vwr` command is in cli (__main__.py runs it too), with demo and simulate.
"""

__version__ = "0.1.0"
