"""A virtual waiting room in front of any Python web app."""

__version__ = "0.1.0"
