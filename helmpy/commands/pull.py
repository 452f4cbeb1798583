"""`helmpy pull`."""

from typing import Any

from helmpy.commands import fetching, options, output
from helmpy.commands.cli import HelmCommand


def run(args: list[str], **params: Any) -> None:
    """Download charts."""
    from helmpy.actions.pull import PullOptions, pull

    source = fetching.source(params)
    wanted = PullOptions(params["destination"], params["untar"], params["untardir"], params["prov"])
    for reference in args:
        output.write_text(output.printable(pull(reference, source, wanted)))


command = HelmCommand(
    "pull",
    run,
    [
        options.flag("--untar", help="if set to true, will untar the chart after downloading it"),
        options.flag("--prov", help="fetch the provenance file, but don't perform verification"),
        options.text("--untardir", help="with --untar, the directory into which the chart is expanded", default="."),
        options.text("-d", "--destination", help="location to write the chart", default="."),
        *fetching.flags(),
    ],
    usage="[chart URL | repo/chartname] [...] [flags]",
    arguments=(1, None),
    help="Download charts from a repository. With --verify, a chart whose provenance is missing or wrong is not kept.",
    short_help="download a chart from a repository and (optionally) unpack it in local directory",
)
