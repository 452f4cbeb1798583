"""What the API server warns of in pods and pod templates: parts that are accepted but do not do what they seem to."""

from collections.abc import Iterator
from typing import Any

from cluster_core.api.validation import name_is_no_label
from cluster_core.apimachinery import quantity

Object = dict[str, Any]

_ANNOTATIONS = {
    "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
    "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
    "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
}
_VOLUMES = {
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
    "gitRepo": "deprecated in v1.11, and disabled by default in v1.33+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    "flocker": "deprecated in v1.22, non-functional in v1.25+",
    "storageos": "deprecated in v1.22, non-functional in v1.25+",
    "quobyte": "deprecated in v1.22, non-functional in v1.25+",
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    "cephfs": "deprecated in v1.28, non-functional in v1.31+",
    "rbd": "deprecated in v1.28, non-functional in v1.31+",
}
_BYTES = ("memory", "ephemeral-storage")
_NEGATIVE_GRACE = "must be >= 0; negative values are invalid and will be treated as 1"
_NULL_SELECTOR = "a null labelSelector results in matching no pod"


def template_warnings(template: Object, old: Object | None = None) -> list[str]:
    """Warnings for `spec.template` of a workload; none if it has not changed."""
    return [] if template == old else pod_warnings(template, "spec.template.")


def workload_warnings(new: Object, old: Object | None) -> list[str]:
    """Warnings for a workload whose name becomes part of its pods' names."""
    warnings = name_is_no_label(new["metadata"].get("name", "")) if old is None else []
    before = old["spec"]["template"] if old is not None else None
    return warnings + template_warnings(new["spec"]["template"], before)


def pod_warnings(pod: Object, path: str = "") -> list[str]:
    """Warnings for a pod, or for the template found at `path`."""
    spec, annotations = pod["spec"], pod["metadata"].get("annotations") or {}
    where = f"{path}spec"
    warnings = [
        f"{where}.topologySpreadConstraints[{index}].labelSelector: {_NULL_SELECTOR}"
        for index, constraint in enumerate(spec.get("topologySpreadConstraints") or ())
        if "labelSelector" not in constraint
    ]
    warnings += [
        f"{path}metadata.annotations[{name}]: {text}" for name, text in _ANNOTATIONS.items() if name in annotations
    ]
    for index, volume in enumerate(spec.get("volumes") or ()):
        for kind, text in _VOLUMES.items():
            if kind in volume:
                shown = "storageOS" if kind == "storageos" else kind
                warnings.append(f"{where}.volumes[{index}].{shown}: {text}")
    warnings += _names(where, spec)
    containers = list(_containers(where, spec))
    for at, container in containers:
        warnings += _amounts(at, container.get("resources") or {})
        warnings += _environment(at, container.get("env") or ())
    warnings += _ports(containers)
    if (spec.get("terminationGracePeriodSeconds") or 0) < 0:
        warnings.append(f"{where}.terminationGracePeriodSeconds: {_NEGATIVE_GRACE}")
    if "affinity" in spec:
        warnings += _affinity(f"{where}.affinity", spec["affinity"])
    return warnings


def _containers(path: str, spec: Object) -> Iterator[tuple[str, Object]]:
    for each in ("initContainers", "containers", "ephemeralContainers"):
        for index, container in enumerate(spec.get(each) or ()):
            yield f"{path}.{each}[{index}]", container


def _names(path: str, spec: Object) -> list[str]:
    warnings = []
    for each, key in (("hostAliases", "ip"), ("imagePullSecrets", "name")):
        seen: set[str] = set()
        for index, item in enumerate(spec.get(each) or ()):
            text = item.get(key, "")
            if text in seen:
                warnings.append(f'{path}.{each}[{index}].{key}: duplicate {key} "{text}"')
            seen.add(text)
    for index, secret in enumerate(spec.get("imagePullSecrets") or ()):
        if not secret.get("name"):
            warnings.append(f'{path}.imagePullSecrets[{index}].name: invalid empty name ""')
    return warnings


def _amounts(path: str, resources: Object) -> list[str]:
    warnings = []
    for resource in _BYTES:
        for each in ("limits", "requests"):
            amount = (resources.get(each) or {}).get(resource)
            if amount is not None and quantity.milli(amount) % 1000:
                problem = f'fractional byte value "{amount}" is invalid, must be an integer'
                warnings.append(f"{path}.resources.{each}[{resource}]: {problem}")
    return warnings


def _environment(path: str, variables: Any) -> list[str]:
    warnings = []
    seen: set[str] = set()
    for index, variable in enumerate(variables):
        name, value = variable["name"], variable.get("value", "")
        reference = f"$({name})"
        if name in seen and ("valueFrom" in variable or value == reference or reference not in value):
            problem = f'hides previous definition of "{name}", which may be dropped when using apply'
            warnings.append(f"{path}.env[{index}]: {problem}")
        seen.add(name)
    return warnings


def _ports(containers: list[tuple[str, Object]]) -> list[str]:
    warnings = []
    known: dict[tuple[int, str], list[tuple[str, Object]]] = {}
    names: dict[str, str] = {}
    repeated = []
    for path, container in containers:
        for index, port in enumerate(container.get("ports") or ()):
            where = f"{path}.ports[{index}]"
            others = known.setdefault((port["containerPort"], port.get("protocol", "TCP")), [])
            for other_where, other in others:
                clash = _clash(port, other)
                if clash:
                    warnings.append(f"{where}: {clash} port definition with {other_where}")
            others.append((where, port))
            name = port.get("name")
            if name and name in names:
                first = names[name]
                chosen = f"services and probes that select ports by name will use {first}"
                repeated.append(f'{where}: duplicate port name "{name}" with {first}, {chosen}')
            elif name:
                names[name] = where
    return warnings + repeated


def _clash(port: Object, other: Object) -> str:
    ours, theirs = port.get("hostPort", 0), other.get("hostPort", 0)
    our_ip, their_ip = port.get("hostIP", ""), other.get("hostIP", "")
    if (our_ip, ours) == (their_ip, theirs):
        return "duplicate"
    if not ours or not theirs:
        return "overlapping"
    return "dangerously ambiguous" if ours == theirs and bool(our_ip) != bool(their_ip) else ""


def _affinity(path: str, rules: Object) -> list[str]:
    warnings = []
    for each in ("podAffinity", "podAntiAffinity"):
        found = rules.get(each) or {}
        required = "requiredDuringSchedulingIgnoredDuringExecution"
        preferred = "preferredDuringSchedulingIgnoredDuringExecution"
        for index, term in enumerate(found.get(required) or ()):
            if "labelSelector" not in term:
                warnings.append(f"{path}.{each}.{required}[{index}].labelSelector: {_NULL_SELECTOR}")
        for index, weighted in enumerate(found.get(preferred) or ()):
            if "labelSelector" not in weighted["podAffinityTerm"]:
                where = f"{path}.{each}.{preferred}[{index}].podAffinityTerm.labelSelector"
                warnings.append(f"{where}: {_NULL_SELECTOR}")
    return warnings
