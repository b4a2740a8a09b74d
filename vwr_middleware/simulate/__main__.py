"""python -m vwr_middleware.simulate: the command without the `vwr` before it."""

from vwr_middleware.simulate.command import simulate

simulate(prog_name="python -m vwr_middleware.simulate")
