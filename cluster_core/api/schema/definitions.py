"""The raw type definitions of one Kubernetes minor, from the kubernetes-validate package. Called by `shapes` and OpenAPI only."""

from functools import cache
from pathlib import Path
from typing import Any

DEFAULT_VERSION = "1.36"

_FOLDER = "kubernetes-json-schema"


@cache
def _root() -> Path:
    from importlib.util import find_spec

    spec = find_spec("kubernetes_validate")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package kubernetes-validate is not installed")
    return Path(spec.submodule_search_locations[0]) / _FOLDER


@cache
def versions() -> tuple[str, ...]:
    """Every minor that the data covers, oldest first: ("1.25", ...)."""
    found = (path.name.removeprefix("v").removesuffix(".0-local") for path in _root().glob("v*-local"))
    return tuple(sorted(found, key=lambda version: [int(part) for part in version.split(".")]))


@cache
def definitions(version: str = DEFAULT_VERSION) -> dict[str, Any]:
    """Definition name ("io.k8s.api.core.v1.Pod") -> JSON schema. Raises ValueError for a minor without data."""
    import json  # importing orjson takes longer than it saves, and this is on the way of every first write

    path = _root() / f"v{version}.0-local" / "_definitions.json"
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ValueError(f'no schemas for Kubernetes "{version}": choose one of {", ".join(versions())}') from None
    found: dict[str, Any] = json.loads(data)["$defs"]
    return found


@cache
def kinds(version: str = DEFAULT_VERSION) -> dict[tuple[str, str, str], str]:
    """(group, version, kind) -> definition name."""
    found: dict[tuple[str, str, str], str] = {}
    for name, definition in definitions(version).items():
        named = definition.get("x-kubernetes-group-version-kind", [])
        if len(named) == 1:  # types such as DeleteOptions name every group
            gvk = named[0]
            found[(gvk["group"], gvk["version"], gvk["kind"])] = name
    return found
