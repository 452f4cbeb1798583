"""A release as install, upgrade, status and test print it."""

from typing import Any

from helmpy.commands import output
from helmpy.golang.types import SPACES
from helmpy.release import codec, times
from helmpy.release.model import Release


def write(
    release: Release,
    format: str,
    *,
    hide_notes: bool = False,
    debug: bool = False,
    resources: str = "",
    objects: dict[str, Any] | None = None,
) -> None:
    """Print a release as a text block, or as JSON or YAML in the layout it is stored in.

    `resources` is the table of its objects for the text block, `objects` the objects themselves for the others.
    """
    if format != "table":
        data = codec.to_dict(release)
        if objects:
            data["info"]["resources"] = objects
        output.write_text(output.encode(data, format))
        return
    output.write_text(text_of(release, hide_notes, debug, resources))


def text_of(release: Release, hide_notes: bool, debug: bool, resources: str = "", metadata: bool = False) -> str:
    """The text block."""
    info = release.info
    lines = [f"NAME: {release.name}"]
    if not times.is_zero(info.last_deployed):
        lines.append(f"LAST DEPLOYED: {times.ansic(info.last_deployed)}")
    lines += [
        f"NAMESPACE: {release.namespace}",
        f"STATUS: {info.status}",
        f"REVISION: {release.version}",
    ]
    if metadata:
        chart = release.metadata
        fields = {"CHART": "name", "VERSION": "version", "APP_VERSION": "appVersion"}
        lines += [f"{label}: {chart.get(field, '')}" for label, field in fields.items()]
    lines.append(f"DESCRIPTION: {info.description}")
    text = output.printable("\n".join(lines)) + "\n"
    if resources:
        text += f"RESOURCES:\n{resources}\n"
    text += _tests(release)
    if debug:
        text += _values(release)
    if debug or info.description.lower() == "dry run complete":
        text += "HOOKS:\n" + "".join(f"---\n# Source: {h.path}\n{h.manifest}\n" for h in release.hooks)
        text += f"MANIFEST:\n{release.manifest}\n"
    if not hide_notes and info.notes:
        text += f"NOTES:\n{output.rendered(info.notes.strip(SPACES))}\n"
    return text


def _tests(release: Release) -> str:
    tests = [hook for hook in release.hooks if "test" in hook.events]
    if not tests:
        return "TEST SUITE: None\n"
    return "".join(
        f"TEST SUITE:     {hook.name}\n"
        f"Last Started:   {times.ansic(hook.last_run.started_at)}\n"
        f"Last Completed: {times.ansic(hook.last_run.completed_at)}\n"
        f"Phase:          {hook.last_run.phase}\n"
        for hook in tests
        if not times.is_zero(hook.last_run.started_at)
    )


def _values(release: Release) -> str:
    from helmpy.actions.get import computed_values
    from helmpy.yaml import emitter

    user: Any = release.config
    return f"USER-SUPPLIED VALUES:\n{emitter.dump(user)}\nCOMPUTED VALUES:\n{emitter.dump(computed_values(release))}\n"
