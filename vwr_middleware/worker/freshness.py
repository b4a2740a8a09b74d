"""How old a snapshot may be, in seconds."""

FRESH = 0.5  # an older one is refreshed behind the answer
STALE = 1.0  # an older one is refreshed before it
