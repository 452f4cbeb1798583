"""The starter chart of `helmpy create`: the files under starter/, with the chart's name filled in.

Also turns a starter of the user's own (a chart holding `<CHARTNAME>`) into a chart. Called by `actions.create`. The names of
files, values and named templates are those of Helm's starter, so its readers find their way; the rendered manifests are
the same.
"""

import os
import re
from collections.abc import Callable
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from helmpy.chart import archive, loader
from helmpy.chart.metadata import Metadata
from helmpy.chart.model import Chart
from helmpy.errors import ChartError

MAX_NAME = 250
_NAME_PATTERN = "^[a-zA-Z0-9._-]+$"
_ORDER = (
    "Chart.yaml",
    "values.yaml",
    ".helmignore",
    "templates/ingress.yaml",
    "templates/httproute.yaml",
    "templates/deployment.yaml",
    "templates/service.yaml",
    "templates/serviceaccount.yaml",
    "templates/hpa.yaml",
    "templates/NOTES.txt",
    "templates/_helpers.tpl",
    "templates/tests/test-connection.yaml",
)


def create(name: str, directory: str | Path, warn: Callable[[str], None] = lambda text: None) -> Path:
    """Writes a starter chart to `directory/name` and returns that path.

    `directory` must exist; files in the way are overwritten, one call of `warn` each. Raises ChartError.
    """
    check_name(name)
    top = Path(directory).absolute()
    if not top.exists():
        raise ChartError(f"stat {top}: no such file or directory")
    if not top.is_dir():
        raise ChartError(f"no such directory {top}")
    target = top / name
    if target.exists() and not target.is_dir():
        raise ChartError(f"file {target} already exists and is not a directory")
    for relative in _ORDER:
        path = target / relative
        if path.exists():
            warn(f'WARNING: File "{path}" already exists. Overwriting.\n')
        _write(path, _starter(relative).read_text("utf-8").replace("STARTER", name).encode())
    (target / "charts").mkdir(exist_ok=True)
    return target


def create_from(name: str, directory: str | Path, starter: str | Path) -> Path:
    """Writes a chart made from the user's own starter chart to `directory/name`; raises ChartError."""
    check_name(name)
    try:
        chart = loader.load(starter)
    except ChartError as error:
        raise ChartError(f"could not load {starter}: {error}") from None
    chart.metadata = starter_metadata(name)
    return save_directory(chart, directory, {"<CHARTNAME>": name})


def starter_metadata(name: str) -> Metadata:
    """Chart.yaml of a chart made from a starter."""
    return Metadata(
        name=name,
        description="A Helm chart for Kubernetes",
        type="application",
        version="0.1.0",
        app_version="0.1.0",
        api_version="v2",
    )


def save_directory(chart: Chart, directory: str | Path, replace: dict[str, str] | None = None) -> Path:
    """Writes a chart as a folder `directory/<name>`, its subcharts as archives; texts of `replace` are swapped in
    templates and values.yaml. Raises ChartError."""
    from helmpy.yaml import emitter

    target = Path(directory) / chart.name
    if target.exists() and not target.is_dir():
        raise ChartError(f"file {target} already exists and is not a directory")
    _write(target / "Chart.yaml", emitter.dump(chart.metadata.to_dict()).encode())
    if values := chart.raw_file("values.yaml"):
        _write(target / "values.yaml", _replaced(values.data, replace))
    if chart.schema is not None:
        _write(target / "values.schema.json", chart.schema)
    for file in chart.templates:
        _write(target / file.name, _replaced(file.data, replace))
    for file in chart.files:
        _write(target / file.name, file.data)
    (target / "charts").mkdir(exist_ok=True)
    for subchart in chart.dependencies:
        archive.save(subchart, target / "charts")
    return target


def check_name(name: str) -> None:
    """Raises ChartError unless the text can name a chart and its folder."""
    if not 1 <= len(name.encode()) <= MAX_NAME:
        raise ChartError(f"chart name must be between 1 and {MAX_NAME} characters")
    if not re.fullmatch(r"[a-zA-Z0-9._-]+", name):
        raise ChartError(f'chart name must match the regular expression "{_NAME_PATTERN}"')
    if name in (".", ".."):
        raise ChartError(f'chart name "{name}" is not allowed')


def _starter(relative: str) -> Traversable:
    return resources.files("helmpy.chart").joinpath("starter", *relative.split("/"))


def _replaced(data: bytes, replace: dict[str, str] | None) -> bytes:
    for old, new in (replace or {}).items():
        data = data.replace(old.encode(), new.encode())
    return data


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if os.path.islink(path):
        raise ChartError(f"{path} is a symbolic link: not written")
    path.write_bytes(data)
