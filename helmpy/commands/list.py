"""`helmpy list`."""

from typing import Any

import click

from helmpy.commands import options, output, session
from helmpy.commands.cli import HelmCommand
from helmpy.commands.flag_types import INT
from helmpy.release import model, times
from helmpy.release.model import Release

STATUS_FLAGS = {
    "uninstalled": {model.UNINSTALLED},
    "superseded": {model.SUPERSEDED},
    "uninstalling": {model.UNINSTALLING},
    "deployed": {model.DEPLOYED},
    "failed": {model.FAILED},
    "pending": set(model.PENDING),
}
HEADINGS = ("NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION")


def run(args: list[str], **params: Any) -> None:
    """List releases."""
    from helmpy.actions.list import ListOptions, list_releases

    wanted = ListOptions(
        statuses=frozenset().union(*(states for flag, states in STATUS_FLAGS.items() if params[flag])),
        filter=params["filter"],
        selector=params["selector"],
        by_date=params["date"],
        reverse=params["reverse"],
        limit=params["max"],
        offset=params["offset"],
    )
    with session.opened(all_namespaces=params["all_namespaces"]) as configuration:
        found = list_releases(configuration, wanted)
    _print(found, params)


def _print(found: list[Release], params: dict[str, Any]) -> None:
    format = params["output"]
    if params["short"]:
        names = [release.name for release in found]
        output.write_text("".join(f"{name}\n" for name in names) if format == "table" else output.encode(names, format))
        return
    rows = [_row(release, params["time_format"]) for release in found]
    if format != "table":
        keys = [heading.lower().replace(" ", "_") for heading in HEADINGS]
        output.write_text(output.encode([dict(zip(keys, row, strict=True)) for row in rows], format))
        return
    output.write_text(output.table(HEADINGS, rows, headings=not params["no_headers"]))


def _row(release: Release, time_format: str) -> tuple[str, ...]:
    info = release.info
    updated = "-" if times.is_zero(info.last_deployed) else _time(info.last_deployed, time_format)
    return (
        release.name,
        release.namespace,
        str(release.version),
        updated,
        info.status,
        release.chart_name,
        release.app_version,
    )


def _time(text: str, layout: str) -> str:
    if not layout:
        return times.go_string(text)
    from helmpy.golang.time import parsing, zones

    return parsing.parse("2006-01-02T15:04:05Z07:00", text, zones.fixed("UTC", 0)).format(layout)


command = HelmCommand(
    "list",
    run,
    [
        options.flag("-q", "--short", help="output short (quiet) listing format"),
        options.flag("--no-headers", help="don't print headers when using the default output format"),
        options.text(
            "--time-format", help='format time using golang time formatter, such as "2006-01-02 15:04:05Z0700"'
        ),
        options.flag("-d", "--date", help="sort by release date"),
        options.flag("-r", "--reverse", help="reverse the sort order"),
        *(options.flag(f"--{name}", help=f"show {name} releases") for name in STATUS_FLAGS),
        options.flag("-A", "--all-namespaces", help="list releases across all namespaces"),
        click.Option(
            ["-m", "--max"],
            type=INT,
            default=256,
            metavar="int",
            help="maximum number of releases to fetch (default 256)",
        ),
        click.Option(["--offset"], type=INT, default=0, metavar="int", help="next release index in the list"),
        options.text("-f", "--filter", help="a regular expression; releases whose name matches are listed"),
        options.text("-l", "--selector", help="label query to filter on, supports '=', '==', and '!='"),
        options.output_flag(),
    ],
    usage="[flags]",
    arguments=(0, 0),
    help="List the releases of a namespace, the newest revision of each.",
    short_help="list releases",
)
