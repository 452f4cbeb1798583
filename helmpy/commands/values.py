"""`helmpy values explain`."""

from typing import Any

from helmpy.commands import options, output, session
from helmpy.commands.cli import HelmCommand, HelmGroup
from helmpy.errors import ValuesError


def run_explain(args: list[str], **params: Any) -> None:
    """For each path: its value, who set it last, and whom that overrode."""
    from helmpy.actions import charts, explain_value

    source = session.chart_source(**options.take(params, options.CHART_SOURCE_NAMES))
    given = options.value_sources(params)
    located = charts.locate(args[0], source)
    found = [explain_value.explain(charts.load(located, source), given, path, options.read_source) for path in args[1:]]
    if params["output"] != "table":
        output.write_text(output.encode([_fields(item) for item in found], params["output"]))
    else:
        output.write_text(output.printable("\n".join(_text(item) for item in found)))
    missing = [item.path for item in found if not item.found]
    if missing:
        raise ValuesError(f"nothing sets {', '.join(missing)}")


def _fields(item: Any) -> dict[str, Any]:
    sources = [{"source": source, "value": value} for source, value in item.sources]
    return {"path": item.path, "value": item.value, "sources": sources}


def _text(item: Any) -> str:
    if not item.found:
        return f"{item.path}: not set\n"
    lines = [f"{item.path} = {_short(item.value)}"]
    for position, (source, value) in enumerate(item.sources):
        lines.append(f"  {'set by   ' if position == 0 else 'overrides'} {source}: {_short(value)}")
    return "\n".join(lines) + "\n"


def _short(value: Any) -> str:
    from helmpy.golang import json

    text = json.dumps(value, escape_html=False)
    return text if len(text) <= 100 else text[:97] + "..."


command = HelmGroup(
    "values",
    help="Look into the values of a chart.",
    short_help="explain where a value comes from",
)
command.add_command(
    HelmCommand(
        "explain",
        run_explain,
        [*options.value_flags(), *options.chart_path_flags(), options.output_flag()],
        usage="CHART PATH [PATH ...] [flags]",
        arguments=(2, None),
        help="Tell for each path (such as image.tag) what its value is, who set it last and whom that overrode.",
        short_help="tell who set a value",
    )
)
