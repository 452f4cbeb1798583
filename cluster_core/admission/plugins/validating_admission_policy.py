"""ValidatingAdmissionPolicy: expressions that writes must satisfy, as far as bindings put policies in force."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cluster_core.admission.chain import Attributes
from cluster_core.admission.context import AdmissionContext
from cluster_core.admission.plugin import AdmissionPlugin
from cluster_core.apimachinery import errors
from cluster_core.apimachinery.selectors import from_object

if TYPE_CHECKING:
    from cluster_core.apimachinery.cel import Program
    from cluster_core.apimachinery.cel.authorization import Question

Object = dict[str, Any]
GROUP = "admissionregistration.k8s.io"
POLICIES, BINDINGS = f"validatingadmissionpolicies.{GROUP}", f"validatingadmissionpolicybindings.{GROUP}"
EXEMPT = tuple(
    f"{kind}admission{part}" for kind in ("validating", "mutating") for part in ("policies", "policybindings")
)
"""What no policy may stand in the way of, lest it lock itself in."""
NO_PARAMS = "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction"
_CODES = {"Forbidden": 403, "Invalid": 422, "RequestEntityTooLarge": 413, "Unauthorized": 401}


class ValidatingAdmissionPolicy(AdmissionPlugin):
    """Compiles a policy once per version of it."""

    name = "ValidatingAdmissionPolicy"

    def __init__(self, context: AdmissionContext) -> None:
        super().__init__(context)
        self._compiled: dict[tuple[str, str], _Policy] = {}

    def handles(self, group: str, resource: str, subresource: str, operation: str) -> bool:
        """Any write may be bound to a policy."""
        return group != GROUP or resource not in EXEMPT

    def validate(self, attributes: Attributes) -> None:
        """Refuse by the first policy that denies; raises ApiError."""
        bindings = self.context.list(BINDINGS)
        if not bindings:
            return
        for binding in bindings:
            policy = self.context.get(POLICIES, "", binding["spec"]["policyName"])
            if policy is not None and self._is_matched(attributes, policy, binding):
                self.context.looked_at.add(_bucket(attributes))  # what holds of one object may not hold of the next
                self._enforce(attributes, policy, binding)

    def _is_matched(self, attributes: Attributes, policy: Object, binding: Object) -> bool:
        from cluster_core.admission.matching import matches_resources

        namespace = self._namespace(attributes)
        wanted = [policy["spec"].get("matchConstraints"), binding["spec"].get("matchResources")]
        return all(rules is None or matches_resources(rules, attributes, namespace) for rules in wanted)

    def _namespace(self, attributes: Attributes) -> Object | None:
        return self.context.get("namespaces", "", attributes.namespace) if attributes.namespace else None

    def _enforce(self, attributes: Attributes, policy: Object, binding: Object) -> None:
        failures = self._failures(attributes, policy, binding)
        actions = binding["spec"].get("validationActions") or ()
        names = f"'{policy['metadata']['name']}' with binding '{binding['metadata']['name']}'"
        for message, reason in failures:
            if "Warn" in actions:
                attributes.warnings.append(f"Validation failed for ValidatingAdmissionPolicy {names}: {message}")
            if "Deny" in actions:
                raise _denied(attributes, f"ValidatingAdmissionPolicy {names} denied request: {message}", reason)

    def _failures(self, attributes: Attributes, policy: Object, binding: Object) -> Iterator[tuple[str, str]]:
        """What does not hold: (message, reason)."""
        from cluster_core.apimachinery.cel import EvaluationError

        compiled = self._program(policy)
        strict = policy["spec"].get("failurePolicy") != "Ignore"
        for params in self._params(attributes, policy, binding):
            if params is NO_PARAMS:
                if strict:
                    yield NO_PARAMS, "Invalid"
                continue
            variables = self._variables(attributes, params)
            try:
                if not all(condition.run(variables) is True for condition in compiled.conditions):
                    continue
            except EvaluationError as error:
                if strict:
                    yield str(error), "Invalid"
                continue
            yield from compiled.failures({**variables, "variables": compiled.lazy(variables)}, strict)

    def _program(self, policy: Object) -> "_Policy":
        key = (policy["metadata"]["uid"], policy["metadata"]["resourceVersion"])
        if key not in self._compiled:
            if len(self._compiled) > 1000:
                self._compiled.clear()
            self._compiled[key] = _Policy(policy["spec"])
        return self._compiled[key]

    # Parameters

    def _params(self, attributes: Attributes, policy: Object, binding: Object) -> list[Any]:
        """The objects that a binding gives its policy; [None] if there are to be none."""
        kind, reference = policy["spec"].get("paramKind"), binding["spec"].get("paramRef")
        if not kind or not reference:
            return [None]
        bucket = self._bucket_of(kind)
        namespace = reference.get("namespace") or attributes.namespace
        found: list[Any] = []
        if bucket and reference.get("name"):
            one = self.context.get(bucket, namespace, reference["name"])
            one = one if one is not None else self.context.get(bucket, "", reference["name"])
            found = [] if one is None else [one]
        elif bucket:
            selector = from_object(reference.get("selector") or {})
            every = self.context.list(bucket, namespace or None)
            found = [obj for obj in every if selector.matches(obj["metadata"].get("labels") or {})]
        if found or reference.get("parameterNotFoundAction") == "Allow":
            return found
        return [NO_PARAMS]

    def _bucket_of(self, kind: Object) -> str:
        from cluster_core.api import scheme

        group, _, version = kind["apiVersion"].rpartition("/")
        row = scheme.row_for_kind(group, version, kind["kind"])
        plural = row.plural if row is not None else ""
        for definition in () if plural else self.context.list("customresourcedefinitions.apiextensions.k8s.io"):
            spec = definition["spec"]
            if (spec["group"], spec["names"]["kind"]) == (group, kind["kind"]):
                plural = spec["names"]["plural"]
        return f"{plural}.{group}" if plural and group else plural

    # Variables

    def _variables(self, attributes: Attributes, params: Any) -> Object:
        from cluster_core.apimachinery.cel.authorization import Authorizer, Check, Question

        def ask(question: "Question") -> tuple[bool, str]:
            return self._ask(attributes, question)

        resource = attributes.resource
        question = Question(
            group=resource.group,
            resource=resource.plural,
            subresource=attributes.subresource,
            namespace=attributes.namespace,
            name=attributes.name,
        )
        return {
            "object": attributes.object,
            "oldObject": attributes.old_object,
            "request": request_of(attributes),
            "namespaceObject": self._namespace(attributes),
            "params": params,
            "authorizer": Authorizer(ask),
            "authorizer.requestResource": Check(ask, question),
        }

    def _ask(self, attributes: Attributes, question: "Question") -> tuple[bool, str]:
        user = attributes.user
        if question.account is not None:
            namespace, name = question.account
            groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
            user = type(user)(f"system:serviceaccount:{namespace}:{name}", groups)
        allowed = self.context.allowed
        if allowed is None:
            return False, ""
        answer = allowed(
            user,
            question.verb,
            question.group,
            question.resource,
            question.namespace,
            question.name,
            subresource=question.subresource,
            path=question.path,
        )
        return answer, ""


class _Policy:
    """A policy's programs."""

    def __init__(self, spec: Object) -> None:
        from cluster_core.api.admissionregistration.expressions import PolicyTypes

        types = PolicyTypes(params="paramKind" in spec)
        self.conditions = [types.condition(c["expression"]) for c in spec.get("matchConditions") or ()]
        self._own = {v["name"]: types.variable(v["name"], v["expression"]) for v in spec.get("variables") or ()}
        self._rules = [
            (rule, types.rule(rule["expression"]), _message_program(types, rule))
            for rule in spec.get("validations") or ()
        ]

    def lazy(self, variables: Object) -> "Mapping[str, Any]":
        """The policy's own variables, each computed when first looked at."""
        return _LazyVariables(self._own, variables)

    def failures(self, variables: Object, strict: bool) -> Iterator[tuple[str, str]]:
        """Rules that do not hold; what cannot be evaluated fails unless the policy ignores that."""
        from cluster_core.apimachinery.cel import EvaluationError

        for rule, program, message in self._rules:
            reason, expression = rule.get("reason") or "Invalid", rule["expression"].strip()
            try:
                if program.run(variables) is not True:
                    yield self._message(rule, message, variables) or f"failed expression: {expression}", reason
            except EvaluationError as error:
                if strict:
                    yield f"expression '{rule['expression']}' resulted in error: {error}", "Invalid"

    @staticmethod
    def _message(rule: Object, program: "Program | None", variables: Object) -> str:
        from cluster_core.apimachinery.cel import EvaluationError

        text: Any = ""
        try:
            text = program.run(variables) if program is not None else ""
        except EvaluationError:
            text = ""
        if isinstance(text, str) and text.strip() and "\n" not in text.strip() and len(text) <= 5120:
            return text.strip()
        return str(rule.get("message", "")).strip()


def _message_program(types: Any, rule: Object) -> "Program | None":
    text = rule.get("messageExpression", "")
    found: Program | None = types.message(text) if text.strip() else None
    return found


class _LazyVariables(dict[str, Any]):
    """A map for expressions whose values are computed on first use."""

    def __init__(self, programs: "Mapping[str, Program]", variables: Object) -> None:
        super().__init__(dict.fromkeys(programs))
        self._programs, self._variables, self._known = programs, variables, set[str]()

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            self._known.add(name)
            self[name] = self._programs[name].run({**self._variables, "variables": self})
        return super().__getitem__(name)


def _bucket(attributes: Attributes) -> str:
    return attributes.group_resource


def _denied(attributes: Attributes, text: str, reason: str) -> errors.ApiError:
    error = errors.forbidden(attributes.group_resource, attributes.name or _generated(attributes), text)
    status = error.status
    details = {**(status.get("details") or {}), "causes": [{"message": text}]}
    return errors.ApiError(_CODES.get(reason, 422), reason, status["message"], details)


def _generated(attributes: Attributes) -> str:
    metadata = (attributes.object or {}).get("metadata") or {}
    return str(metadata.get("name") or metadata.get("generateName") or "")


def request_of(attributes: Attributes) -> Object:
    """The write as expressions see it."""
    resource, user = attributes.resource, attributes.user
    kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    where = {"group": resource.group, "version": resource.version, "resource": resource.plural}
    return {
        "kind": kind,
        "resource": where,
        "subResource": attributes.subresource,
        "requestKind": kind,
        "requestResource": where,
        "requestSubResource": attributes.subresource,
        "name": attributes.name or _generated(attributes),
        "namespace": attributes.namespace,
        "operation": attributes.operation,
        "userInfo": {
            "username": user.name,
            "uid": user.uid,
            "groups": list(user.groups),
            "extra": {name: list(values) for name, values in user.extra.items()},
        },
        "dryRun": attributes.dry_run,
        "options": {},
    }
