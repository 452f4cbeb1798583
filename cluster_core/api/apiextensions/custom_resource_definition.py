"""CustomResourceDefinition: names, conversion, status."""

from collections.abc import Iterator

from cluster_core.api.apiextensions.definition_validation import validate, validate_status, validate_update
from cluster_core.api.apiextensions.expressions import children
from cluster_core.api.cells import NAME, get
from cluster_core.api.resource import Column, Object, Resource


def default(definition: Object) -> None:
    """Singular and list kind follow the kind; versions need no conversion; the storage version has been stored."""
    spec = definition["spec"]
    names = spec["names"]
    if not names.get("singular"):
        names["singular"] = names.get("kind", "").lower()
    if not names.get("listKind") and names.get("kind"):
        names["listKind"] = f"{names['kind']}List"
    if "conversion" not in spec:
        spec["conversion"] = {"strategy": "None"}
    webhook = (spec["conversion"].get("webhook") or {}).get("clientConfig") or {}
    if "service" in webhook:
        webhook["service"].setdefault("port", 443)
    _default_stored_versions(definition["status"], spec)


def _default_stored_versions(status: Object, spec: Object) -> None:
    if not status.get("storedVersions"):
        stored = [version["name"] for version in spec.get("versions") or () if version.get("storage")]
        status["storedVersions"] = stored[:1] or None


def prepare(new: Object, old: Object | None) -> None:
    """Status belongs to the server, which notes every version that was ever stored."""
    spec = new["spec"]
    if old is None:
        new["status"] = {"conditions": None, "acceptedNames": {"plural": "", "kind": ""}, "storedVersions": None}
        _default_stored_versions(new["status"], spec)
        return
    status = new["status"] = old["status"]
    for version in spec.get("versions") or ():
        if version.get("storage") and version["name"] not in (status.get("storedVersions") or ()):
            new["status"] = {**status, "storedVersions": [*(status.get("storedVersions") or ()), version["name"]]}


_FORMATS = {
    "integer": ("int32", "int64"),
    "number": ("float", "double"),
    "string": (
        "bsonobjectid", "uri", "email", "hostname", "ipv4", "ipv6", "cidr", "mac", "uuid", "uuid3", "uuid4", "uuid5",
        "isbn", "isbn10", "isbn13", "creditcard", "ssn", "hexcolor", "rgbcolor", "byte", "password", "date", "duration",
        "datetime", "k8sshortname", "k8slongname",
    ),
}  # fmt: skip
"""Formats that mean something, by type; texts without their dashes."""


def warnings(new: Object, old: Object | None) -> list[str]:
    """Formats that mean nothing, unless they were there before."""
    known = set(_odd_formats(old)) if old is not None else set()
    return [f'unrecognized format "{form}"' for form in sorted(set(_odd_formats(new)) - known)]


def _odd_formats(definition: Object) -> Iterator[str]:
    for version in definition["spec"].get("versions") or ():
        yield from _odd_formats_of((version.get("schema") or {}).get("openAPIV3Schema") or {})


def _odd_formats_of(schema: Object) -> Iterator[str]:
    form, kind = schema.get("format", ""), schema.get("type") or "string"
    if form and kind in _FORMATS and (form.replace("-", "") if kind == "string" else form) not in _FORMATS[kind]:
        yield form
    for _, child, _ in children(schema, "", ""):
        yield from _odd_formats_of(child)


RESOURCES = (
    Resource(
        group="apiextensions.k8s.io",
        version="v1",
        kind="CustomResourceDefinition",
        plural="customresourcedefinitions",
        short_names=("crd", "crds"),
        categories=("api-extensions",),
        namespaced=False,
        subresources=("status",),
        default=default,
        prepare=prepare,
        validate=validate,
        warnings=warnings,
        validate_update=validate_update,
        validate_status=validate_status,
        unconditional_update=False,
        columns=(NAME, Column("Created At", get("metadata", "creationTimestamp"), "date")),
    ),
)
