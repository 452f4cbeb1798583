"""The roles and bindings that every cluster starts with, as data in bootstrap_policy.json."""

from typing import Any

from cluster_core.auth.rbac import GROUP

Object = dict[str, Any]
AGGREGATE = "rbac.authorization.k8s.io/aggregate-to-"
_KINDS = {
    "clusterroles": "ClusterRole",
    "clusterrolebindings": "ClusterRoleBinding",
    "roles": "Role",
    "rolebindings": "RoleBinding",
}


def objects(aggregated: bool) -> list[tuple[str, Object]]:
    """(bucket, object) of every bootstrap role and binding; `aggregated` fills the roles that a controller would fill."""
    import json
    from pathlib import Path

    data = json.loads(Path(__file__).with_name("bootstrap_policy.json").read_bytes())
    found = []
    for plural, items in data.items():
        for item in items:
            found.append((f"{plural}.{GROUP}", _complete(_KINDS[plural], item)))
    if aggregated:
        found.append((f"clusterroles.{GROUP}", _metrics_reader()))
        _aggregate([obj for bucket, obj in found if bucket.startswith("clusterroles.")])
    return found


def _complete(kind: str, item: Object) -> Object:
    metadata = item["metadata"]
    metadata["labels"] = {"kubernetes.io/bootstrapping": "rbac-defaults", **metadata.get("labels", {})}
    metadata["annotations"] = {"rbac.authorization.kubernetes.io/autoupdate": "true"}
    obj = {"kind": kind, "apiVersion": f"{GROUP}/v1", **item}
    if kind.endswith("Role"):
        obj.setdefault("rules", None)
    return obj


def _metrics_reader() -> Object:
    """What comes with a metrics server: who may read objects may read their metrics."""
    labels = {AGGREGATE + role: "true" for role in ("admin", "edit", "view")}
    rule = {"verbs": ["get", "list", "watch"], "apiGroups": ["metrics.k8s.io"], "resources": ["pods", "nodes"]}
    metadata = {"name": "system:aggregated-metrics-reader", "labels": {**labels, "k8s-app": "metrics-server"}}
    return {"kind": "ClusterRole", "apiVersion": f"{GROUP}/v1", "metadata": metadata, "rules": [rule]}


def _aggregate(roles: list[Object]) -> None:
    """Fill aggregated roles, those that others build on first."""
    for target in ("view", "edit", "admin"):
        role = next(r for r in roles if r["metadata"]["name"] == target)
        label = AGGREGATE + target
        rules: list[Object] = []
        for source in sorted(roles, key=lambda r: r["metadata"]["name"]):
            if source["metadata"]["labels"].get(label) == "true":
                rules += [r for r in source["rules"] or () if r not in rules]
        role["rules"] = rules
