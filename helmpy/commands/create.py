"""`helmpy create`."""

import os

from helmpy.commands import options, settings
from helmpy.commands.cli import HelmCommand


def run(args: list[str], starter: str) -> None:
    """Write a chart to start from."""
    from helmpy.actions.create import CreateOptions, create

    print(f"Creating {args[0]}", flush=True)
    starters = os.path.join(settings.current().data_home, "starters")
    create(args[0], CreateOptions(starter, starters), lambda text: print(text, end=""))


command = HelmCommand(
    "create",
    run,
    [options.text("-p", "--starter", help="the name or absolute path to a starter chart of your own")],
    usage="NAME [flags]",
    arguments=(1, 1),
    help="Create a chart directory with the usual files. Files in the way are overwritten, other files are left alone.",
    short_help="create a new chart with the given name",
)
