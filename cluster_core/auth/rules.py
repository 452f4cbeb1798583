"""RBAC rules: what one rule allows, and who is a binding's subject."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from cluster_core.apimachinery.request import UserInfo

Rule = Mapping[str, Any]


class Attributes(NamedTuple):
    """One question: may somebody do this? Either a resource, or a `path` with an HTTP method as verb."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""
    version: str = ""

    @property
    def combined(self) -> str:
        """`pods/log`, or the resource alone."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def allows(rule: Rule, wanted: Attributes) -> bool:
    """Whether a rule allows what is wanted."""
    verbs = rule.get("verbs") or ()
    if wanted.verb not in verbs and "*" not in verbs:
        return False
    if wanted.path:
        return any(_covers_path(url, wanted.path) for url in rule.get("nonResourceURLs") or ())
    groups = rule.get("apiGroups") or ()
    if wanted.group not in groups and "*" not in groups:
        return False
    if not _covers_resource(rule.get("resources") or (), wanted):
        return False
    names = rule.get("resourceNames")
    return not names or wanted.name in names


def _covers_resource(resources: Any, wanted: Attributes) -> bool:
    if "*" in resources or wanted.combined in resources:
        return True
    return bool(wanted.subresource) and f"*/{wanted.subresource}" in resources


def _covers_path(url: str, path: str) -> bool:
    return url in ("*", path) or (url.endswith("*") and path.startswith(url.rstrip("*")))


def subject_text(subject: Mapping[str, Any], user: UserInfo, namespace: str) -> str | None:
    """How a subject names this user, as reasons show it; None if it does not."""
    kind, name = subject.get("kind"), subject.get("name", "")
    if kind == "User":
        return f'User "{name}"' if name == user.name else None
    if kind == "Group":
        return f'Group "{name}"' if name in user.groups else None
    if kind == "ServiceAccount":
        space = subject.get("namespace") or namespace
        if space and user.name == f"system:serviceaccount:{space}:{name}":
            return f'ServiceAccount "{name}/{space}"'
    return None
