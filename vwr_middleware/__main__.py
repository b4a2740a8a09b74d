"""`python -m vwr_middleware` is the `vwr` command."""

from vwr_middleware.cli.start import main

if __name__ == "__main__":
    main()
