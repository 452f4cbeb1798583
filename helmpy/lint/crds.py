"""Rules about the crds/ folder."""

from pathlib import Path

from helmpy.chart import loader
from helmpy.errors import ChartError
from helmpy.lint import manifests
from helmpy.lint.report import Findings, Severity

_FOLDER = "crds/"


def check(findings: Findings, directory: Path) -> None:
    """Every document under crds/ must be a CustomResourceDefinition."""
    folder = directory / "crds"
    if not folder.exists():
        return
    if not findings.check(Severity.ERROR, _FOLDER, "" if folder.is_dir() else "not a directory"):
        return
    try:
        chart = loader.load_directory(directory, any_version=True)
    except ChartError as error:
        findings.check(Severity.ERROR, _FOLDER, str(error))
        return
    for crd in chart.crds:
        name = _FOLDER + crd.name.rpartition("/crds/")[2]
        try:
            for found in manifests.objects(crd.data):
                findings.check(Severity.ERROR, name, _api_version(found))
                findings.check(Severity.ERROR, name, _kind(found))
        except manifests.ParseError as error:
            findings.check(Severity.ERROR, name, str(error))
            return


def _api_version(found: manifests.KubeObject) -> str:
    right = found.api_version.startswith("apiextensions.k8s.io")
    return "" if right else "apiVersion is not in 'apiextensions.k8s.io'"


def _kind(found: manifests.KubeObject) -> str:
    return "" if found.kind == "CustomResourceDefinition" else "object kind is not 'CustomResourceDefinition'"
