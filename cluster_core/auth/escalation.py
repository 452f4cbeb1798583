"""Nobody grants more than they hold: roles and bindings are checked rule by rule.

Called by the registry's hooks for writes of roles and bindings.
"""

from collections.abc import Iterator
from typing import Any

from cluster_core.apimachinery import errors
from cluster_core.apimachinery.request import UserInfo
from cluster_core.auth.rbac import GROUP, MASTERS, Authorizer
from cluster_core.auth.rules import Attributes, Rule

Object = dict[str, Any]


def check_role(authorizer: Authorizer, user: UserInfo, resource: str, role: Object) -> None:
    """Refuse a role whose rules the user does not hold, unless they may escalate."""
    metadata = role["metadata"]
    namespace, name = metadata.get("namespace", ""), metadata["name"]
    if MASTERS in user.groups:
        return
    if authorizer.decide(user, Attributes("escalate", GROUP, resource, "", namespace, name)).allowed:
        return
    _check(authorizer, user, f"{resource}.{GROUP}", name, namespace, role.get("rules") or [])
    if (role.get("aggregationRule") or {}).get("clusterRoleSelectors"):
        held = [g.rule for g in authorizer.grants(user, "")[0]]
        if not all(any(_covers(h, piece) for h in held) for piece in _FULL):
            text = "must have cluster-admin privileges to use the aggregationRule"
            raise errors.forbidden(f"{resource}.{GROUP}", name, text)


def check_binding(authorizer: Authorizer, user: UserInfo, resource: str, binding: Object) -> None:
    """Refuse a binding to a role whose rules the user does not hold, unless they may bind it."""
    metadata, reference = binding["metadata"], binding["roleRef"]
    namespace, name = metadata.get("namespace", ""), metadata["name"]
    if MASTERS in user.groups:
        return
    plural = "clusterroles" if reference["kind"] == "ClusterRole" else "roles"
    if authorizer.decide(user, Attributes("bind", GROUP, plural, "", namespace, reference["name"])).allowed:
        return
    rules = authorizer.rules_of(reference, namespace)
    if rules is None:
        raise errors.not_found(f"{resource}.{GROUP}", reference["name"])
    _check(authorizer, user, f"{resource}.{GROUP}", name, namespace, rules)


_FULL: tuple[Object, ...] = (
    {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
    {"nonResourceURLs": ["*"], "verbs": ["*"]},
)


def _check(
    authorizer: Authorizer, user: UserInfo, group_resource: str, name: str, namespace: str, rules: list[Rule]
) -> None:
    held = [g.rule for g in authorizer.grants(user, "")[0]]
    problems = list(authorizer.grants(user, "")[1])
    if namespace:
        grants, more = authorizer.grants(user, namespace)
        held += [g.rule for g in grants]
        problems += more
    missing = [piece for rule in rules for piece in _pieces(rule) if not any(_covers(h, piece) for h in held)]
    if not missing:
        return
    lines = sorted(_text(rule) for rule in _compact(missing))
    groups = " ".join(f'"{g}"' for g in user.groups)
    text = f'user "{user.name}" (groups=[{groups}]) is attempting to grant RBAC permissions not currently held:\n'
    text += "\n".join(lines)
    if problems:
        listed = problems[0] if len(problems) == 1 else "[" + ", ".join(problems) + "]"
        text += f"; resolution errors: {listed}"
    raise errors.forbidden(group_resource, name, text)


def _pieces(rule: Rule) -> Iterator[Object]:
    """A rule as rules with one verb and one thing each."""
    for group in rule.get("apiGroups") or ():
        for resource in rule.get("resources") or ():
            for verb in rule.get("verbs") or ():
                for name in rule.get("resourceNames") or (None,):
                    piece = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
                    yield piece if name is None else {**piece, "resourceNames": [name]}
    for url in rule.get("nonResourceURLs") or ():
        for verb in rule.get("verbs") or ():
            yield {"nonResourceURLs": [url], "verbs": [verb]}


def _covers(held: Rule, piece: Object) -> bool:
    if not _has(held.get("verbs"), piece["verbs"][0]):
        return False
    if "nonResourceURLs" in piece:
        url = piece["nonResourceURLs"][0]
        owned = held.get("nonResourceURLs") or ()
        return any(o in ("*", url) or (o.endswith("*") and url.startswith(o.rstrip("*"))) for o in owned)
    if not _has(held.get("apiGroups"), piece["apiGroups"][0]):
        return False
    resource = piece["resources"][0]
    owned = held.get("resources") or ()
    sub = resource.partition("/")[2]
    if resource not in owned and "*" not in owned and not (sub and f"*/{sub}" in owned):
        return False
    names = held.get("resourceNames")
    return not names or ("resourceNames" in piece and piece["resourceNames"][0] in names)


def _has(owned: Any, wanted: str) -> bool:
    return bool(owned) and (wanted in owned or "*" in owned)


def _compact(pieces: list[Object]) -> list[Object]:
    """Pieces that differ only in the verb, as one rule."""
    found: dict[tuple[Any, ...], Object] = {}
    for piece in pieces:
        key = tuple((k, tuple(v)) for k, v in piece.items() if k != "verbs")
        rule = found.setdefault(key, {**piece, "verbs": []})
        if piece["verbs"][0] not in rule["verbs"]:
            rule["verbs"].append(piece["verbs"][0])
    return list(found.values())


_ORDER = (
    ("APIGroups", "apiGroups"),
    ("Resources", "resources"),
    ("NonResourceURLs", "nonResourceURLs"),
    ("ResourceNames", "resourceNames"),
    ("Verbs", "verbs"),
)


def _text(rule: Object) -> str:
    shown = (f"{title}:[" + " ".join(f'"{v}"' for v in rule[key]) + "]" for title, key in _ORDER if rule.get(key))
    return "{" + ", ".join(shown) + "}"
