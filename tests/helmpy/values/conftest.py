"""Charts and files on disk for the tests of values."""

import base64
from collections import defaultdict
from pathlib import Path

import pytest

from helmpy.values import sources


def write_tree(root: Path, tree: dict) -> None:
    """Writes files given as text or as {"b64": …}."""
    for name, content in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content["b64"]) if isinstance(content, dict) else content.encode())


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Writes files into a new working directory."""
    monkeypatch.chdir(tmp_path)
    return lambda files, below="": write_tree(tmp_path / below, files)


def parsed(arguments: list[str]) -> sources.ValueSources:
    """The flags of a command line."""
    flags = defaultdict(list)
    rest = iter(arguments)
    for flag in rest:
        name, has_value, value = flag.partition("=")
        name = {"-f": "values"}.get(name, name.lstrip("-").replace("-", "_"))
        flags[name].append(value if has_value else next(rest))
    return sources.ValueSources(**{name: tuple(values) for name, values in flags.items()})


@pytest.fixture
def sources_of():
    """Turns command line flags into ValueSources."""
    return parsed
