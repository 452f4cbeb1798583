"""From a CustomResourceDefinition to the resources that it serves."""

from typing import Any

from cluster_core.api.resource import Column, Resource
from cluster_core.apimachinery.field import FieldError
from cluster_core.apimachinery.managed_fields.types import Type
from cluster_core.apimachinery.meta import deep_copy
from cluster_core.apiserver.custom import json_path, structural, validation
from cluster_core.apiserver.custom.rules import Rules
from cluster_core.apiserver.served import Served

Object = dict[str, Any]
META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


class Custom:
    """The rules of one version of a custom resource."""

    def __init__(self, schema: Object, subresources: Object) -> None:
        self.schema = schema
        self.has_status = "status" in subresources
        scale = subresources.get("scale") or {}
        self.scale_paths = (
            scale.get("specReplicasPath", ""),
            scale.get("statusReplicasPath", ""),
            scale.get("labelSelectorPath", ""),
        )
        self._apply_type: Type | None = None
        self._rules = Rules(schema, root=True)

    @property
    def apply_type(self) -> Type:
        """How server-side apply sees the kind."""
        if self._apply_type is None:
            from cluster_core.api.schema import shape_named
            from cluster_core.apiserver.apply_types import type_of

            self._apply_type = structural.apply_type(self.schema, True, type_of(shape_named(META)))
        return self._apply_type

    def decode(self, body: Object) -> tuple[Object, list[str]]:
        """The request's own copy, pruned, and its unknown fields; raises ValueError for bad metadata."""
        from cluster_core.api.schema import decode, shape_named

        obj = deep_copy(body)
        metadata = obj.get("metadata")
        unknown: list[str] = []
        decoded = decode(shape_named(META), metadata if isinstance(metadata, dict) else {})
        obj["metadata"] = decoded.object
        unknown += [u.replace('unknown field "', 'unknown field "metadata.') for u in decoded.unknown]
        pruned: list[str] = []
        structural.prune(self.schema, obj, pruned)
        return obj, unknown + [f'unknown field "{p}"' for p in sorted(pruned)]

    def drop_nulls(self, obj: Object) -> None:
        """Nulls that mean nothing go; those of a server-side apply are refused instead."""
        structural.drop_nulls(self.schema, obj)

    def default(self, obj: Object) -> None:
        """Set defaults."""
        structural.fill_defaults(self.schema, obj)

    def prepare(self, new: Object, old: Object | None) -> None:
        """Status belongs to its subresource, if there is one."""
        if not self.has_status:
            return
        if old is not None and "status" in old:
            new["status"] = old["status"]
        else:
            new.pop("status", None)

    def validate(self, obj: Object) -> list[FieldError]:
        """Every problem of an object."""
        found = validation.validate(self.schema, obj)
        return found + self._rules.problems(obj, None, found)

    def validate_update(self, new: Object, old: Object) -> list[FieldError]:
        """Every problem of an update's result."""
        found = validation.validate(self.schema, new)
        return found + self._rules.problems(new, old, found)


def served(definition: Object, version: Object) -> Served:
    """What one version of a definition serves."""
    spec = definition["spec"]
    names = (definition.get("status") or {}).get("acceptedNames") or {}
    names = names if names.get("plural") else spec["names"]
    subresources = version.get("subresources") or {}
    custom = Custom((version.get("schema") or {}).get("openAPIV3Schema") or {structural.PRESERVE: True}, subresources)
    resource = Resource(
        group=spec["group"],
        version=version["name"],
        kind=names["kind"],
        plural=names["plural"],
        singular=names.get("singular") or names["kind"].lower(),
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        namespaced=spec["scope"] == "Namespaced",
        subresources=tuple(subresources),
        storage_version=next(v["name"] for v in spec["versions"] if v.get("storage")),
        default=custom.default,
        prepare=custom.prepare,
        validate=custom.validate,
        validate_update=custom.validate_update,
        validate_status=custom.validate_update,
        verbs=("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"),
        deprecation=_deprecation(spec["group"], names["kind"], version),
        columns=_columns(version),
        selectable_fields={
            f["jsonPath"].lstrip("."): _selectable(f["jsonPath"]) for f in version.get("selectableFields") or ()
        },
    )
    return Served(resource, f"{names['plural']}.{spec['group']}", custom=custom)


def _deprecation(group: str, kind: str, version: Object) -> str:
    if not version.get("deprecated"):
        return ""
    return version.get("deprecationWarning") or f"{group}/{version['name']} {kind} is deprecated"


def _selectable(path: str) -> Any:
    def value(obj: Object) -> str:
        found = json_path.first(obj, path)
        return "" if found is None else str(found).lower() if isinstance(found, bool) else str(found)

    return value


def _columns(version: Object) -> tuple[Column, ...]:
    from cluster_core.api import cells

    columns: list[Column] = [cells.NAME]
    declared = version.get("additionalPrinterColumns")
    if not declared:
        return (cells.NAME, Column("Age", cells.AGE.cell, "date"))
    for column in declared:
        columns.append(
            Column(
                column["name"],
                _cell(column["jsonPath"], column["type"]),
                column["type"],
                column.get("format", ""),
                column.get("priority", 0),
            )
        )
    return tuple(columns)


def _cell(path: str, type: str) -> Any:
    def cell(obj: Object, now: float) -> Any:
        found = json_path.first(obj, path)
        return None if found is None else _SHOWN[type](found, now)

    return cell


def _text(value: Any, _now: float) -> str:
    import json

    if isinstance(value, (dict, list)):
        return json.dumps(value, separators=(",", ":"))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _date(value: Any, now: float) -> Any:
    from cluster_core.api.cells import human_duration
    from cluster_core.apimachinery.timestamps import parse

    try:
        return human_duration(now - parse(value)) if isinstance(value, str) else None
    except ValueError:
        return "<invalid>"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_SHOWN: dict[str, Any] = {
    "string": _text,
    "date": _date,
    "integer": lambda value, _: int(value) if _is_number(value) else None,
    "number": lambda value, _: value if _is_number(value) else None,
    "boolean": lambda value, _: value if isinstance(value, bool) else None,
}
"""How columns show a value; what does not fit the column's type is left empty."""
