"""Roles and bindings."""

from typing import Any

from helmpy.actions.describe.context import Context
from helmpy.actions.describe.pods import heading, marks
from helmpy.actions.describe.writer import Writer


def role(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A Role or ClusterRole: one row for each resource."""
    heading(w, obj, namespace=False)
    marks(w, obj)
    w.line(0, "PolicyRule:")
    rows = sorted(row for rule in obj.get("rules") or [] for row in _rule_rows(rule))
    w.rows(1, ["Resources", "Non-Resource URLs", "Resource Names", "Verbs"], rows)


cluster_role = role


def _rule_rows(rule: dict[str, Any]) -> list[list[str]]:
    verbs = f"[{' '.join(rule.get('verbs') or [])}]"
    names = f"[{' '.join(rule.get('resourceNames') or [])}]"
    if rule.get("nonResourceURLs"):
        return [["", f"[{' '.join(rule['nonResourceURLs'])}]", "[]", verbs]]
    groups, resources = rule.get("apiGroups") or [""], rule.get("resources") or []
    return [
        [f"{resource}.{group}" if group else resource, "[]", names, verbs] for resource in resources for group in groups
    ]


def role_binding(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A RoleBinding or ClusterRoleBinding."""
    heading(w, obj, namespace=False)
    marks(w, obj)
    w.line(0, "Role:")
    w.field(1, "Kind", obj["roleRef"]["kind"])
    w.field(1, "Name", obj["roleRef"]["name"])
    w.line(0, "Subjects:")
    rows = [[s["kind"], s["name"], s.get("namespace", "")] for s in obj.get("subjects") or []]
    w.rows(1, ["Kind", "Name", "Namespace"], rows)


cluster_role_binding = role_binding
