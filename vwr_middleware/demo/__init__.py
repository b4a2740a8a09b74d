"""A ticket shop behind a waiting room, with a crowd: `vwr demo`."""
