"""A chart as a release stores it: Helm's JSON layout, without subcharts; and back, as far as upgrades need it."""

import base64
from typing import Any

from helmpy.chart.metadata import Metadata
from helmpy.chart.model import Chart, File
from helmpy.release import times


def stored(chart: Chart) -> dict[str, Any]:
    """The chart in Helm's JSON layout."""
    made = {file.name: _time(file) for file in chart.raw}
    return {
        "metadata": chart.metadata.to_dict(),
        "lock": chart.lock.to_dict() if chart.lock is not None else None,
        "templates": _files(chart.templates),
        "values": chart.values if chart.values or "values.yaml" in made else None,
        "schema": base64.b64encode(chart.schema).decode() if chart.schema else None,
        "schemamodtime": made.get("values.schema.json", times.ZERO),
        "files": _files(chart.files),
        "modtime": made.get("Chart.yaml", times.ZERO),
    }


def _files(files: list[File]) -> list[dict[str, Any]] | None:
    """Files in Helm's layout; None (Go's nil) when there are none."""
    return [
        {"name": file.name, "data": base64.b64encode(file.data).decode(), "modtime": _time(file)} for file in files
    ] or None


def _time(file: File) -> str:
    return times.ZERO if file.modtime is None else times.stamp(file.modtime)


def restored(data: dict[str, Any] | None) -> Chart:
    """The chart of a stored release: its metadata and values, which is what coalescing needs."""
    stored_metadata = (data or {}).get("metadata") or {}
    metadata = Metadata(name=stored_metadata.get("name", ""), version=stored_metadata.get("version", ""))
    return Chart(metadata=metadata, values=(data or {}).get("values") or {})
