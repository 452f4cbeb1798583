"""Rules about templates: they render, and what they render is YAML that Kubernetes could take."""

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from helmpy import log
from helmpy.chart import loader
from helmpy.chart.model import Chart
from helmpy.errors import HelmpyError
from helmpy.golang import strconv
from helmpy.golang.types import GoError
from helmpy.lint import manifests, names
from helmpy.lint.report import Findings, Severity
from helmpy.schemas import lifecycle
from helmpy.values import dependencies, merge
from helmpy.yaml import loader as yaml_loader

if TYPE_CHECKING:
    from helmpy.engine.capabilities import Capabilities
    from helmpy.lint.options import LintOptions

_FOLDER = "templates/"
_EXTENSIONS = (".yaml", ".yml", ".tpl", ".txt")
_WITH_SELECTOR = ("Deployment", "ReplicaSet", "DaemonSet", "StatefulSet")
_KEEP = "helm.sh/resource-policy"


def check(findings: Findings, directory: Path, values: dict[str, Any], options: "LintOptions") -> None:
    """Render the chart as lint does (`required` and `fail` only log) and look at every file."""
    folder = directory / "templates"
    if not findings.check(Severity.WARNING, _FOLDER, "" if folder.exists() else "directory does not exist"):
        return
    if not findings.check(Severity.ERROR, _FOLDER, "" if folder.is_dir() else "not a directory"):
        return
    try:
        chart = loader.load(directory, any_version=True)
    except HelmpyError as error:
        findings.check(Severity.ERROR, _FOLDER, str(error))
        return
    _check_chart(findings, chart, values, options)


def _check_chart(findings: Findings, chart: Chart, values: dict[str, Any], options: "LintOptions") -> None:
    from helmpy.engine import capabilities, render

    known = capabilities.default(options.kube_version)
    try:
        dependencies.process(chart, values, log=log.line)
        values = merge.coalesce(chart, values, warn=log.info)
    except HelmpyError:
        return
    release = render.ReleaseOptions("test-release", options.namespace, revision=0, is_install=False)
    try:
        context = render.render_values(chart, values, release, known, options.skip_schema)
        rendered = render.render(chart, context, render.EngineOptions(lint=True))
    except (HelmpyError, GoError) as error:
        findings.check(Severity.ERROR, _FOLDER, str(error))
        return
    for template in chart.templates:
        findings.check(Severity.ERROR, template.name, _extension(template.name))
        if PurePosixPath(template.name).suffix.lower() not in (".yaml", ".yml"):
            continue
        text = rendered.get(f"{chart.name}/{template.name}", "")
        if text.strip() and not _check_text(findings, template.name, text, known):
            return


def _check_text(findings: Findings, name: str, text: str, known: "Capabilities") -> bool:
    """Look at one rendered file; False if it cannot be parsed, which ends the look at templates."""
    kube_version = (int(known.kube_version.major), int(known.kube_version.minor))
    findings.check(Severity.WARNING, name, _top_indent(text))
    try:
        for found in manifests.objects(text):
            findings.check(Severity.WARNING, name, names.fault(found))
            findings.check(Severity.WARNING, name, lifecycle.warning(found.api_version, found.kind, kube_version))
            findings.check(Severity.ERROR, name, _selector(found, text))
            findings.check(Severity.ERROR, name, _list_annotations(found, text))
    except manifests.ParseError as error:
        return findings.check(Severity.ERROR, name, str(error))
    return True


def _extension(name: str) -> str:
    base = PurePosixPath(name).name
    if base.endswith(".j2"):
        return ""
    extension = base[base.rindex(".") :] if "." in base else ""
    if extension in _EXTENSIONS:
        return ""
    return f"file extension '{extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt"


def _top_indent(text: str) -> str:
    line = next((line for line in text.split("\n") if line.strip()), "").removesuffix("\r")
    if not line.startswith((" ", "\t")):
        return ""
    return f"document starts with an illegal indent: {strconv.quote(line)}, which may cause parsing problems"


def _selector(found: manifests.KubeObject, text: str) -> str:
    if found.kind not in _WITH_SELECTOR or "matchLabels" in text or "matchExpressions" in text:
        return ""
    return f"a {found.kind} must contain matchLabels or matchExpressions, and {strconv.quote(found.name)} does not"


def _list_annotations(found: manifests.KubeObject, text: str) -> str:
    if found.kind != "List":
        return ""
    document = yaml_loader.load(text)
    for item in document.get("items") or []:
        metadata = item.get("metadata") if isinstance(item, dict) else None
        annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
        if isinstance(annotations, dict) and _KEEP in annotations:
            return f"annotation '{_KEEP}' within List objects are ignored"
    return ""
