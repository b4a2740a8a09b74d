"""A virtual waiting room in front of any ASGI or WSGI app.

What an app imports:
    asgi, wsgi, django, flask.py, starlette.py
                        the adapters, which turn a framework's requests into ours and replies back
    settings            what can be set
    inlet               inlet strategies; adaptive.py: the adaptive one
    types.py, events.py, errors.py
                        what the app's own functions meet
    client.py           ends sessions from anywhere
    testing             a room for an app's own tests; pytest_plugin.py: its fixture
    aws                 AWS's API, an ASGI app to mount
    verify              verifies access tokens in services that are not behind the room

What a request goes through, from the outside in:
    site                which path goes where, and which room protects a request
    gate                one room's gate: who passes, who waits, who enters
    openid              signs in visitors of other apps, who have had their turn
    decisions           the same, told to a proxy that asks first
    panel               the control panel and its API
    report              what a sale was like
    alarms              tell operators that something is wrong
    notices             tell people who are away that their turn has come
    papers, pages, web  tickets and tokens; the waiting page; the little HTTP that all speak
    draw                the fair draw of those who came before the opening
    worker              what a process knows of the rooms, and its way to the store
    stores              keep the rooms' numbers, by the steps and the rule in line

What these share:
    keys.py             keys derived from the secrets
    spoken.py           texts of the core that operators read in their language
    user_functions.py   how functions of the user's are called
    blocking.py         how blocking code runs coroutines

What is checked before the first visitor is in startup. The `vwr` command is in cli (__main__.py
runs it too), with demo, simulate, loadtest and drill. The room as a service of its own (`vwr
serve`) is in serve.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    __version__: str
else:

    def __getattr__(name: str) -> str:
        """`__version__`, read from the metadata when somebody asks: every start would wait."""
        if name != "__version__":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib.metadata import PackageNotFoundError, version

        try:
            found = version("vwr-middleware")
        except PackageNotFoundError:  # copied, not installed
            found = "0+unknown"
        globals()[name] = found
        return found
