"""`python -m vwr_middleware.demo`."""

import sys

from vwr_middleware.demo.command import main

if __name__ == "__main__":
    sys.exit(main(called="python -m vwr_middleware.demo"))
