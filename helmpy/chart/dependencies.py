"""What Chart.yaml asks for against what charts/ holds, and the digest that ties Chart.lock to Chart.yaml.

Called by install, package, `dependency build|list|update` and the resolver. Must not download anything.
"""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from helmpy.chart import loader
from helmpy.chart.metadata import Dependency
from helmpy.chart.model import Chart
from helmpy.chart.versions import Constraint, Version, VersionError
from helmpy.errors import ChartError


def check_complete(chart: Chart) -> None:
    """Raises ChartError if charts/ lacks a chart that Chart.yaml lists (only names are compared)."""
    present = {subchart.name for subchart in chart.dependencies}
    missing = [dependency.name for dependency in chart.metadata.dependencies if dependency.name not in present]
    if missing:
        raise ChartError(f"found in Chart.yaml, but missing in charts/ directory: {', '.join(missing)}")


def lock_digest(asked: Sequence[Dependency], locked: Sequence[Dependency]) -> str:
    """The digest of a lock: "sha256:…" over both lists as Go writes them."""
    return _digest(f"[{_json_list(asked)},{_json_list(locked)}]")


def helm2_digest(asked: Sequence[Dependency]) -> str:
    """The digest that Helm 2 wrote into requirements.lock."""
    digest = _digest(f'{{"dependencies":{_json_list(asked)}}}')
    return digest.removeprefix("sha256:")


def status(chart_path: str | Path, dependency: Dependency, chart: Chart) -> str:
    """One word on a dependency, for `dependency list`: ok, unpacked, missing, wrong version …"""
    archives = sorted(Path(chart_path, "charts").glob(f"{_glob_escaped(dependency.name)}-*.tgz"))
    if len(archives) > 1:
        archives = [path for path in archives if _names_version(path, dependency.name)]
        if len(archives) > 1:
            return "too many matches"
    if archives:
        return _archive_status(archives[0], dependency)
    found = [subchart for subchart in chart.dependencies if subchart.name == dependency.name]
    return _version_problem(found[-1], dependency) or "unpacked" if found else "missing"


def strays(chart_path: str | Path, asked: Iterable[Dependency]) -> list[str]:
    """Warnings about what lies in charts/ although Chart.yaml does not list it."""
    names = {dependency.name for dependency in asked}
    warnings = []
    for path in sorted(Path(chart_path, "charts").glob("[!.]*")):
        if not path.is_dir() and path.suffix != ".tgz":
            continue
        try:
            name = loader.load(path).name
        except ChartError:
            warnings.append(f'WARNING: "{path}" is not a chart.')
            continue
        if name not in names:
            warnings.append(f'WARNING: "{path}" is not in Chart.yaml.')
    return warnings


def _archive_status(path: Path, dependency: Dependency) -> str:
    try:
        chart = loader.load(path)
    except ChartError:
        return "corrupt"
    if chart.name != dependency.name:
        return "misnamed"
    return _version_problem(chart, dependency) or "ok"


def _version_problem(chart: Chart, dependency: Dependency) -> str:
    if chart.metadata.version == dependency.version:
        return ""
    try:
        fits = Constraint(dependency.version).check(Version.parse(chart.metadata.version))
    except VersionError:
        return "invalid version"
    return "" if fits else "wrong version"


def _names_version(path: Path, name: str) -> bool:
    try:
        Version.parse_strict(path.name.removesuffix(".tgz").removeprefix(f"{name}-"))
    except VersionError:
        return False
    return True


def _glob_escaped(name: str) -> str:
    import glob

    return glob.escape(name)


def _digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _json_list(dependencies: Sequence[Dependency]) -> str:
    return "[" + ",".join(_json(dependency) for dependency in dependencies) + "]"


def _json(dependency: Dependency) -> str:
    """A dependency as encoding/json writes the struct: fields in the order of the struct, which `to_dict` keeps."""
    from helmpy.golang import json

    fields = (f"{json.dumps(name)}:{json.dumps(value)}" for name, value in dependency.to_dict().items())
    return "{" + ",".join(fields) + "}"
