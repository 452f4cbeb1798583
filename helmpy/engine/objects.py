"""`.Values` (a typed map with methods) and `.Chart` as templates see them.

Built by `context`.
"""

from collections.abc import Iterable

from helmpy.annotations import Any, ClassVar
from helmpy.chart.metadata import Dependency, Maintainer, Metadata
from helmpy.golang.strconv import quote
from helmpy.golang.types import GoError, NilStringMap, StringMap


class Values(dict[str, Any]):
    """Helm's common.Values: a map whose methods shadow keys of the same names."""

    GO_TYPE, GO_KIND = "common.Values", "map"
    GO_UNDERLYING: ClassVar[str] = "map[string]interface {}"
    GO_METHODS: ClassVar[dict[str, str]] = {
        "AsMap": "as_map",
        "Encode": "encode",
        "PathValue": "path_value",
        "Table": "table",
        "YAML": "yaml",
    }
    GO_PARAMS: ClassVar[dict[str, tuple[str, ...]]] = {
        "Encode": ("io.Writer",),
        "PathValue": ("string",),
        "Table": ("string",),
    }

    _plain: "PlainView | None" = None

    def as_map(self) -> dict[str, Any]:
        """The same entries as a plain map; changes of it are changes of these values."""
        return self.plain_map() if self else {}

    def plain_map(self) -> "PlainView":
        """These entries under the type map[string]interface {}, as a function with a parameter of it returns them."""
        if self._plain is None:
            self._plain = PlainView(self)
        return self._plain

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        if self._plain is not None:
            dict.__setitem__(self._plain, key, value)

    def pop(self, key: str, *default: Any) -> Any:
        """As of a dict; gone from the plain view, too."""
        if self._plain is not None:
            dict.pop(self._plain, key, None)
        return super().pop(key, *default)

    def table(self, name: str) -> "Values":
        """The map at a dotted path. Raises GoError when there is none."""
        table = self
        for step in name.split("."):
            found = table.get(step)
            if not isinstance(found, dict):
                raise GoError(f"{quote(step)} is not a table")
            table = found if isinstance(found, Values) else SharedValues(found)
        return table

    def path_value(self, path: str) -> Any:
        """The value, not a map, at a dotted path. Raises GoError when there is none."""
        if not path:
            raise GoError("YAML path cannot be empty")
        *above, key = path.split(".")
        try:
            table = self.table(".".join(above)) if above else self
        except GoError:
            raise GoError(f"{quote(key)} is not a value") from None
        if key not in table or isinstance(table[key], dict):
            raise GoError(f"{quote(key)} is not a value")
        return table[key]

    def yaml(self) -> str:
        """The values as YAML."""
        from helmpy.yaml import emitter

        return emitter.dump(self)

    def encode(self, writer: Any) -> None:
        """Writes YAML to a writer; templates have none."""
        raise GoError("runtime error: invalid memory address or nil pointer dereference")


class _Linked:
    """Mixin for dicts that pass every change on to the dict that they are a view of.

    Go sees one map under two types; one Python dict has one class, so the second type is a copy that writes through.
    """

    base: dict[str, Any]

    def __setitem__(self, key: str, value: Any) -> None:
        self.base[key] = value
        super().__setitem__(key, value)  # type: ignore[misc]

    def __delitem__(self, key: str) -> None:
        self.base.pop(key, None)
        super().__delitem__(key)  # type: ignore[misc]

    def pop(self, key: str, *default: Any) -> Any:
        self.base.pop(key, None)
        return super().pop(key, *default)  # type: ignore[misc]

    def update(self, *others: Any, **named: Any) -> None:
        for key, value in dict(*others, **named).items():
            self[key] = value

    def setdefault(self, key: str, default: Any = None) -> Any:
        if key not in self:  # type: ignore[operator]
            self[key] = default
        return self[key]  # type: ignore[index]

    def clear(self) -> None:
        self.base.clear()
        super().clear()  # type: ignore[misc]

    def refresh(self) -> None:
        """Take over what was changed in the base since."""
        dict.clear(self)  # type: ignore[arg-type]
        dict.update(self, self.base)  # type: ignore[call-overload]
        plain = getattr(self, "_plain", None)
        if plain is not None:
            plain.refresh()


class SharedValues(_Linked, Values):
    """Values that are at the same time a plain map in the parent's values."""

    def __init__(self, base: dict[str, Any]) -> None:
        super().__init__(base)
        self.base = base


class PlainView(_Linked, dict[str, Any]):
    """The plain map that `.Values.AsMap` and functions such as `merge` return of values."""

    GO_TYPE, GO_KIND = "map[string]interface {}", "map"

    def __init__(self, base: dict[str, Any]) -> None:
        super().__init__(base)
        self.base = base


def chart_object(metadata: Metadata, *, is_root: bool) -> dict[str, Any]:
    """`.Chart`: every field of Chart.yaml under its Go name."""
    annotations = metadata.annotations
    return {
        "APIVersion": metadata.api_version,
        "Annotations": NilStringMap() if annotations is None else StringMap(annotations),
        "AppVersion": metadata.app_version,
        "Condition": metadata.condition,
        "Dependencies": [_dependency(item) for item in _present(metadata.dependencies)],
        "Deprecated": metadata.deprecated,
        "Description": metadata.description,
        "Home": metadata.home,
        "Icon": metadata.icon,
        "IsRoot": is_root,
        "Keywords": list(metadata.keywords),
        "KubeVersion": metadata.kube_version,
        "Maintainers": [_maintainer(item) for item in _present(metadata.maintainers)],
        "Name": metadata.name,
        "Sources": list(metadata.sources),
        "Tags": metadata.tags,
        "Type": metadata.type,
        "Version": metadata.version,
    }


def _present(items: Iterable[Any]) -> list[Any]:
    return [item for item in items if item is not None]


def _maintainer(maintainer: Maintainer) -> dict[str, Any]:
    return {"Email": maintainer.email, "Name": maintainer.name, "URL": maintainer.url}


def _dependency(dependency: Dependency) -> dict[str, Any]:
    return {
        "Alias": dependency.alias,
        "Condition": dependency.condition,
        "Enabled": dependency.enabled,
        "ImportValues": list(dependency.import_values),
        "Name": dependency.name,
        "Repository": dependency.repository,
        "Tags": list(dependency.tags),
        "Version": dependency.version,
    }
