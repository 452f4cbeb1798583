"""`--validate-schema` of `helmpy template`: prints what the action found."""

import sys
from typing import TYPE_CHECKING, Any

from helmpy.commands import output, parameters
from helmpy.errors import ManifestError

if TYPE_CHECKING:
    from helmpy.actions.template import TemplateOptions
    from helmpy.chart.model import Chart


def run(chart: "Chart", values: dict[str, Any], flags: dict[str, Any], name: str, wanted: "TemplateOptions") -> None:
    """Print warnings to stderr; raise ManifestError with a line for each error (with --strict: and each warning)."""
    from helmpy.actions import template, validate_schema
    from helmpy.engine.render import ReleaseOptions

    capabilities = template.capabilities_of(wanted.kube_version, wanted.api_versions)
    release = ReleaseOptions(name, wanted.namespace, 1, not wanted.is_upgrade, wanted.is_upgrade)
    given = validate_schema.Given(values, parameters.value_sources(flags), parameters.read_source)
    report = validate_schema.validate(chart, given, release, capabilities, wanted.rendering)
    strict = flags["strict"]
    problems = [*report.errors, *(report.warnings if strict else ())]
    for text in () if strict else report.warnings:
        print(f"WARNING: {output.printable(text)}", file=sys.stderr)
    if problems:
        version = f"{capabilities.kube_version.major}.{capabilities.kube_version.minor}"
        summary = f"{len(problems)} problem(s) with the schemas of Kubernetes {version}:"
        raise ManifestError("\n".join((summary, *problems)))
