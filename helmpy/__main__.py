"""`python -m helmpy` and the console script. Hot commands go a shorter way than the others, to the same end."""

import sys

from helmpy.commands import HOT


def main() -> None:
    """Run the command line of this process."""
    args = sys.argv[1:]
    if args == ["version"]:
        from helmpy.commands import build_info

        print(build_info.text())
        return
    if args and args[0] in HOT:
        from helmpy.commands import ending, fast

        ending.ends_process = True
        code = fast.run(args)
        if code is not None:
            ending.leave(code)
    from helmpy.commands.cli import run

    run(args)


if __name__ == "__main__":
    main()
