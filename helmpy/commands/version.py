"""`helmpy version`."""

import click

from helmpy import HELM_VERSION
from helmpy.commands import build_info, output
from helmpy.commands.cli import HelmCommand


def run(args: list[str], short: bool, template: str | None) -> None:
    """Print the version: helmpy's own and that of the Helm it behaves as."""
    if template is not None:
        from helmpy.engine.render import render_text

        output.write_text(render_text(template, build_info.fields()))
    elif short:
        click.echo(HELM_VERSION)
    else:
        click.echo(build_info.text())


command = HelmCommand(
    "version",
    run,
    [
        click.Option(["--short"], is_flag=True, help="print the version number"),
        click.Option(["--template"], help="template for version string format", metavar="string"),
    ],
    usage="[flags]",
    arguments=(0, 0),
    help="Show the version of helmpy and of the Helm whose behaviour it has.",
    short_help="print the version information",
)
