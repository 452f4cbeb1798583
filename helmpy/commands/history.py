"""`helmpy history`."""

import click

from helmpy.commands import options, output, session
from helmpy.commands.cli import HelmCommand
from helmpy.commands.flag_types import INT
from helmpy.release import times


def run(args: list[str], max: int, show_rollback_revision: bool, output_format: str) -> None:
    """Print the revisions of a release, oldest first."""
    from helmpy.actions.history import history, summary

    with session.opened() as configuration:
        found = history(configuration, args[0], max)
    if output_format != "table":
        output.write_text(output.encode([summary(release) for release in found], output_format))
        return
    headings = ["REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION", "DESCRIPTION"]
    rows = [
        [r.version, times.ansic(r.info.last_deployed), r.info.status, r.chart_name, r.app_version, r.info.description]
        for r in found
    ]
    if show_rollback_revision:
        headings.insert(5, "ROLLBACK")
        for row, release in zip(rows, found, strict=True):
            row.insert(5, release.info.rollback_revision or "")
    output.write_text(output.table(headings, rows))


command = HelmCommand(
    "history",
    run,
    [
        click.Option(
            ["--max"],
            type=INT,
            default=256,
            metavar="int",
            help="maximum number of revision to include in history (default 256)",
        ),
        options.flag("--show-rollback-revision", help="show the rollback revision column in table output"),
        options.output_flag("output_format"),
    ],
    usage="RELEASE_NAME [flags]",
    arguments=(1, 1),
    help="Print the history of a release: its revisions, when they came to be, and why.",
    short_help="fetch release history",
)
