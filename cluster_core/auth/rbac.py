"""The RBAC authorizer: roles and bindings to yes or no, with the reasons that Kubernetes gives.

The pipeline asks it for every request. Answers are remembered until a role or binding changes.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from cluster_core.apimachinery import errors
from cluster_core.apimachinery.request import UserInfo
from cluster_core.auth.rules import Attributes, Rule, allows, subject_text

Object = dict[str, Any]
GROUP = "rbac.authorization.k8s.io"
ROLES, CLUSTER_ROLES = f"roles.{GROUP}", f"clusterroles.{GROUP}"
BINDINGS, CLUSTER_BINDINGS = f"rolebindings.{GROUP}", f"clusterrolebindings.{GROUP}"
MASTERS = "system:masters"
REMEMBERED = 20_000


class Roles(Protocol):
    """Stored roles and bindings."""

    def get(self, bucket: str, namespace: str, name: str) -> Object | None:
        """One object, None without it."""
        ...

    def list(self, bucket: str, namespace: str | None = None) -> Any:
        """All objects of a bucket or of one of its namespaces."""
        ...

    def changed(self) -> int:
        """A number that grows with every change of a role or binding."""
        ...


class Decision(NamedTuple):
    """Whether something is allowed, and why (or which roles could not be read)."""

    allowed: bool
    reason: str


class Grant(NamedTuple):
    """A rule that a user holds, and how: the reason shown when it decides."""

    rule: Rule
    reason: str


class Authorizer:
    """Answers by roles and bindings; system:masters may do everything."""

    def __init__(self, roles: Roles) -> None:
        self._roles = roles
        self._seen = -1
        self._grants: dict[tuple[str, tuple[str, ...], str], tuple[list[Grant], list[str]]] = {}
        self._decisions: dict[tuple[str, tuple[str, ...], Attributes], Decision] = {}

    def decide(self, user: UserInfo, wanted: Attributes) -> Decision:
        """Whether the user may do what is wanted."""
        if MASTERS in user.groups:
            return Decision(True, "")
        self._forget_stale()
        key = (user.name, user.groups, wanted)
        found = self._decisions.get(key)
        if found is None:
            if len(self._decisions) > REMEMBERED:
                self._decisions.clear()
            found = self._decisions[key] = self._decide(user, wanted)
        return found

    def _forget_stale(self) -> None:
        changed = self._roles.changed()
        if changed != self._seen:
            self._seen = changed
            self._grants.clear()
            self._decisions.clear()

    def _decide(self, user: UserInfo, wanted: Attributes) -> Decision:
        cluster_grants, cluster_problems = self.grants(user, "")
        for grant in cluster_grants:
            if allows(grant.rule, wanted):
                return Decision(True, grant.reason)
        problems = cluster_problems
        if wanted.namespace and not wanted.path:
            grants, more = self.grants(user, wanted.namespace)
            for grant in grants:
                if allows(grant.rule, wanted):
                    return Decision(True, grant.reason)
            problems = problems + more
        if not problems:
            return Decision(False, "")
        listed = problems[0] if len(problems) == 1 else "[" + ", ".join(problems) + "]"
        return Decision(False, f"RBAC: {listed}")

    def grants(self, user: UserInfo, namespace: str) -> tuple[list[Grant], list[str]]:
        """What the user holds by cluster-wide bindings ("") or by those of one namespace, and which roles are missing."""
        self._forget_stale()
        key = (user.name, user.groups, namespace)
        found = self._grants.get(key)
        if found is None:
            problems: list[str] = []
            found = self._grants[key] = (list(self._collect(user, namespace, problems)), problems)
        return found

    def _collect(self, user: UserInfo, namespace: str, problems: list[str]) -> Iterator[Grant]:
        bindings = self._roles.list(BINDINGS, namespace) if namespace else self._roles.list(CLUSTER_BINDINGS)
        for binding in bindings:
            texts = (subject_text(s, user, namespace) for s in binding.get("subjects") or ())
            subject = next((t for t in texts if t is not None), None)
            if subject is None:
                continue
            rules = self.rules_of(binding["roleRef"], namespace)
            reference = binding["roleRef"]
            if rules is None:
                problems.append(f'{reference["kind"].lower()}.{GROUP} "{reference["name"]}" not found')
                continue
            reason = _reason(binding, namespace, subject)
            for rule in rules:
                yield Grant(rule, reason)

    def rules_of(self, reference: Rule, namespace: str) -> list[Rule] | None:
        """The rules of a binding's role; None if the role is missing."""
        if reference["kind"] == "ClusterRole":
            role = self._roles.get(CLUSTER_ROLES, "", reference["name"])
        else:
            role = self._roles.get(ROLES, namespace, reference["name"])
        return None if role is None else role.get("rules") or []

    def check(self, user: UserInfo, wanted: Attributes) -> None:
        """Raise forbidden unless the user may do what is wanted."""
        decision = self.decide(user, wanted)
        if not decision.allowed:
            raise refusal(user, wanted, decision.reason)


def _reason(binding: Object, namespace: str, subject: str) -> str:
    name, reference = binding["metadata"]["name"], binding["roleRef"]
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    place = f"{name}/{namespace}" if namespace else name
    return f'RBAC: allowed by {kind} "{place}" of {reference["kind"]} "{reference["name"]}" to {subject}'


def refusal(user: UserInfo, wanted: Attributes, reason: str) -> errors.ApiError:
    """The forbidden error of a denied request."""
    suffix = f": {reason}" if reason else ""
    if wanted.path:
        text = f'User "{user.name}" cannot {wanted.verb} path "{wanted.path}"{suffix}'
        error = errors.forbidden("", "", text)
        error.details = {}
        return error
    where = f'in the namespace "{wanted.namespace}"' if wanted.namespace else "at the cluster scope"
    what = f'resource "{wanted.combined}" in API group "{wanted.group}" {where}'
    group_resource = f"{wanted.resource}.{wanted.group}" if wanted.group else wanted.resource
    return errors.forbidden(group_resource, wanted.name, f'User "{user.name}" cannot {wanted.verb} {what}{suffix}')
