"""Questions asked as objects: access reviews, rules reviews, who am I, token reviews. Nothing is stored.

Served for create on the review kinds; the answer is the object with its status.
"""

from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery import errors, field
from cluster_core.apimachinery.request import UserInfo
from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.apiserver.call import Call
from cluster_core.auth.rbac import MASTERS
from cluster_core.auth.rules import Attributes

if TYPE_CHECKING:
    from cluster_core.apiserver.pipeline import APIServer

Object = dict[str, Any]


def serve(server: "APIServer", call: Call) -> Object:
    """Answer a review."""
    obj = server.registry.decode(call, call.request.body)
    spec = obj.get("spec") or {}
    if call.served.resource.kind in ("SubjectAccessReview", "SelfSubjectAccessReview"):
        _check_metadata(call, obj.get("metadata") or {})
    obj["status"] = _ANSWERS[call.served.resource.kind](server, call, obj, spec)
    obj["metadata"] = {k: v for k, v in (obj.get("metadata") or {}).items() if k != "managedFields"}
    if call.served.resource.namespaced:
        obj["metadata"]["namespace"] = call.request.namespace
    if call.served.resource.kind == "SelfSubjectReview":
        obj["metadata"]["creationTimestamp"] = rfc3339(server.loop.now())
    return obj


def _check_metadata(call: Call, metadata: Object) -> None:
    """A review is nothing that is kept: it has no name."""
    stated = {k: v for k, v in metadata.items() if v is not None and k != "managedFields"}
    if stated:
        raise errors.invalid(f".{call.served.resource.group}", "", [field.invalid("metadata", stated, "must be empty")])


def _subject_access(server: "APIServer", call: Call, obj: Object, spec: Object) -> Object:
    problems = _attribute_problems(spec)
    if not spec.get("user") and not spec.get("groups"):
        problems.append(field.invalid("spec.user", "", "at least one of user or group must be specified"))
    if problems:
        raise errors.invalid(f".{call.served.resource.group}", "", problems)
    user = UserInfo(spec.get("user", ""), tuple(spec.get("groups") or ()), spec.get("uid", ""))
    return _decided(server, user, spec)


def _local_access(server: "APIServer", call: Call, obj: Object, spec: Object) -> Object:
    stated, other = (spec.get("resourceAttributes") or {}).get("namespace", ""), spec.get("nonResourceAttributes")
    problems = []
    if other is not None:
        shown = {"Path": other.get("path", ""), "Verb": other.get("verb", "")}
        problems = [field.invalid("spec.nonResourceAttributes", shown, "disallowed on this kind of request")]
    elif stated != call.request.namespace:
        text = "must match metadata.namespace"
        problems = [field.invalid("spec.resourceAttributes.namespace", stated, text)]
    if problems:
        raise errors.invalid(f".{call.served.resource.group}", "", problems)
    return _subject_access(server, call, obj, spec)


def _self_access(server: "APIServer", call: Call, obj: Object, spec: Object) -> Object:
    problems = _attribute_problems(spec)
    if problems:
        raise errors.invalid(f".{call.served.resource.group}", "", problems)
    return _decided(server, call.user, spec)


def _attribute_problems(spec: Object) -> list[field.FieldError]:
    resource, other = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is None and other is None:
        text = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        return [field.invalid("spec.resourceAttributes", None, text)]
    if resource is not None and other is not None:
        shown = {"Path": other.get("path", ""), "Verb": other.get("verb", "")}
        text = "cannot be specified in combination with resourceAttributes"
        return [field.invalid("spec.nonResourceAttributes", shown, text)]
    return [] if resource is None else _selector_problems(resource)


def _selector_problems(resource: Object) -> list[field.FieldError]:
    """A selector is either written out or given as a text."""
    problems = []
    for each in ("fieldSelector", "labelSelector"):
        selector, path = resource.get(each), f"spec.resourceAttributes.{each}"
        if selector is None:
            continue
        raw, listed = selector.get("rawSelector", ""), selector.get("requirements")
        if raw and listed:
            text = "may not specified at the same time as requirements"
            problems.append(field.invalid(f"{path}.rawSelector", raw, text))
        elif not raw and not listed:
            text = f"when {path} is specified, requirements or rawSelector is required"
            problems.append(field.required(f"{path}.requirements", text))
    return problems


def _decided(server: "APIServer", user: UserInfo, spec: Object) -> Object:
    resource, other = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None:
        names = ("verb", "group", "resource", "subresource", "namespace", "name")
        wanted = Attributes(*(resource.get(n, "") for n in names))
    else:
        assert other is not None
        wanted = Attributes(other.get("verb", ""), path=other.get("path", ""))
    decision = server.authorizer.decide(user, wanted)
    status: Object = {"allowed": decision.allowed}
    if decision.reason:
        status["reason"] = decision.reason
    return status


_EVERYTHING = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]


def _rules(server: "APIServer", call: Call, obj: Object, spec: Object) -> Object:
    namespace = spec.get("namespace", "")
    if not namespace:
        raise errors.bad_request("no namespace on request")
    grants, problems = server.authorizer.grants(call.user, "")
    more, more_problems = server.authorizer.grants(call.user, namespace)
    rules = [g.rule for g in (*grants, *more)]
    if MASTERS in call.user.groups:
        rules = [*_EVERYTHING, {"verbs": ["*"], "nonResourceURLs": ["*"]}, *rules]
    resource_rules = [
        _part(r, ("verbs", "apiGroups", "resources", "resourceNames")) for r in rules if r.get("resources")
    ]
    other_rules = [_part(r, ("verbs", "nonResourceURLs")) for r in rules if r.get("nonResourceURLs")]
    missing = [*problems, *more_problems]
    status: Object = {"resourceRules": resource_rules, "nonResourceRules": other_rules, "incomplete": bool(missing)}
    if missing:
        status["evaluationError"] = missing[0] if len(missing) == 1 else "[" + ", ".join(missing) + "]"
    return status


def _part(rule: Any, names: tuple[str, ...]) -> Object:
    return {n: rule[n] for n in names if rule.get(n)}


def _self(server: "APIServer", call: Call, obj: Object, spec: Object) -> Object:
    return {"userInfo": _user(call.user)}


def _user(user: UserInfo) -> Object:
    shown: Object = {"username": user.name}
    if user.uid:
        shown["uid"] = user.uid
    if user.groups:
        shown["groups"] = list(user.groups)
    if user.extra:
        shown["extra"] = {k: list(v) for k, v in user.extra.items()}
    return shown


def _token(server: "APIServer", call: Call, obj: Object, spec: Object) -> Object:
    from cluster_core.auth.tokens import ISSUER, TokenError, user_of

    token = spec.get("token", "")
    if not token:
        raise errors.bad_request("token is required for TokenReview in authentication")
    try:
        claims = server.tokens.read(token, server.loop.now())
    except TokenError as error:
        return {"user": {}, "error": str(error)}
    wanted = spec.get("audiences") or [ISSUER]
    shared = [a for a in wanted if a in claims["aud"]]
    if not shared:
        return {"user": {}, "error": "token audiences do not match"}
    return {"authenticated": True, "user": _user(user_of(claims)), "audiences": shared}


_ANSWERS = {
    "SubjectAccessReview": _subject_access,
    "LocalSubjectAccessReview": _local_access,
    "SelfSubjectAccessReview": _self_access,
    "SelfSubjectRulesReview": _rules,
    "SelfSubjectReview": _self,
    "TokenReview": _token,
}
REVIEWS = frozenset(_ANSWERS)
