"""`helmpy uninstall`."""

from typing import Any

import click

from helmpy.commands import options, output, session
from helmpy.commands.cli import HelmCommand
from helmpy.errors import UsageError


def run(args: list[str], **params: Any) -> None:
    """Uninstall releases, one after the other."""
    from helmpy.actions.uninstall import CASCADES, UninstallOptions, uninstall

    if params["cascade"] not in CASCADES:
        raise UsageError(
            f'invalid cascade value ({params["cascade"]}). Must be "background", "foreground", or "orphan"'
        )
    with session.opened() as configuration:
        for name in args:
            done = uninstall(configuration, name, UninstallOptions(**params))
            if done.info:
                click.echo(output.printable(done.info))
            click.echo(f'release "{name}" uninstalled')


command = HelmCommand(
    "uninstall",
    run,
    [
        options.flag("--dry-run", help="simulate a uninstall"),
        options.flag("--no-hooks", help="prevent hooks from running during uninstallation"),
        options.flag("--ignore-not-found", help='Treat "release not found" as a successful uninstall'),
        options.flag(
            "--keep-history", help="remove the resources and mark the release as deleted, but retain the history"
        ),
        options.text("--cascade", default="background", help='must be "background", "orphan", or "foreground"'),
        options.timeout_flag(),
        options.text("--description", help="add a custom description"),
        options.wait_flag(),
    ],
    usage="RELEASE_NAME [...] [flags]",
    arguments=(1, None),
    help="Uninstall releases: their resources, and their history unless --keep-history is given.",
    short_help="uninstall a release",
)
