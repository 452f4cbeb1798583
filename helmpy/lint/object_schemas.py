"""Rendered objects against the schemas of a Kubernetes version: `helmpy lint --validate-schema`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from helmpy.chart import loader
from helmpy.chart.model import Chart
from helmpy.errors import HelmpyError, UsageError
from helmpy.golang.types import GoError
from helmpy.lint.report import Findings, Severity
from helmpy.values import dependencies, merge, provenance

if TYPE_CHECKING:
    from helmpy.lint.options import LintOptions
    from helmpy.schemas.check import Problem

_NOTES = "NOTES.txt"


def check(findings: Findings, directory: Path, values: dict[str, Any], options: "LintOptions") -> None:
    """Render as lint does and look at every object. What does not render is other rules' business.

    Raises UsageError for a Kubernetes version without schemas.
    """
    try:
        chart = loader.load(directory)
        dependencies.process(chart, values)
        if not chart.is_library:
            _check_chart(findings, chart, values, options)
    except UsageError:
        raise
    except (HelmpyError, GoError):
        return


def _check_chart(findings: Findings, chart: Chart, values: dict[str, Any], options: "LintOptions") -> None:
    from helmpy.engine import capabilities, render, source_map
    from helmpy.schemas import check
    from helmpy.schemas.blame import Blame

    known = capabilities.default(options.kube_version)
    release = render.ReleaseOptions("test-release", options.namespace, revision=0, is_install=False)
    engine = render.EngineOptions(lint=True)
    context = render.render_values(chart, values, release, known, options.skip_schema)
    files = {path: text for path, text in render.render(chart, context, engine).items() if not path.endswith(_NOTES)}
    version = (int(known.kube_version.major), int(known.kube_version.minor))
    problems = check.check(files, version, [crd.data.decode("utf-8", "replace") for crd in chart.crds])
    if not problems:
        return
    context = render.render_values(chart, values, release, known, options.skip_schema)
    setters = provenance.setters(chart, options.sources, options.read)
    blame = Blame(source_map.trace(chart, context, engine), merge.copy(dict(context["Values"])), setters)
    for problem in problems:
        _report(findings, blame, problem, chart.name)


def _report(findings: Findings, blame: Any, problem: "Problem", root: str) -> None:
    message = blame.message(problem, root)
    findings.check(Severity.ERROR if problem.is_error else Severity.WARNING, message.place, message.text)
