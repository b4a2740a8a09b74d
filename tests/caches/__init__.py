"""Caches in front of the room: what they keep, and that nobody gets what is somebody else's."""
