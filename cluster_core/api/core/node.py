"""Node: allocatable defaults, CIDR lists, columns."""

from cluster_core.api.cells import AGE, NAME, NONE, UNKNOWN, get
from cluster_core.api.core.pod_spec.defaults import round_up
from cluster_core.api.core.pod_spec.resources import resource_amount
from cluster_core.api.core.pod_spec.scheduling import EFFECTS
from cluster_core.api.go_structs import shown
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors, cidr, label_name, one_of
from cluster_core.apimachinery import conditions, field
from cluster_core.apimachinery.names import label_value

_ROLE_PREFIX = "node-role.kubernetes.io/"


def default(node: Object) -> None:
    """Everything is allocatable unless said otherwise."""
    status = node["status"]
    for name in ("capacity", "allocatable"):
        if name in status:
            round_up(status[name])
    if "capacity" in status and "allocatable" not in status:
        status["allocatable"] = dict(status["capacity"])
    spec = node["spec"]
    if spec.get("podCIDRs"):
        if spec.get("podCIDR"):
            spec["podCIDRs"] = [spec["podCIDR"], *spec["podCIDRs"][1:]]
        spec["podCIDR"] = spec["podCIDRs"][0]
    elif spec.get("podCIDR"):
        spec["podCIDRs"] = [spec["podCIDR"]]


def prepare(new: Object, old: Object | None) -> None:
    """Status is kept through updates; a node may be created with one. Kubelets are not configured through it any more."""
    if old is None or "configSource" not in old["spec"]:
        new["spec"].pop("configSource", None)
    if old is not None:
        new["status"] = old["status"]


def taints(errors: Errors, path: str, found: list[Object]) -> None:
    """Taints, each key and effect once."""
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(found):
        where, key, effect = f"{path}[{index}]", taint.get("key", ""), taint.get("effect", "")
        label_name(errors, f"{where}.key", key)
        problems = label_value(taint.get("value", ""))
        if problems:
            errors.append(field.invalid(f"{where}.value", taint["value"], ";".join(problems)))
        one_of(errors, f"{where}.effect", effect, EFFECTS, required=True)
        if (key, effect) in seen:
            error = field.duplicate(where, shown("Taint", taint))
            text = f"{error.message}: taints must be unique by key and effect pair"
            errors.append(error._replace(message=text))
        seen.add((key, effect))


def validate(node: Object) -> Errors:
    """A new node."""
    errors: Errors = []
    if node["spec"].get("taints"):
        taints(errors, "metadata.taints", node["spec"]["taints"])
    _validate_amounts(errors, node["status"])
    ranges = node["spec"].get("podCIDRs") or []
    for index, value in enumerate(ranges):
        cidr(errors, f"spec.podCIDRs[{index}]", value)
    if len(ranges) > 1 and (len(ranges) > 2 or len({":" in value for value in ranges}) < 2):
        problem = "may specify no more than one CIDR for each IP family"
        errors.append(field.invalid("spec.podCIDRs", ranges, problem))
    return errors


def _validate_amounts(errors: Errors, status: Object) -> None:
    for each in ("capacity", "allocatable"):
        for resource, amount in (status.get(each) or {}).items():
            resource_amount(errors, f"status.{each}.{resource}", resource, amount)


def validate_update(new: Object, old: Object) -> Errors:
    """A changed node keeps its addresses range and its provider's name for it."""
    errors: Errors = []
    _validate_amounts(errors, new["status"])
    seen: list[Object] = []
    for index, address in enumerate(new["status"].get("addresses") or ()):
        if address in seen:
            errors.append(field.duplicate(f"status.addresses[{index}]", address))
        seen.append(address)
    after, before = new["spec"].get("podCIDRs") or [], old["spec"].get("podCIDRs") or []
    if before and after != before:
        problem = 'node updates may not change podCIDR except from "" to valid'
        errors.append(field.forbidden("spec.podCIDRs", problem))
    provider = old["spec"].get("providerID")
    if provider and new["spec"].get("providerID") != provider:
        problem = 'node updates may not change providerID except from "" to valid'
        errors.append(field.forbidden("spec.providerID", problem))
    for _ in range(2):  # as often as upstream looks
        taints(errors, "metadata.taints", new["spec"].get("taints") or [])
    return errors


def warnings(new: Object, _old: Object | None) -> list[str]:
    """Fields of old that nobody reads."""
    if "externalID" in new["spec"]:
        return ["spec.externalID: this field is deprecated, and is unused by Kubernetes"]
    return []


def _status(node: Object, _now: float) -> str:
    ready = conditions.get(node["status"].get("conditions"), "Ready")
    text = "Unknown" if ready is None else "Ready" if ready["status"] == "True" else "NotReady"
    return f"{text},SchedulingDisabled" if node["spec"].get("unschedulable") else text


def _roles(node: Object, _now: float) -> str:
    roles = set()
    for key, value in (node["metadata"].get("labels") or {}).items():
        if key.startswith(_ROLE_PREFIX) and key != _ROLE_PREFIX:
            roles.add(key.removeprefix(_ROLE_PREFIX))
        elif key == "kubernetes.io/role" and value:
            roles.add(value)
    return ",".join(sorted(roles)) or NONE


def _address(type: str) -> Column:
    def cell(node: Object, _now: float) -> str:
        for address in node["status"].get("addresses") or ():
            if address["type"] == type:
                return str(address["address"])
        return NONE

    return Column("Internal-IP" if type == "InternalIP" else "External-IP", cell, priority=1)


def _info(node: Object, name: str) -> str:
    return (node["status"].get("nodeInfo") or {}).get(name) or ""


def _kernel(node: Object, _now: float) -> str:
    kernel, architecture = _info(node, "kernelVersion") or UNKNOWN, _info(node, "architecture")
    return f"{kernel} ({architecture})" if architecture else kernel


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="Node",
        plural="nodes",
        short_names=("no",),
        namespaced=False,
        subresources=("proxy", "status"),
        default=default,
        prepare=prepare,
        validate=validate,
        warnings=warnings,
        validate_update=validate_update,
        generation=False,
        columns=(
            NAME,
            Column("Status", _status),
            Column("Roles", _roles),
            AGE,
            Column("Version", get("status", "nodeInfo", "kubeletVersion")),
            _address("InternalIP"),
            _address("ExternalIP"),
            Column("OS-Image", lambda node, _: _info(node, "osImage") or UNKNOWN, priority=1),
            Column("Kernel-Version", _kernel, priority=1),
            Column("Container-Runtime", lambda node, _: _info(node, "containerRuntimeVersion") or UNKNOWN, priority=1),
        ),
        selectable_fields={"spec.unschedulable": lambda node: "true" if node["spec"].get("unschedulable") else "false"},
    ),
)
