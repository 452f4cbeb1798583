"""`helmpy dependency`."""

import os
from typing import Any

import click

from helmpy.commands import fetching, options, output
from helmpy.commands.cli import HelmCommand, HelmGroup
from helmpy.commands.flag_types import INT


def _path(args: list[str]) -> str:
    return os.path.normpath(args[0]) if args else "."


def list_(args: list[str], max_col_width: int) -> None:
    """Print the dependencies of a chart."""
    from helmpy.actions.dependency_list import list_dependencies

    path = _path(args)
    listed = list_dependencies(path)
    if not listed.listed:
        output.write_text(f"WARNING: no dependencies at {os.path.join(path, 'charts')}\n")
        return
    table = output.table(("NAME", "VERSION", "REPOSITORY", "STATUS"), listed.rows, max_col_width)
    output.write_text(table + "\n" + "".join(f"{warning}\n" for warning in listed.warnings))


def update(args: list[str], skip_refresh: bool, **params: Any) -> None:
    """Update charts/ from Chart.yaml."""
    from helmpy.actions import dependency_update

    dependency_update.update(_path(args), fetching.source(params), _report, skip_refresh)


def build(args: list[str], skip_refresh: bool, **params: Any) -> None:
    """Rebuild charts/ from Chart.lock."""
    from helmpy.actions import dependency_build

    dependency_build.build(_path(args), fetching.source(params), _report, skip_refresh)


def _report(text: str) -> None:
    output.write_text(output.printable(text))


def _fetching_flags() -> list[click.Option]:
    return [
        options.flag("--verify", help="verify the packages against signatures"),
        fetching.keyring_flag(),
        options.flag("--skip-refresh", help="do not refresh the local repository cache"),
        *fetching.access_flags("chart download"),
    ]


command = HelmGroup(
    "dependency",
    aliases={"ls": "list", "up": "update"},
    help="Manage the dependencies that Chart.yaml lists and charts/ holds.",
)
command.add_command(
    HelmCommand(
        "list",
        list_,
        [
            click.Option(
                ["--max-col-width"], type=INT, default=80, help="maximum column width for output table", metavar="uint"
            )
        ],
        usage="CHART [flags]",
        arguments=(0, 1),
        help="List the dependencies for the given chart.",
    )
)
command.add_command(
    HelmCommand(
        "update",
        update,
        _fetching_flags(),
        usage="CHART [flags]",
        arguments=(0, 1),
        help="Update charts/ based on the contents of Chart.yaml.",
    )
)
command.add_command(
    HelmCommand(
        "build",
        build,
        _fetching_flags(),
        usage="CHART [flags]",
        arguments=(0, 1),
        help="Rebuild the charts/ directory based on the Chart.lock file.",
    )
)
