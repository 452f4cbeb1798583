"""Handing fields that were written client-side to server-side apply, so that applying can also remove them.

The rule is that of k8s.io/client-go/util/csaupgrade.
"""

from typing import Any

from cluster_core.apimachinery.gvk import GVR
from cluster_core.client.client import Client
from helmpy.kube import documents


def shown(client: Client, gvr: GVR, name: str, namespace: str) -> list[dict[str, Any]]:
    """The managedFields of an object, which an in-process answer leaves out unless asked for a document."""
    return documents.fetch(client, gvr, namespace, name)["metadata"].get("managedFields") or []


def upgrade(entries: list[dict[str, Any]], manager: str) -> list[dict[str, Any]] | None:
    """managedFields with what `manager` wrote by Update joined to what it applied; None when it wrote nothing so."""
    updates = [e for e in entries if _is(e, manager, "Update")]
    if not updates:
        return None
    applied = next((e for e in entries if _is(e, manager, "Apply")), None)
    fields: dict[str, Any] = dict((applied or {}).get("fieldsV1") or {})
    for entry in updates:
        fields = _union(fields, entry.get("fieldsV1") or {})
    joined = {**(applied or updates[0]), "operation": "Apply", "fieldsV1": fields}
    others = [e for e in entries if e not in updates and e is not applied]
    return [*others, joined]


def _is(entry: dict[str, Any], manager: str, operation: str) -> bool:
    return entry.get("manager") == manager and entry.get("operation") == operation and not entry.get("subresource")


def _union(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Two FieldsV1 trees as one."""
    return {
        key: _union(one.get(key) or {}, other.get(key) or {})
        if key in one and key in other
        else one.get(key, other.get(key))
        for key in (*one, *(key for key in other if key not in one))
    }
