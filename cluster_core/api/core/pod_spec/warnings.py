"""What the API server warns of in pods and pod templates: parts that are accepted but do not do what they seem to."""

from collections.abc import Iterator
from typing import Any

from cluster_core.api.validation import fraction_warnings, ip_warnings, name_is_no_label
from cluster_core.apimachinery import quantity
from cluster_core.apimachinery.names import label_value

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
_NODE_LABELS = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
    "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
    "app.kubernetes.io/created-by": "deprecated since v1.9",
    "scheduler.alpha.kubernetes.io/preferAvoidPods": "deprecated since v1.22; use Taints and Tolerations instead",
    "node-role.kubernetes.io/master": 'use "node-role.kubernetes.io/control-plane" instead',
}
_SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP = "container.seccomp.security.alpha.kubernetes.io/"
_APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP_GONE = 'non-functional in v1.27+; use the "seccompProfile" field instead'
_APP_ARMOR_OLD = 'deprecated since v1.30; use the "appArmorProfile" field instead'
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
    warnings = _node_labels(where, spec)
    warnings += [
        f"{path}metadata.annotations[{name}]: {text}" for name, text in _ANNOTATIONS.items() if name in annotations
    ]
    for index, volume in enumerate(spec.get("volumes") or ()):
        for kind, text in _VOLUMES.items():
            if kind in volume:
                shown = "storageOS" if kind == "storageos" else kind
                warnings.append(f"{where}.volumes[{index}].{shown}: {text}")
        template = (volume.get("ephemeral") or {}).get("volumeClaimTemplate")
        if template is not None:
            warnings += _claim(f"{where}.volumes[{index}].ephemeral.volumeClaimTemplate.spec", template["spec"])
    warnings += overlapping(spec.get("volumes") or ())
    warnings += _names(where, spec)
    warnings += fraction_warnings(f"{where}.overhead", spec.get("overhead"), *_BYTES)
    containers = list(_containers(where, spec))
    if annotations and "seccompProfile" not in (spec.get("securityContext") or {}) and _SECCOMP_POD in annotations:
        warnings.append(f"{path}metadata.annotations[{_SECCOMP_POD}]: {_SECCOMP_GONE}")
    for at, container in containers:
        if annotations:
            warnings += _profiles(path, spec, container, annotations)
        warnings += _amounts(at, container.get("resources") or {})
        warnings += _environment(at, container.get("env") or ())
    warnings += _ports(containers)
    if (spec.get("terminationGracePeriodSeconds") or 0) < 0:
        warnings.append(f"{where}.terminationGracePeriodSeconds: {_NEGATIVE_GRACE}")
    if "affinity" in spec:
        warnings += _affinity(f"{where}.affinity", spec["affinity"])
    for index, server in enumerate((spec.get("dnsConfig") or {}).get("nameservers") or ()):
        warnings += ip_warnings(f"{where}.dnsConfig.nameservers[{index}]", server)
    for index, alias in enumerate(spec.get("hostAliases") or ()):
        warnings += ip_warnings(f"{where}.hostAliases[{index}].ip", alias.get("ip", ""))
    return warnings


def _claim(path: str, spec: Object) -> list[str]:
    from cluster_core.api.core.persistent_volume_claim import spec_warnings

    return spec_warnings(path, spec)


def _node_labels(path: str, spec: Object) -> list[str]:
    warnings = [
        f"{path}.nodeSelector[{key}]: {_NODE_LABELS[key]}"
        for key in spec.get("nodeSelector") or ()
        if key in _NODE_LABELS
    ]
    rules = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    where = f"{path}.affinity.nodeAffinity"
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    for index, term in enumerate((rules.get(required) or {}).get("nodeSelectorTerms") or ()):
        warnings += _node_term(f"{where}.{required}.nodeSelectorTerms[{index}]", term)
    preferred = "preferredDuringSchedulingIgnoredDuringExecution"
    for index, weighted in enumerate(rules.get(preferred) or ()):
        warnings += _node_term(f"{where}.{preferred}[{index}].preference", weighted["preference"], values=True)
    for index, constraint in enumerate(spec.get("topologySpreadConstraints") or ()):
        at, key = f"{path}.topologySpreadConstraints[{index}]", constraint["topologyKey"]
        if key in _NODE_LABELS:
            warnings.append(f"{at}.topologyKey: {key} is {_NODE_LABELS[key]}")
        if "labelSelector" not in constraint:
            warnings.append(f"{at}.labelSelector: {_NULL_SELECTOR}")
    return warnings


def _node_term(path: str, term: Object, *, values: bool = False) -> list[str]:
    warnings = []
    for index, expression in enumerate(term.get("matchExpressions") or ()):
        at, key = f"{path}.matchExpressions[{index}]", expression["key"]
        if key in _NODE_LABELS:
            warnings.append(f"{at}.key: {key} is {_NODE_LABELS[key]}")
        for number, value in enumerate(expression.get("values") or ()) if values else ():
            warnings += [f"{at}.values[{number}]: {value} is invalid, {text}" for text in label_value(value)]
    return warnings


def _profiles(path: str, spec: Object, container: Object, annotations: Object) -> list[str]:
    """Annotations of old for a container, where a field has taken over."""
    warnings = []
    context = container.get("securityContext") or {}
    key = _SECCOMP + container.get("name", "")
    if "seccompProfile" not in context and key in annotations:
        warnings.append(f"{path}metadata.annotations[{key}]: {_SECCOMP_GONE}")
    key = _APP_ARMOR + container.get("name", "")
    if path and "appArmorProfile" not in context and key in annotations:
        whole = (spec.get("securityContext") or {}).get("appArmorProfile")
        if whole is None or whole != app_armor_of(annotations[key]):
            warnings.append(f"{path}metadata.annotations[{key}]: {_APP_ARMOR_OLD}")
    return warnings


def app_armor_of(annotation: str) -> Object | None:
    """The profile field that an annotation of old means; none for what is no profile."""
    plain = {"runtime/default": "RuntimeDefault", "unconfined": "Unconfined"}
    if annotation in plain:
        return {"type": plain[annotation]}
    if annotation.startswith("localhost/"):
        local = annotation.removeprefix("localhost/")
        return {"type": "Localhost", **({"localhostProfile": local} if local else {})}
    return None


def adopt_app_armor(pod: Object) -> None:
    """A new pod's AppArmor annotations become fields, in security contexts of the containers' own."""
    annotations, spec = pod["metadata"].get("annotations"), pod["spec"]
    if not annotations or (spec.get("os") or {}).get("name") == "windows":
        return
    whole = (spec.get("securityContext") or {}).get("appArmorProfile")
    for _, container in _containers("", spec):
        context = container.get("securityContext") or {}
        profile = app_armor_of(annotations.get(_APP_ARMOR + container.get("name", ""), ""))
        if profile is None or "appArmorProfile" in context or profile in (whole, {"type": "Localhost"}):
            continue
        container["securityContext"] = {**context, "appArmorProfile": profile}


def overlapping(volumes: Any) -> list[str]:
    """Warnings for files of one volume that are to lie at or below each other's place."""
    warnings: list[str] = []
    for volume in volumes:
        for kind, title, name in (("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName")):
            found = volume.get(kind) or {}
            shown = f'{title} "{found.get(name, "")}"'
            warnings += _overlaps(volume, shown, [(item.get("path", ""), "") for item in found.get("items") or ()])
        found = volume.get("downwardAPI") or {}
        warnings += _overlaps(volume, "DownwardAPI", [(item.get("path", ""), "") for item in found.get("items") or ()])
        places: list[tuple[str, str]] = []
        for source in (volume.get("projected") or {}).get("sources") or ():
            if not source:
                warnings.append(f'volume "{volume.get("name", "")}" (Projected) has no sources provided')
            places += _projected(source)
        warnings += _overlaps(volume, "Projected", places)
    return warnings


def _projected(source: Object) -> list[tuple[str, str]]:
    for kind, title in (("configMap", "ConfigMap"), ("secret", "Secret"), ("downwardAPI", "DownwardAPI")):
        items = (source.get(kind) or {}).get("items")
        if items is not None:
            named = title if kind == "downwardAPI" else f'{title} "{source[kind].get("name", "")}"'
            return [(item.get("path", ""), named) for item in items]
    token = source.get("serviceAccountToken")
    return [] if token is None else [(token.get("path", ""), "ServiceAccountToken")]


def _overlaps(volume: Object, title: str, places: list[tuple[str, str]]) -> list[str]:
    warnings: list[str] = []
    seen: list[tuple[str, str]] = []
    for path, origin in places:
        path = path.rstrip("/")
        for other, other_origin in seen if path else ():
            if other and (f"{other}/".startswith(f"{path}/") or f"{path}/".startswith(f"{other}/")):
                both = f"{_place(path, origin)} with {_place(other, other_origin)}"
                warnings.append(f'volume "{volume.get("name", "")}" ({title}): overlapping paths: {both}')
        seen.append((path, origin))
    return warnings


def _place(path: str, origin: str) -> str:
    return f'"{path}" ({origin})' if origin else f'"{path}"'


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
            if port.get("hostIP") and not port.get("hostPort"):
                warnings.append(f"{where}: hostIP set without hostPort: {_port_text(port)}")
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


def _port_text(port: Object) -> str:
    """A port as Go shows its struct."""
    number, protocol = port["containerPort"], port.get("protocol", "")
    return (
        f"{{Name:{port.get('name', '')} HostPort:0 ContainerPort:{number} Protocol:{protocol} HostIP:{port['hostIP']}}}"
    )


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
