"""The expressions of admission policies and of webhooks' conditions: which variables they have, and what is wrong with them.

Validation of policies calls the `…_problems` functions; the admission plugin compiles with `PolicyTypes`, so that both mean the same.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from cluster_core.api.resource import Object
from cluster_core.api.validation import Errors
from cluster_core.apimachinery import field

if TYPE_CHECKING:
    from cluster_core.apimachinery.cel import Program
    from cluster_core.apimachinery.cel.types import Type

_KIND = {"group": "string", "version": "string", "kind": "string"}
_RESOURCE = {"group": "string", "version": "string", "resource": "string"}


class PolicyTypes:
    """The types of a policy's variables; grows as its own variables are compiled."""

    def __init__(self, *, params: bool = False) -> None:
        from cluster_core.apimachinery.cel import types

        self._dyn = types.DYN
        self._base: dict[str, Type] = {
            "object": types.DYN,
            "oldObject": types.DYN,
            "request": _request_type(),
            "namespaceObject": _namespace_type(),
        }
        if params:
            self._base["params"] = types.DYN
        self._authorizer = {
            "authorizer": types.opaque("kubernetes.authorization.Authorizer"),
            "authorizer.requestResource": types.opaque("kubernetes.authorization.ResourceCheck"),
        }
        self._own: dict[str, Type] | None = None

    def condition(self, text: str) -> "Program":
        """A match condition, which sees no variables of the policy's own; raises as the expression language does."""
        return self._compiled(text, {**self._base, **self._authorizer})

    def variable(self, name: str, text: str) -> "Program":
        """The policy's next variable; it is known even if it does not compile."""
        if self._own is None:
            self._own = {}
        known = dict(self._own)
        self._own[name] = self._dyn
        program = self._compiled(text, {**self._base, **self._authorizer, **_variables(known)})
        self._own[name] = program.type
        return program

    def rule(self, text: str) -> "Program":
        """What must hold, or an audit annotation's value."""
        return self._compiled(text, {**self._base, **self._authorizer, **self._own_variables()})

    def message(self, text: str) -> "Program":
        """A message; without access to the authorizer."""
        return self._compiled(text, {**self._base, **self._own_variables()})

    def _own_variables(self) -> "dict[str, Type]":
        return {} if self._own is None else _variables(self._own)

    def _compiled(self, text: str, variables: "Mapping[str, Type]") -> "Program":
        from cluster_core.apimachinery.cel import compile_expression

        return compile_expression(text, variables)


def _variables(own: "dict[str, Type]") -> "dict[str, Type]":
    from cluster_core.apimachinery.cel import types

    return {"variables": types.object_type("kubernetes.variables", lambda: own)}


def _request_type() -> "Type":
    from cluster_core.apimachinery.cel import types

    def plain(name: str, fields: Mapping[str, str]) -> "Type":
        found = {each: types.Type(kind) for each, kind in fields.items()}
        return types.object_type(name, lambda: found)

    kind, resource = plain("kubernetes.GroupVersionKind", _KIND), plain("kubernetes.GroupVersionResource", _RESOURCE)
    texts = types.list_of(types.STRING)
    user = {"username": types.STRING, "uid": types.STRING, "groups": texts, "extra": types.map_of(types.STRING, texts)}
    fields = {
        "kind": kind,
        "resource": resource,
        "requestKind": kind,
        "requestResource": resource,
        **dict.fromkeys(("subResource", "requestSubResource", "name", "namespace", "operation"), types.STRING),
        "userInfo": types.object_type("kubernetes.UserInfo", lambda: user),
        "dryRun": types.BOOL,
        "options": types.DYN,
    }
    return types.object_type("kubernetes.AdmissionRequest", lambda: fields)


def _namespace_type() -> "Type":
    from cluster_core.apimachinery.cel import types

    texts, pairs = types.list_of(types.STRING), types.map_of(types.STRING, types.STRING)
    metadata = {
        **dict.fromkeys(("name", "generateName", "namespace", "UID", "resourceVersion"), types.STRING),
        "labels": pairs,
        "annotations": pairs,
        "creationTimestamp": types.TIMESTAMP,
        "deletionTimestamp": types.TIMESTAMP,
        "deletionGracePeriodSeconds": types.INT,
        "generation": types.INT,
        "finalizers": texts,
    }
    parts = {
        "metadata": types.object_type("kubernetes.NamespaceMetadata", lambda: metadata),
        "spec": types.object_type("kubernetes.NamespaceSpec", lambda: {"finalizers": texts}),
        "status": types.object_type("kubernetes.NamespaceStatus", lambda: {"phase": types.STRING}),
    }
    return types.object_type("kubernetes.Namespace", lambda: parts)


def condition_problems(errors: Errors, path: str, text: str, *, params: bool = False) -> None:
    """A match condition is a bool."""
    _check(errors, path, text, PolicyTypes(params=params).condition, ("bool",))


def policy_problems(errors: Errors, spec: Object) -> PolicyTypes:
    """The variables of a policy; the types for what follows."""
    types = PolicyTypes(params="paramKind" in spec)
    for index, variable in enumerate(spec.get("variables") or ()):
        name = variable.get("name", "")

        def compiled(text: str, name: str = name) -> "Program":
            return types.variable(name, text)

        _check(errors, f"spec.variables[{index}].expression", variable.get("expression", ""), compiled, ())
    return types


def validation_problems(errors: Errors, path: str, item: Object, types: PolicyTypes) -> None:
    """One rule of a validating policy."""
    _check(errors, f"{path}.expression", item.get("expression", ""), types.rule, ("bool",))
    _check(errors, f"{path}.messageExpression", item.get("messageExpression", ""), types.message, ("string",))


def annotation_problems(errors: Errors, path: str, text: str, types: PolicyTypes) -> None:
    """An audit annotation is a text or nothing."""
    _check(errors, path, text, types.rule, ("string", "null_type"))


def _check(errors: Errors, path: str, text: str, compiled: object, wanted: Iterable[str]) -> None:
    from cluster_core.apimachinery.cel import CompileError, InstantiationError

    if not text.strip():
        return
    assert callable(compiled)
    try:
        found = compiled(text).type
    except CompileError as error:
        errors.append(field.invalid(path, text, f"compilation failed: {error}"))
        return
    except InstantiationError as error:
        errors.append(field.invalid(path, text, f"instantiation failed: {error}"))
        return
    names = list(wanted)
    shown = "null_type" if found.kind == "null" else str(found)
    if names and shown not in names:
        one = names[0] if len(names) == 1 else f"one of [{' '.join(names)}]"
        errors.append(field.invalid(path, text, f"must evaluate to {one} but got {shown}"))
