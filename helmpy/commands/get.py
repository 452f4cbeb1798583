"""`helmpy get all|hooks|manifest|metadata|notes|values`."""

from typing import Any

import click

from helmpy.commands import options, output, release_output, session
from helmpy.commands.cli import HelmCommand, HelmGroup
from helmpy.commands.flag_types import INT
from helmpy.release.model import Release


def _release(name: str, revision: int) -> Release:
    from helmpy.actions import get

    with session.opened() as configuration:
        return get.release(configuration, name, revision)


def run_all(args: list[str], revision: int, template: str) -> None:
    """Everything about a release, or a template's text of it."""
    release = _release(args[0], revision)
    if template:
        from helmpy.engine.render import render_text
        from helmpy.release.template_view import view

        output.write_text(render_text(template, {"Release": view(release)}))
        return
    output.write_text(release_output.text_of(release, hide_notes=False, debug=True, metadata=True))


def run_hooks(args: list[str], revision: int) -> None:
    """The hooks' manifests."""
    hooks = _release(args[0], revision).hooks
    output.write_text("".join(f"---\n# Source: {hook.path}\n{hook.manifest}\n" for hook in hooks))


def run_manifest(args: list[str], revision: int) -> None:
    """The manifest without hooks."""
    output.write_text(_release(args[0], revision).manifest + "\n")


def run_notes(args: list[str], revision: int) -> None:
    """The notes."""
    notes = _release(args[0], revision).info.notes
    if notes:
        output.write_text(f"NOTES:\n{output.rendered(notes)}\n")


def run_values(args: list[str], revision: int, all_values: bool, output_format: str) -> None:
    """The user's values, or all computed ones."""
    from helmpy.actions.get import computed_values

    release = _release(args[0], revision)
    values: Any = computed_values(release) if all_values else release.config
    if output_format == "table":
        click.echo("COMPUTED VALUES:" if all_values else "USER-SUPPLIED VALUES:")
        output_format = "yaml"
    output.write_text(output.encode_map(values, output_format))


_APPLY = {"": "client-side apply (defaulted)", "csa": "client-side apply", "ssa": "server-side apply"}


def run_metadata(args: list[str], revision: int, output_format: str) -> None:
    """Name, chart, versions, labels and state."""
    from helmpy.actions import get

    found = get.metadata(_release(args[0], revision))
    if output_format != "table":
        output.write_text(output.encode(found, output_format))
        return
    apply = str(found.get("applyMethod", ""))
    names = sorted(dependency["name"] for dependency in found.get("dependencies", []))
    fields = {
        "NAME": found["name"],
        "CHART": found["chart"],
        "VERSION": found["version"],
        "APP_VERSION": found["appVersion"],
        "ANNOTATIONS": _labels(found.get("annotations", {})),
        "LABELS": _labels(found.get("labels", {})),
        "DEPENDENCIES": ",".join(names),
        "NAMESPACE": found["namespace"],
        "REVISION": found["revision"],
        "STATUS": found["status"],
        "DEPLOYED_AT": found["deployedAt"],
        "APPLY_METHOD": _APPLY.get(apply, f'unknown ("{apply}")'),
    }
    output.write_text("".join(f"{name}: {output.printable(str(value))}\n" for name, value in fields.items()))


def _labels(labels: dict[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def _revision() -> click.Option:
    return click.Option(["--revision"], type=INT, default=0, metavar="int", help="get the named release with revision")


def _sub(name: str, callback: Any, about: str, *flags: click.Option) -> HelmCommand:
    return HelmCommand(
        name,
        callback,
        [_revision(), *flags],
        usage="RELEASE_NAME [flags]",
        arguments=(1, 1),
        help=about,
        short_help=about,
    )


command = HelmGroup(
    "get",
    help="Download what is stored about a release: values, manifest, hooks, notes, metadata.",
    short_help="download extended information of a named release",
)
for sub in (
    _sub(
        "all",
        run_all,
        "download all information for a named release",
        options.text("--template", help="go template for formatting the output, eg: {{.Release.Name}}"),
    ),
    _sub("hooks", run_hooks, "download all hooks for a named release"),
    _sub("manifest", run_manifest, "download the manifest for a named release"),
    _sub("notes", run_notes, "download the notes for a named release"),
    _sub("metadata", run_metadata, "fetch metadata for a given release", options.output_flag("output_format")),
    _sub(
        "values",
        run_values,
        "download the values file for a named release",
        click.Option(["-a", "--all", "all_values"], is_flag=True, help="dump all (computed) values"),
        options.output_flag("output_format"),
    ),
):
    command.add_command(sub)
