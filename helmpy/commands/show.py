"""`helmpy show`."""

from typing import Any

from helmpy.commands import fetching, output
from helmpy.commands.cli import HelmCommand, HelmGroup

_PARTS = {
    "all": "show all information of the chart",
    "chart": "show the chart's definition",
    "crds": "show the chart's CRDs",
    "readme": "show the chart's README",
    "values": "show the chart's values",
}


def _subcommand(part: str, about: str) -> HelmCommand:
    def run(args: list[str], **params: Any) -> None:
        from helmpy.actions import charts
        from helmpy.actions.show import show

        path = charts.locate(args[0], fetching.source(params))
        output.write_text(show(path, part))

    return HelmCommand(
        part, run, fetching.flags(), usage="[CHART] [flags]", arguments=(1, 1), help=f"{about[0].upper()}{about[1:]}."
    )


command = HelmGroup("show", help="Show parts of a chart: a directory, an archive, REPO/CHART or a URL.")
for _part, _about in _PARTS.items():
    command.add_command(_subcommand(_part, _about))
