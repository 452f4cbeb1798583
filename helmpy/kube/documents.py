"""Objects as documents: with managedFields and all, which an in-process answer leaves out unless it is asked for JSON."""

from typing import Any

from cluster_core.apimachinery.gvk import GVR
from cluster_core.apimachinery.request import Request
from cluster_core.client.client import Client


def fetch(client: Client, gvr: GVR, namespace: str = "", name: str = "", label_selector: str = "") -> dict[str, Any]:
    """One object, or the list object of those that match, as the server writes them. Raises ApiError."""
    query = {"labelSelector": label_selector} if label_selector else {}
    answer = client.transport.request(
        Request(
            "get" if name else "list",
            gvr,
            namespace,
            name,
            query=query,
            user=client.user,
            impersonate=client.impersonate,
            accept="application/json",
        )
    )
    if name:
        return answer
    group_version = {"apiVersion": answer.get("apiVersion", gvr.api_version)}
    kind = str(answer.get("kind", "List"))
    items = [{**group_version, "kind": kind.removesuffix("List"), **item} for item in answer.get("items") or []]
    return {**answer, **group_version, "items": items, "kind": kind}
