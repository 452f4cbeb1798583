"""A chart as a release stores it: Helm's JSON layout, without subcharts; and back, as far as upgrades need it."""

import base64
from typing import Any

from helmpy.chart.metadata import Metadata
from helmpy.chart.model import Chart, File


def stored(chart: Chart) -> dict[str, Any]:
    """The chart in Helm's JSON layout."""
    return {
        "metadata": chart.metadata.to_dict(),
        "lock": chart.lock.to_dict() if chart.lock is not None else None,
        "templates": _files(chart.templates),
        "values": chart.values,
        "schema": base64.b64encode(chart.schema).decode() if chart.schema else None,
        "schemamodtime": "0001-01-01T00:00:00Z",
        "files": _files(chart.files),
    }


def _files(files: list[File]) -> list[dict[str, Any]]:
    return [{"name": file.name, "data": base64.b64encode(file.data).decode()} for file in files]


def restored(data: dict[str, Any] | None) -> Chart:
    """The chart of a stored release: its metadata and values, which is what coalescing needs."""
    stored_metadata = (data or {}).get("metadata") or {}
    metadata = Metadata(name=stored_metadata.get("name", ""), version=stored_metadata.get("version", ""))
    return Chart(metadata=metadata, values=(data or {}).get("values") or {})
