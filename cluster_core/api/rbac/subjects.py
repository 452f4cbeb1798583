"""Role bindings: what RoleBinding and ClusterRoleBinding share."""

from collections.abc import Sequence

from cluster_core.api.cells import AGE, NAME
from cluster_core.api.go_structs import shown
from cluster_core.api.resource import Column, Object
from cluster_core.api.validation import Errors, name, one_of
from cluster_core.apimachinery import field
from cluster_core.apimachinery.names import dns1123_subdomain, path_segment

GROUP = "rbac.authorization.k8s.io"


def default(binding: Object) -> None:
    """References are to RBAC's own group; users and groups belong to it."""
    if not binding["roleRef"].get("apiGroup"):
        binding["roleRef"]["apiGroup"] = GROUP
    for subject in binding.get("subjects") or ():
        if not subject.get("apiGroup") and subject["kind"] in ("User", "Group"):
            subject["apiGroup"] = GROUP


def validate_binding(binding: Object, kinds: Sequence[str]) -> Errors:
    """A new binding to a role of these kinds; only those to a ClusterRole alone demand namespaces of service accounts."""
    errors: Errors = []
    role = binding["roleRef"]
    one_of(errors, "roleRef.apiGroup", role.get("apiGroup", ""), (GROUP,))
    one_of(errors, "roleRef.kind", role.get("kind", ""), kinds)
    if not role.get("name"):
        errors.append(field.required("roleRef.name"))
    else:
        name(errors, "roleRef.name", role["name"], path_segment)
    for index, subject in enumerate(binding.get("subjects") or ()):
        _validate_subject(errors, f"subjects[{index}]", subject, namespaced="Role" in kinds)
    return errors


def validate_role_unchanged(errors: Errors, new: Object, old: Object) -> None:
    """A binding keeps its role."""
    if new["roleRef"] != old["roleRef"]:
        errors.append(field.invalid("roleRef", shown("RoleRef", new["roleRef"]), "cannot change roleRef"))


def _validate_subject(errors: Errors, path: str, subject: Object, namespaced: bool) -> None:
    kind, group = subject.get("kind", ""), subject.get("apiGroup", "")
    if not subject.get("name"):
        errors.append(field.required(f"{path}.name"))
    if kind == "ServiceAccount":
        if subject.get("name"):
            name(errors, f"{path}.name", subject["name"], dns1123_subdomain)
        one_of(errors, f"{path}.apiGroup", group, ("",))
        if not namespaced and not subject.get("namespace"):
            errors.append(field.required(f"{path}.namespace"))
    elif kind in ("User", "Group"):
        one_of(errors, f"{path}.apiGroup", group, (GROUP,))
    else:
        one_of(errors, f"{path}.kind", kind, ("ServiceAccount", "User", "Group"))


def _role(binding: Object, _now: float) -> str:
    return f"{binding['roleRef']['kind']}/{binding['roleRef']['name']}"


def _names(kind: str) -> Column:
    def cell(binding: Object, _now: float) -> str:
        return ", ".join(_name(subject) for subject in binding.get("subjects") or () if subject["kind"] == kind)

    return Column(f"{kind}s", cell, priority=1)


def _name(subject: Object) -> str:
    text = str(subject["name"])
    return f"{subject.get('namespace', '')}/{text}" if subject["kind"] == "ServiceAccount" else text


COLUMNS = (NAME, Column("Role", _role), AGE, _names("User"), _names("Group"), _names("ServiceAccount"))
