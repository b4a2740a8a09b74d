"""A ticket shop behind a waiting room, with a crowd: `python -m vwr_middleware.demo`."""
