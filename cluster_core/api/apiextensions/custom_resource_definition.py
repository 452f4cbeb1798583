"""CustomResourceDefinition: names, conversion, status."""

from cluster_core.api.apiextensions.definition_validation import validate, validate_status, validate_update
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
        validate_update=validate_update,
        validate_status=validate_status,
        unconditional_update=False,
        columns=(NAME, Column("Created At", get("metadata", "creationTimestamp"), "date")),
    ),
)
