"""The clients that frameworks bring for tests, as people with browsers."""

from typing import Any

from vwr_middleware.errors import WaitingRoomError

#: What a browser says that a program does not: it wants a page.
PERSON = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
#: What the waiting page's script says when it polls.
SCRIPT = {"Accept": "application/json"}

_NEEDS = "a client for this app needs {0}: pip install {0}"


def client_of(app: Any, headers: dict[str, str]) -> Any:
    """A client with cookies of its own, which sends these headers with each request: Flask's own
    for a Flask app, Starlette's for any ASGI app, Werkzeug's for any other WSGI app."""
    if hasattr(app, "test_client") and hasattr(app, "wsgi_app"):
        client = app.test_client()
        client.environ_base |= {_environ_key(name): value for name, value in headers.items()}
        return client
    return _of_asgi(app, headers) if is_asgi(app) else _of_wsgi(app, headers)


def client_of_django(handler: Any, headers: dict[str, str]) -> Any:
    """Django's own client, over the handler that all clients of a test share."""
    from django.test import Client

    client = Client(headers=headers)
    client.handler = handler
    return client


def is_asgi(app: Any) -> bool:
    """Whether an app is one of ASGI rather than WSGI."""
    from vwr_middleware.errors import ConfigurationError
    from vwr_middleware.startup.wrapped_app import refuse_wsgi

    try:
        refuse_wsgi(app)
    except ConfigurationError:
        return False
    return True


def _of_asgi(app: Any, headers: dict[str, str]) -> Any:
    try:
        from starlette.testclient import TestClient
    except (ModuleNotFoundError, RuntimeError) as error:  # its own word for a missing httpx
        name = "starlette" if isinstance(error, ModuleNotFoundError) else "httpx"
        raise WaitingRoomError(_NEEDS.format(name)) from error
    return TestClient(app, headers=headers)


def _of_wsgi(app: Any, headers: dict[str, str]) -> Any:
    from werkzeug.test import Client

    given = {_environ_key(name): value for name, value in headers.items()}

    def with_headers(environ: Any, start_response: Any) -> Any:
        return app({**given, **environ}, start_response)

    return Client(with_headers)


def _environ_key(name: str) -> str:
    return f"HTTP_{name.upper().replace('-', '_')}"
