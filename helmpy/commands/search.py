"""`helmpy search`."""

from pathlib import Path
from typing import Any

import click

from helmpy.commands import options, output, settings
from helmpy.commands.cli import HelmCommand, HelmGroup
from helmpy.commands.flag_types import INT
from helmpy.errors import HelmpyError, RepositoryError


def repo(args: list[str], max_col_width: int, fail_on_no_result: bool, **params: Any) -> None:
    """Search the repositories that were added."""
    from helmpy.actions.search_repo import SearchOptions, search

    now = settings.current()
    wanted = SearchOptions(
        Path(now.repository_config),
        Path(now.repository_cache),
        params["version"],
        params["devel"],
        params["versions"],
        params["regexp"],
    )
    results = search(" ".join(args), wanted)
    if not results and fail_on_no_result:
        raise HelmpyError("no results found")
    rows = [(r.name, r.chart.version, r.chart.metadata.app_version, r.chart.metadata.description) for r in results]
    if params["output"] != "table":
        names = ("name", "version", "app_version", "description")
        output.write_text(output.encode([dict(zip(names, row, strict=True)) for row in rows], params["output"]))
    elif rows:
        headers = ("NAME", "CHART VERSION", "APP VERSION", "DESCRIPTION")
        output.write_text(output.table(headers, rows, max_col_width))
    else:
        output.write_text("No results found\n")


def hub(args: list[str], **params: Any) -> None:
    """Artifact Hub is not searched."""
    raise RepositoryError(
        "search hub asks a web service that helmpy does not use: open https://artifacthub.io in a browser, "
        "or add a repository and run 'helmpy search repo'"
    )


command = HelmGroup("search", help="Search for a keyword in charts.")
command.add_command(
    HelmCommand(
        "repo",
        repo,
        [
            options.flag("-r", "--regexp", help="use regular expressions for searching"),
            options.flag("-l", "--versions", help="show each version of each chart on its own line"),
            options.flag("--devel", help="use development versions, too. If --version is set, this is ignored"),
            options.text("--version", help="search using semantic versioning constraints"),
            click.Option(
                ["--max-col-width"], type=INT, default=50, help="maximum column width for output table", metavar="uint"
            ),
            options.flag("--fail-on-no-result", help="search fails if no results are found"),
            options.output_flag(),
        ],
        usage="[keyword] [flags]",
        arguments=(0, None),
        help="Search repositories for a keyword in charts.",
    )
)
command.add_command(
    HelmCommand("hub", hub, usage="[KEYWORD] [flags]", arguments=(0, None), help="Not supported.", hidden=True)
)
