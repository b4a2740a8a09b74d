"""A virtual waiting room in front of any ASGI or WSGI app."""

__version__ = "0.1.0"
