"""`python -m helmpy` and the console script."""

import sys


def main() -> None:
    """Run the command line of this process."""
    from helmpy.commands.cli import run

    run(sys.argv[1:])


if __name__ == "__main__":
    main()
