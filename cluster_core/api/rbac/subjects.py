"""Role bindings: what RoleBinding and ClusterRoleBinding share."""

from cluster_core.api.cells import AGE, NAME
from cluster_core.api.resource import Column, Object

GROUP = "rbac.authorization.k8s.io"


def default(binding: Object) -> None:
    """References are to RBAC's own group; users and groups belong to it."""
    if not binding["roleRef"].get("apiGroup"):
        binding["roleRef"]["apiGroup"] = GROUP
    for subject in binding.get("subjects") or ():
        if not subject.get("apiGroup") and subject["kind"] in ("User", "Group"):
            subject["apiGroup"] = GROUP


def _role(binding: Object, _now: float) -> str:
    return f"{binding['roleRef']['kind']}/{binding['roleRef']['name']}"


def _names(kind: str) -> Column:
    def cell(binding: Object, _now: float) -> str:
        return ", ".join(_name(subject) for subject in binding.get("subjects") or () if subject["kind"] == kind)

    return Column(f"{kind}s", cell, priority=1)


def _name(subject: Object) -> str:
    name = str(subject["name"])
    return f"{subject.get('namespace', '')}/{name}" if subject["kind"] == "ServiceAccount" else name


COLUMNS = (NAME, Column("Role", _role), AGE, _names("User"), _names("Group"), _names("ServiceAccount"))
