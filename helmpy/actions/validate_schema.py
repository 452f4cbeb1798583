"""`--validate-schema`: what a chart renders, against the schemas of a Kubernetes version, without a cluster."""

from dataclasses import dataclass
from typing import Any

from helmpy.actions import rendering
from helmpy.actions.rendering import RenderOptions
from helmpy.chart.model import Chart
from helmpy.engine.capabilities import Capabilities
from helmpy.engine.render import ReleaseOptions
from helmpy.schemas.check import Problem
from helmpy.values import merge, provenance
from helmpy.values.sources import Read, ValueSources


@dataclass(frozen=True, slots=True)
class Report:
    """One message per problem, in the order of the rendered files."""

    errors: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """What the user said: values, the flags that they came from, and how to read those again."""

    values: dict[str, Any]
    sources: ValueSources
    read: Read


def validate(
    chart: Chart, given: Given, release: ReleaseOptions, capabilities: Capabilities, options: RenderOptions
) -> Report:
    """Render a freshly loaded chart and check every object. Raises HelmpyError when it does not render at all."""
    from helmpy.schemas import check

    rendering.process_dependencies(chart, given.values)
    context = rendering.context_of(chart, given.values, release, capabilities, options)
    files, _ = rendering.render_files(chart, context, capabilities, options)
    version = capabilities.kube_version
    crds = [crd.data.decode("utf-8", "replace") for crd in chart.crds]
    problems = check.check(files, (int(version.major), int(version.minor)), crds)
    if not problems:
        return Report((), ())
    context = rendering.context_of(chart, given.values, release, capabilities, options)
    return _report(problems, chart, context, given, options)


def _report(
    problems: list[Problem], chart: Chart, context: dict[str, Any], given: Given, options: RenderOptions
) -> Report:
    from helmpy.engine import source_map
    from helmpy.schemas.blame import Blame

    maps = {} if options.post_renderer else source_map.trace(chart, context, rendering.engine_options(options))
    blame = Blame(maps, merge.copy(dict(context["Values"])), provenance.setters(chart, given.sources, given.read))
    errors = tuple(str(blame.message(problem, chart.name)) for problem in problems if problem.is_error)
    warnings = tuple(str(blame.message(problem, chart.name)) for problem in problems if not problem.is_error)
    return Report(errors, warnings)
