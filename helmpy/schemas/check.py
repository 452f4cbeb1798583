"""Rendered files against the schemas of one Kubernetes version, and of the chart's own CRDs.

Called by the actions behind `--validate-schema`. Works on texts alone: no chart, no cluster. Must not print.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from helmpy.errors import ManifestError, UsageError
from helmpy.golang.types import GoError
from helmpy.release import manifest
from helmpy.schemas import builtin, custom, lifecycle
from helmpy.schemas.builtin import Fault
from helmpy.schemas.positions import FieldPath, field_lines, line_of
from helmpy.yaml import loader

_CRD = "CustomResourceDefinition"
_CRD_GROUP = "apiextensions.k8s.io/"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `line` is that of the rendered file, `path` the field; `is_error` False: a warning."""

    file: str
    line: int
    kind: str
    name: str
    path: FieldPath
    text: str
    is_error: bool = True

    @property
    def field(self) -> str:
        """The field as Kubernetes writes it: spec.containers[0].image."""
        return field_text(self.path)


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a rendered file. `start` is the line before its first one."""

    file: str
    start: int
    text: str
    value: Any


def field_text(path: FieldPath) -> str:
    """A path as Kubernetes writes it."""
    parts = [f"[{part}]" if isinstance(part, int) else _name_text(part) for part in path]
    return "".join(parts).removeprefix(".")


def _name_text(name: str) -> str:
    return f"[{name}]" if "." in name or "/" in name else f".{name}"


def documents(files: Mapping[str, str]) -> Iterator[Document]:
    """Every document of rendered files, by path. Raises ManifestError for one that cannot be read."""
    for file in sorted(files):
        at = 0
        text = files[file]
        for part in manifest.split(text):
            at = text.index(part, at)
            try:
                value = loader.load(part, integers=True)
            except GoError as error:
                raise ManifestError(f"YAML parse error on {file}: {error}") from error
            if value is not None:
                yield Document(file, text.count("\n", 0, at), part, value)
            at += len(part)


def check(files: Mapping[str, str], kube_version: tuple[int, int], crds: Iterable[str] = ()) -> list[Problem]:
    """The problems of rendered files {path: text}, in their order, for a Kubernetes minor such as (1, 30).

    `crds` are texts of more CustomResourceDefinitions; those among the files are known too. Raises UsageError for a minor
    without schemas, ManifestError for a document that cannot be read.
    """
    found = list(documents(files))
    checker = _Checker(kube_version, custom.kinds_of(_definitions(found, crds)))
    return [problem for document in found for problem in checker.document(document)]


def _definitions(found: Iterable[Document], crds: Iterable[str]) -> Iterator[dict[str, Any]]:
    values = [document.value for document in found]
    values += [document.value for document in documents({str(index): text for index, text in enumerate(crds)})]
    for value in values:
        for _, obj in _objects(value, ()):
            if isinstance(obj, dict) and obj.get("kind") == _CRD and str(obj.get("apiVersion")).startswith(_CRD_GROUP):
                yield obj


def _objects(value: Any, path: FieldPath) -> Iterator[tuple[FieldPath, Any]]:
    """The objects of a document: itself, or those of a List."""
    if isinstance(value, dict) and value.get("kind") == "List" and isinstance(value.get("items"), list):
        for index, item in enumerate(value["items"]):
            yield (*path, "items", index), item
    else:
        yield path, value


@dataclass(slots=True)
class _Checker:
    kube_version: tuple[int, int]
    kinds: custom.Kinds
    minor: str = field(init=False)

    def __post_init__(self) -> None:
        from cluster_core.api.schema import versions

        self.minor = ".".join(map(str, self.kube_version))
        if self.minor not in versions():
            known = versions()
            raise UsageError(f"no schemas for Kubernetes {self.minor}: there are those of {known[0]} to {known[-1]}")

    def document(self, document: Document) -> Iterator[Problem]:
        """The problems of one document."""
        lines = field_lines(document.text)
        for path, obj in _objects(document.value, ()):
            kind, name = _identity(obj)
            for fault, is_error in self._object(obj):
                place = (*path, *fault.path)
                line = document.start + line_of(lines, place)
                yield Problem(document.file, line, kind, name, place, fault.text, is_error)

    def _object(self, obj: Any) -> Iterator[tuple[Fault, bool]]:
        """(fault, whether it is an error) of one object."""
        if not isinstance(obj, dict):
            yield Fault((), builtin.expected("object", obj)), True
            return
        missing = [name for name in ("apiVersion", "kind") if not isinstance(obj.get(name), str) or not obj[name]]
        if missing:
            yield from ((Fault((name,), "required field is missing"), True) for name in missing)
            return
        api_version, kind = obj["apiVersion"], obj["kind"]
        if (api_version, kind) in self.kinds:
            yield from ((fault, True) for fault in self.kinds[api_version, kind].faults(obj))
            return
        yield from self._builtin(api_version, kind, obj)

    def _builtin(self, api_version: str, kind: str, obj: dict[str, Any]) -> Iterator[tuple[Fault, bool]]:
        from cluster_core.api.schema import shape_for
        from cluster_core.apimachinery.gvk import GVK, parse_api_version

        shape = shape_for(GVK(*parse_api_version(api_version), kind), self.minor)
        removal = lifecycle.removal(api_version, kind, self.kube_version)
        if shape is None or removal:
            yield (Fault(("apiVersion",), removal), True) if removal else (self._unknown_kind(api_version, kind), False)
            return
        deprecation = lifecycle.warning(api_version, kind, self.kube_version)
        if deprecation:
            yield Fault(("apiVersion",), deprecation), False
        yield from ((fault, True) for fault in builtin.faults(shape, obj))

    def _unknown_kind(self, api_version: str, kind: str) -> Fault:
        from cluster_core.api.schema import shape_for, versions
        from cluster_core.apimachinery.gvk import GVK, parse_api_version

        group, version = parse_api_version(api_version)
        if "." not in group or group.endswith(".k8s.io"):
            later = versions()[versions().index(self.minor) + 1 :]
            since = next((minor for minor in later if shape_for(GVK(group, version, kind), minor)), "")
            if since:
                return Fault(("kind",), f"{api_version} {kind} is not in Kubernetes {self.minor}; it came with {since}")
        return Fault(("kind",), f"no schema for {api_version} {kind}")


def _identity(obj: Any) -> tuple[str, str]:
    """Kind and name of an object, as far as it says."""
    if not isinstance(obj, dict):
        return "", ""
    metadata = obj.get("metadata")
    name = metadata.get("name") or metadata.get("generateName") if isinstance(metadata, dict) else ""
    return str(obj.get("kind") or ""), str(name or "")
