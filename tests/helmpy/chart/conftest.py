"""Builders for chart tests."""

import io
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from helmpy.chart.model import File

CHART_YAML = "apiVersion: v2\nname: c\nversion: 0.1.0\n"
TreeWriter = Callable[[Mapping[str, str | bytes]], Path]


@pytest.fixture
def chart_dir(tmp_path: Path) -> TreeWriter:
    """Writes a chart folder from texts by path; Chart.yaml is added unless given."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        top = tmp_path / "c"
        for name, content in {"Chart.yaml": CHART_YAML, **files}.items():
            path = top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return top

    return write


@pytest.fixture
def files_of() -> Callable[[Mapping[str, str | bytes]], list[File]]:
    """Chart files from texts by path; Chart.yaml is added unless given."""

    def make(files: Mapping[str, str | bytes]) -> list[File]:
        every = {"Chart.yaml": CHART_YAML, **files}
        return [File(name, text.encode() if isinstance(text, str) else text) for name, text in every.items()]

    return make


@pytest.fixture
def tgz() -> Callable[..., bytes]:
    """A .tgz from (name, content) pairs, or tar headers for odd members."""

    def make(*members: tuple[str, bytes] | tarfile.TarInfo) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            for member in members:
                if isinstance(member, tarfile.TarInfo):
                    tar.addfile(member)
                    continue
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                tar.addfile(info, io.BytesIO(member[1]))
        return buffer.getvalue()

    return make
