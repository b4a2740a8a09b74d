"""The adaptive strategy, for those who import it. inlet/adaptive.py says how it decides."""

from vwr_middleware.inlet.adaptive import Adaptive

__all__ = ["Adaptive"]
