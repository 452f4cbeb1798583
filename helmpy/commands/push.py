"""`helmpy push`."""

from typing import Any

from helmpy.commands import fetching, output, settings
from helmpy.commands.cli import HelmCommand


def run(args: list[str], **params: Any) -> None:
    """Upload an archive to a registry."""
    from helmpy.actions.push import PushOptions, push
    from helmpy.repo import downloader

    access = downloader.access_of(fetching.source(params))
    output.write_text(push(args[0], args[1], PushOptions(access, settings.current().registry_config)))


command = HelmCommand(
    "push",
    run,
    fetching.access_flags("chart upload"),
    usage="[chart] [remote] [flags]",
    arguments=(2, None),
    help="Upload a chart archive to an OCI registry, with its provenance file if there is one.",
    short_help="push a chart to remote",
)
