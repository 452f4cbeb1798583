"""ConfigMaps, Secrets, ServiceAccounts, Namespaces, ResourceQuotas."""

import base64
from typing import Any

from cluster_core.apimachinery.gvk import GVR
from helmpy.actions.describe.context import Context
from helmpy.actions.describe.pods import heading, marks
from helmpy.actions.describe.writer import Writer


def config_map(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A ConfigMap with its data."""
    heading(w, obj)
    marks(w, obj)
    w.line(0)
    w.line(0, "Data")
    w.line(0, "====")
    for key, value in sorted((obj.get("data") or {}).items()):
        w.line(0, f"{key}:")
        w.line(0, "----")
        for part in value.split("\n"):
            w.line(0, part)
        w.line(0)
    w.line(0)
    w.line(0, "BinaryData")
    w.line(0, "====")
    for key, value in sorted((obj.get("binaryData") or {}).items()):
        w.line(0, f"{key}: {len(base64.b64decode(value))} bytes")
    w.line(0)


def secret(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A Secret; of its data only the sizes."""
    heading(w, obj)
    marks(w, obj)
    w.line(0)
    w.field(0, "Type", obj.get("type", ""))
    w.line(0)
    w.line(0, "Data")
    w.line(0, "====")
    for key, value in sorted((obj.get("data") or {}).items()):
        data = base64.b64decode(value)
        shown = (
            data.decode()
            if obj.get("type") == "kubernetes.io/service-account-token" and key == "token"
            else f"{len(data)} bytes"
        )
        w.line(0, f"{key}:", shown)


def service_account(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A ServiceAccount."""
    heading(w, obj)
    marks(w, obj)
    names = [item["name"] for item in obj.get("imagePullSecrets") or []]
    w.field(0, "Image pull secrets", "\n".join(names) or "<none>")


def namespace(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A Namespace, its quotas and limits."""
    name = obj["metadata"]["name"]
    heading(w, obj, namespace=False)
    marks(w, obj)
    w.field(0, "Status", (obj.get("status") or {}).get("phase", ""))
    w.line(0)
    quotas = context.all(GVR("", "v1", "resourcequotas"), name)
    if quotas:
        w.line(0, "Resource Quotas")
        for quota in quotas:
            w.field(1, "Name", quota["metadata"]["name"])
            w.rows(1, ["Resource", "Used", "Hard"], _quota_rows(quota))
    else:
        w.line(0, "No resource quota.")
    w.line(0)
    ranges = context.all(GVR("", "v1", "limitranges"), name)
    if not ranges:
        w.line(0, "No LimitRange resource.")
        return
    w.line(0, "Resource Limits")
    rows = [row for item in ranges for row in _limit_rows(item)]
    w.rows(1, ["Type", "Resource", "Min", "Max", "Default Request", "Default Limit", "Max Limit/Request Ratio"], rows)


def _limit_rows(item: dict[str, Any]) -> list[list[str]]:
    rows = []
    for limit in item["spec"].get("limits") or []:
        parts = [limit.get(f) or {} for f in ("min", "max", "defaultRequest", "default", "maxLimitRequestRatio")]
        names = sorted({name for part in parts for name in part})
        rows += [[limit["type"], name, *(part.get(name, "-") for part in parts)] for name in names]
    return rows


def _quota_rows(obj: dict[str, Any]) -> list[list[str]]:
    status = obj.get("status") or {}
    used = status.get("used") or {}
    return [[name, used.get(name, "0"), hard] for name, hard in sorted((status.get("hard") or {}).items())]


def resource_quota(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A ResourceQuota."""
    w.line(0, "Name:", obj["metadata"]["name"])
    w.line(0, "Namespace:", obj["metadata"]["namespace"])
    scopes = obj["spec"].get("scopes")
    if scopes:
        w.field(0, "Scopes", ", ".join(scopes))
    w.rows(0, ["Resource", "Used", "Hard"], _quota_rows(obj))
