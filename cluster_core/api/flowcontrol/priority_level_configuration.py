"""PriorityLevelConfiguration: defaults, status reset, columns."""

from cluster_core.api.cells import AGE, NAME, NONE, get
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset
from cluster_core.api.validation import Errors, one_of
from cluster_core.apimachinery import field

_QUEUING = {"queues": 64, "handSize": 8, "queueLengthLimit": 50}


def default(level: Object) -> None:
    """Thirty shares, sixty-four queues."""
    spec = level["spec"]
    if "exempt" in spec:
        for name in ("nominalConcurrencyShares", "lendablePercent"):
            if spec["exempt"].get(name) is None:
                spec["exempt"][name] = 0
    if "limited" in spec:
        limited = spec["limited"]
        if limited.get("nominalConcurrencyShares") is None:
            limited["nominalConcurrencyShares"] = 30
        limited.setdefault("lendablePercent", 0)
        queuing = limited["limitResponse"].get("queuing")
        if queuing is not None:
            for name, value in _QUEUING.items():
                if not queuing.get(name):
                    queuing[name] = value


def _queuing(name: str) -> Column:
    return Column(name[0].upper() + name[1:], get("spec", "limited", "limitResponse", "queuing", name, default=NONE))


def validate(level: Object) -> Errors:
    """A new level."""
    errors: Errors = []
    spec = level["spec"]
    kind, limited, exempt = spec.get("type", ""), spec.get("limited"), spec.get("exempt")
    if kind and (kind == "Exempt") is not (level["metadata"].get("name") == "exempt"):
        errors.append(field.invalid("spec.type", kind, "must be 'Exempt' if and only if `name` is 'exempt'"))
    if kind == "Exempt":
        if limited is not None:
            errors.append(field.forbidden("spec.limited", "must be nil if the type is not Limited"))
        _validate_shares(errors, "spec.exempt", exempt or {}, 0)
    elif kind == "Limited":
        if exempt is not None:
            errors.append(field.forbidden("spec.exempt", "must be nil if the type is Limited"))
        if limited is None:
            errors.append(field.required("spec.limited", "must not be empty when type is Limited"))
        else:
            _validate_shares(errors, "spec.limited", limited, 0)
            borrowed = limited.get("borrowingLimitPercent")
            if borrowed is not None and borrowed < 0:
                problem = "if specified, must be a non-negative integer"
                errors.append(field.invalid("spec.limited.borrowingLimitPercent", borrowed, problem))
            _validate_response(errors, "spec.limited.limitResponse", limited.get("limitResponse") or {})
    else:
        one_of(errors, "spec.type", kind, ("Exempt", "Limited"), required=True)
    return errors


def validate_update(new: Object, _old: Object) -> Errors:
    """As a new one."""
    return validate(new)


def _validate_shares(errors: Errors, path: str, spec: Object, least: int) -> None:
    shares, lent = spec.get("nominalConcurrencyShares", least), spec.get("lendablePercent", 0)
    if shares < least:
        errors.append(field.invalid(f"{path}.nominalConcurrencyShares", shares, "must be a non-negative integer"))
    if not 0 <= lent <= 100:
        errors.append(field.invalid(f"{path}.lendablePercent", lent, "must be between 0 and 100, inclusive"))


def _validate_response(errors: Errors, path: str, response: Object) -> None:
    kind, queuing = response.get("type", ""), response.get("queuing")
    where = f"{path}.queuing"
    if kind == "Reject" and queuing is not None:
        problem = "must be nil if limited.limitResponse.type is not Limited"
        errors.append(field.forbidden(where, problem))
    elif kind == "Queue" and queuing is None:
        problem = "must not be empty if limited.limitResponse.type is Limited"
        errors.append(field.required(where, problem))
    elif kind == "Queue" and queuing is not None:
        for each in ("queueLengthLimit", "queues"):
            if queuing.get(each, 0) <= 0:
                errors.append(field.invalid(f"{where}.{each}", queuing.get(each, 0), "must be positive"))
        if queuing.get("handSize", 0) > queuing.get("queues", 0):
            hand, queues = queuing["handSize"], queuing.get("queues", 0)
            problem = f"should not be greater than queues ({queues})"
            errors.append(field.invalid(f"{where}.handSize", hand, problem))
    elif kind not in ("Queue", "Reject"):
        one_of(errors, f"{path}.type", kind, ("Queue", "Reject"))


RESOURCES = (
    Resource(
        group="flowcontrol.apiserver.k8s.io",
        version="v1",
        kind="PriorityLevelConfiguration",
        plural="prioritylevelconfigurations",
        namespaced=False,
        subresources=("status",),
        default=default,
        validate=validate,
        validate_update=validate_update,
        prepare=status_reset(),
        columns=(
            NAME,
            Column("Type", get("spec", "type")),
            Column("NominalConcurrencyShares", get("spec", "limited", "nominalConcurrencyShares", default=NONE)),
            _queuing("queues"),
            _queuing("handSize"),
            _queuing("queueLengthLimit"),
            AGE,
        ),
    ),
)
