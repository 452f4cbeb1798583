"""`helmpy status`."""

import click

from helmpy.commands import options, release_output, session
from helmpy.commands.cli import HelmCommand
from helmpy.commands.flag_types import INT


def run(args: list[str], revision: int, output: str) -> None:
    """Print a release and its objects."""
    from helmpy.actions import status

    with session.opened() as configuration:
        release = status.status(configuration, args[0], revision)
        table, objects = "", None
        if output == "table":
            table = status.resource_table(configuration, release)
        else:
            objects = status.resource_objects(configuration, release)
    release.chart = None
    release_output.write(release, output, resources=table, objects=objects)


command = HelmCommand(
    "status",
    run,
    [
        click.Option(["--revision"], type=INT, default=0, metavar="int", help="display the status of this revision"),
        options.output_flag(),
    ],
    usage="RELEASE_NAME [flags]",
    arguments=(1, 1),
    help="Show the status of a release: when it was deployed, its state, resources, tests and notes.",
    short_help="display the status of the named release",
)
