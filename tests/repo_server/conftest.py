"""Packages and running servers."""

from collections.abc import Callable
from pathlib import Path

import pytest

from helmpy.chart import archive, loader
from helmpy.chart.model import File


@pytest.fixture
def package() -> Callable[..., bytes]:
    """The bytes of a package."""

    def make(name: str = "app", version: str = "1.0.0", extra: str = "") -> bytes:
        text = f"apiVersion: v2\nname: {name}\nversion: {version}\n{extra}"
        return archive.pack(loader.load_files([File("Chart.yaml", text.encode())]), 1_600_000_000.0)

    return make


@pytest.fixture
def folder(tmp_path) -> Path:
    """An empty folder to serve."""
    path = tmp_path / "charts"
    path.mkdir()
    return path
