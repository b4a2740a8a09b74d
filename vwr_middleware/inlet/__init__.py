"""Inlet strategies: how far and how fast the serving counter may go.

strategies.py   what a strategy is, those that ship, and what several allow together
adaptive.py     the one that watches how the app fares
choices.py      those that an operator may choose by name while the room runs
"""

from vwr_middleware.inlet.strategies import Inlet, Manual, MaxSize, Periodic, Strategy

__all__ = ["Inlet", "Manual", "MaxSize", "Periodic", "Strategy"]
