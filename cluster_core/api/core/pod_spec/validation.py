"""A whole pod spec, in upstream's order. `for_pod` is false for templates, where a few rules are looser."""

from collections.abc import Iterator
from typing import Any

from cluster_core.api.core.pod_spec import containers, resources, scheduling, security, seen
from cluster_core.api.core.pod_spec.volumes import volumes
from cluster_core.api.validation import (
    Errors,
    annotations,
    ip,
    label_name,
    labels,
    name,
    one_of,
    subdomain_with_underscore,
    unsupported,
)
from cluster_core.apimachinery import field, names

Object = dict[str, Any]

RESTART_POLICIES = ("Always", "OnFailure", "Never")
DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
PREEMPTION_POLICIES = ("PreemptLowerPriority", "Never")
_DEADLINE = "must be between 1 and 2147483647, inclusive"
_GROUPS = ("initContainers", "containers", "ephemeralContainers")
_WINDOWS_POD = (
    "appArmorProfile", "seLinuxOptions", "seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls",
    "shareProcessNamespace", "runAsUser", "runAsGroup", "supplementalGroups", "supplementalGroupsPolicy", "seLinuxChangePolicy",
)  # fmt: skip
_WINDOWS_CONTAINER = (
    "appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem", "privileged",
    "allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup",
)  # fmt: skip


def template_errors(errors: Errors, path: str, template: Object) -> None:
    """A pod template: labels, annotations and spec."""
    metadata, spec = template["metadata"], template["spec"]
    labels(errors, f"{path}.labels", metadata.get("labels"))
    annotations(errors, f"{path}.annotations", metadata.get("annotations"))
    pod_annotations(errors, f"{path}.annotations", metadata.get("annotations"), spec)
    spec_errors(errors, f"{path}.spec", spec)
    if metadata.get("annotations"):
        annotations_match(errors, f"{path}.spec", metadata["annotations"], spec)
    if spec.get("ephemeralContainers"):
        problem = "ephemeral containers not allowed in pod template"
        errors.append(field.forbidden(f"{path}.spec.ephemeralContainers", problem))


def spec_errors(errors: Errors, path: str, spec: Object, *, for_pod: bool = False, pod_name: str = "") -> None:
    """Everything wrong with a pod spec."""
    key = seen.key_of(spec, for_pod)
    if not seen.is_good(key):
        before = len(errors)
        _spec_errors(errors, path, spec, for_pod, pod_name)
        if len(errors) == before:
            seen.remember(key)


def _spec_errors(errors: Errors, path: str, spec: Object, for_pod: bool, pod_name: str) -> None:
    get = spec.get
    good = volumes(errors, f"{path}.volumes", spec["volumes"], pod_name) if get("volumes") else {}
    claims: set[str] = set()
    if get("resourceClaims"):
        claims = _resource_claims(errors, f"{path}.resourceClaims", spec["resourceClaims"])
    containers.containers(errors, f"{path}.containers", spec, good, claims)
    if get("initContainers"):
        containers.init_containers(errors, f"{path}.initContainers", spec, good, claims)
    if get("ephemeralContainers"):
        containers.ephemeral_containers(errors, f"{path}.ephemeralContainers", spec, good, claims)
    if get("resources"):
        resources.pod_level(errors, f"{path}.resources", spec, claims)
    if get("hostNetwork"):
        _host_network(errors, path, spec, for_pod)
    one_of(errors, f"{path}.restartPolicy", get("restartPolicy", ""), RESTART_POLICIES, required=True)
    one_of(errors, f"{path}.dnsPolicy", get("dnsPolicy", ""), DNS_POLICIES, required=True)
    if get("nodeSelector"):
        labels(errors, f"{path}.nodeSelector", spec["nodeSelector"])
    if get("securityContext") or get("shareProcessNamespace"):
        security.pod(errors, spec, path)
    if get("affinity"):
        scheduling.affinity(errors, f"{path}.affinity", spec["affinity"])
    if get("dnsConfig") is not None or get("dnsPolicy") == "None":
        _dns(errors, f"{path}.dnsConfig", get("dnsConfig"), spec)
    for index, gate in enumerate(get("readinessGates") or ()):
        label_name(errors, f"{path}.readinessGates[{index}].conditionType", gate["conditionType"])
    if get("schedulingGates"):
        scheduling.gates(errors, f"{path}.schedulingGates", spec["schedulingGates"])
    if get("topologySpreadConstraints"):
        scheduling.topology_spread(errors, f"{path}.topologySpreadConstraints", spec["topologySpreadConstraints"])
    _identity(errors, path, spec)
    _placement(errors, path, spec)


def _identity(errors: Errors, path: str, spec: Object) -> None:
    """Users, names and how long the pod may live."""
    get = spec.get
    _windows_host_process(errors, path, spec)
    if get("hostUsers") is False:
        _host_users(errors, path, spec)
    if get("hostnameOverride") is not None:
        _hostname_override(errors, path, spec)
    if get("serviceAccountName"):
        name(errors, f"{path}.serviceAccountName", spec["serviceAccountName"], names.dns1123_subdomain)
    if get("nodeName"):
        name(errors, f"{path}.nodeName", spec["nodeName"], names.dns1123_subdomain)
    deadline = get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline <= 2147483647:
        errors.append(field.invalid(f"{path}.activeDeadlineSeconds", deadline, _DEADLINE))
    for each in ("hostname", "subdomain"):
        if get(each):
            name(errors, f"{path}.{each}", spec[each], names.dns1123_label)


def _placement(errors: Errors, path: str, spec: Object) -> None:
    """Tolerations, priority, overhead, operating system."""
    get = spec.get
    if get("tolerations"):
        scheduling.tolerations(errors, f"{path}.tolerations", spec["tolerations"])
    for index, alias in enumerate(get("hostAliases") or ()):
        ip(errors, f"{path}.hostAliases[{index}].ip", alias.get("ip", ""))
        for position, host in enumerate(alias.get("hostnames") or ()):
            name(errors, f"{path}.hostAliases[{index}].hostnames[{position}]", host, names.dns1123_subdomain)
    for each in ("priorityClassName", "runtimeClassName"):
        if get(each) or (each == "runtimeClassName" and get(each) is not None):
            name(errors, f"{path}.{each}", spec[each], names.dns1123_subdomain)
    policy = get("preemptionPolicy")
    if policy is not None:
        one_of(errors, f"{path}.preemptionPolicy", policy, PREEMPTION_POLICIES, required=True)
    if get("overhead"):
        resources.requirements(errors, f"{path}.overhead", {"limits": spec["overhead"]}, ())
    if get("os") is not None:
        _operating_system(errors, path, spec)
    _file_key_volumes(errors, path, spec)


def every_container(spec: Object, path: str) -> Iterator[tuple[Object, str]]:
    """Each container of a spec with its path, in the order in which upstream visits them."""
    for group in _GROUPS:
        for index, container in enumerate(spec.get(group) or ()):
            yield container, f"{path}.{group}[{index}]"


def _resource_claims(errors: Errors, path: str, claims: list[Object]) -> set[str]:
    seen: set[str] = set()
    for index, claim in enumerate(claims):
        where, claim_name = f"{path}[{index}]", claim.get("name", "")
        if not claim_name:
            errors.append(field.required(f"{where}.name"))
        elif claim_name in seen:
            errors.append(field.duplicate(f"{where}.name", claim_name))
        else:
            name(errors, f"{where}.name", claim_name, names.dns1123_label)
            seen.add(claim_name)
        _claim_source(errors, where, claim)
    return {claim["name"] for claim in claims if claim.get("name")}


def _claim_source(errors: Errors, path: str, claim: Object) -> None:
    from cluster_core.api.go_structs import shown

    by_name, by_template = claim.get("resourceClaimName"), claim.get("resourceClaimTemplateName")
    if by_name is not None and by_template is not None:
        problem = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"
        errors.append(field.invalid(path, shown("PodResourceClaim", claim), problem))
    if by_name is None and by_template is None:
        problem = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"
        errors.append(field.invalid(path, shown("PodResourceClaim", claim), problem))
    for each in ("resourceClaimName", "resourceClaimTemplateName"):
        if claim.get(each) is not None:
            name(errors, f"{path}.{each}", claim[each], names.dns1123_subdomain)


def _host_network(errors: Errors, path: str, spec: Object, for_pod: bool) -> None:
    for index, container in enumerate(spec.get("containers") or ()):
        for position, port in enumerate(container.get("ports") or ()):
            host = port.get("hostPort", 0)
            if (for_pod or host) and host != port["containerPort"]:
                where = f"{path}.containers[{index}].ports[{position}].hostPort"
                problem = "must match `containerPort` when `hostNetwork` is true"
                errors.append(field.invalid(where, host, problem))


def _dns(errors: Errors, path: str, config: Object | None, spec: Object) -> None:
    servers = (config or {}).get("nameservers") or []
    if spec.get("dnsPolicy") == "None":
        if config is None:
            errors.append(field.required(path, "must provide `dnsConfig` when `dnsPolicy` is None"))
            return
        if not servers:
            problem = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            errors.append(field.required(f"{path}.nameservers", problem))
            return
    assert config is not None
    if len(servers) > 3:
        errors.append(field.invalid(f"{path}.nameservers", servers, "must not have more than 3 nameservers"))
    for index, server in enumerate(servers):
        ip(errors, f"{path}.nameservers[{index}]", server)
    _dns_searches(errors, f"{path}.searches", config.get("searches") or [])
    for index, option in enumerate(config.get("options") or ()):
        if not option.get("name"):
            errors.append(field.required(f"{path}.options[{index}]", "must not be empty"))


def _dns_searches(errors: Errors, path: str, searches: list[str]) -> None:
    if len(searches) > 32:
        errors.append(field.invalid(path, searches, "must not have more than 32 search paths"))
    if len(" ".join(searches)) > 2048:
        problem = "must not have more than 2048 characters (including spaces) in the search list"
        errors.append(field.invalid(path, searches, problem))
    for index, search in enumerate(searches):
        if search != ".":
            name(errors, f"{path}[{index}]", search.removesuffix("."), subdomain_with_underscore)


def _host_users(errors: Errors, path: str, spec: Object) -> None:
    for each, shown in (("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")):
        if spec.get(each):
            errors.append(field.forbidden(f"{path}.{shown}", "when `hostUsers` is false"))


def _hostname_override(errors: Errors, path: str, spec: Object) -> None:
    where, override = f"{path}.hostnameOverride", spec["hostnameOverride"]
    if spec.get("setHostnameAsFQDN"):
        errors.append(field.forbidden(where, "may not be specified when setHostnameAsFQDN is true"))
    if spec.get("hostNetwork"):
        errors.append(field.forbidden(where, "may not be specified when hostNetwork is true"))
    if len(override) > 64:
        errors.append(field.too_long(where, 64))
    name(errors, where, override, names.dns1123_subdomain)


def _operating_system(errors: Errors, path: str, spec: Object) -> None:
    system = spec["os"].get("name", "")
    if not system:
        errors.append(field.required(f"{path}.os.name"))
    elif system not in ("linux", "windows"):
        errors.append(unsupported(f"{path}.os", system, ("linux", "windows")))
    elif system == "linux":
        _linux(errors, path, spec)
    else:
        _windows(errors, path, spec)


def _linux(errors: Errors, path: str, spec: Object) -> None:
    problem = "windows options cannot be set for a linux pod"
    if "windowsOptions" in (spec.get("securityContext") or {}):
        errors.append(field.forbidden(f"{path}.securityContext.windowsOptions", problem))
    for container, where in every_container(spec, path):
        if "windowsOptions" in (container.get("securityContext") or {}):
            errors.append(field.forbidden(f"{where}.securityContext.windowsOptions", problem))


def _windows(errors: Errors, path: str, spec: Object) -> None:
    problem, context = "cannot be set for a windows pod", spec.get("securityContext") or {}
    for each in ("hostUsers", "hostPID", "hostIPC"):
        if spec.get(each) or (each == "hostUsers" and spec.get(each) is not None):
            errors.append(field.forbidden(f"{path}.{each}", problem))
    for each in _WINDOWS_POD:
        owner, where = (spec, path) if each == "shareProcessNamespace" else (context, f"{path}.securityContext")
        if owner.get(each) is not None:
            errors.append(field.forbidden(f"{where}.{each}", problem))
    for container, where in every_container(spec, path):
        for each in _WINDOWS_CONTAINER:
            if (container.get("securityContext") or {}).get(each) is not None:
                errors.append(field.forbidden(f"{where}.securityContext.{each}", problem))


def _windows_host_process(errors: Errors, path: str, spec: Object) -> None:
    for_pod = ((spec.get("securityContext") or {}).get("windowsOptions") or {}).get("hostProcess")
    total = host_process = 0
    for container, where in every_container(spec, path):
        total += 1
        own = ((container.get("securityContext") or {}).get("windowsOptions") or {}).get("hostProcess")
        if own is not None and for_pod is not None and own != for_pod:
            text = "true" if for_pod else "false"
            problem = f"pod hostProcess value must be identical if both are specified, was {text}"
            errors.append(field.invalid(f"{where}.securityContext.windowsOptions.hostProcess", own, problem))
        host_process += bool(own if own is not None else for_pod)
    if host_process:
        if host_process != total:
            problem = "If pod contains any hostProcess containers then all containers must be HostProcess containers"
            errors.append(field.invalid(path, "", problem))
        if not spec.get("hostNetwork"):
            problem = "hostNetwork must be true if pod contains any hostProcess containers"
            errors.append(field.invalid(f"{path}.hostNetwork", False, problem))


def _file_key_volumes(errors: Errors, path: str, spec: Object) -> None:
    for container, where in every_container(spec, path):
        for index, variable in enumerate(container.get("env") or ()):
            reference = (variable.get("valueFrom") or {}).get("fileKeyRef")
            if reference is None:
                continue
            volume_name = reference.get("volumeName", "")
            found = next((v for v in spec.get("volumes") or () if v.get("name") == volume_name), None)
            volume_path = f"{where}.env[{index}].valueFrom.fileKeyRef.volumeName"
            if found is None:
                errors.append(field.not_found(volume_path, volume_name))
            elif "emptyDir" not in found:
                errors.append(field.invalid(volume_path, volume_name, "referenced volume must be of type emptyDir"))


_APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
_MIRROR = "kubernetes.io/config.mirror"
_DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"


def pod_annotations(errors: Errors, path: str, found: dict[str, str] | None, spec: Object) -> None:
    """Annotations with a meaning of their own."""
    if not found:
        return
    if _MIRROR in found and not spec.get("nodeName"):
        problem = "must set spec.nodeName if mirror pod annotation is set"
        errors.append(field.invalid(f"{path}[{_MIRROR}]", found[_MIRROR], problem))
    cost = found.get(_DELETION_COST)
    if cost is not None and not _is_deletion_cost(cost):
        errors.append(field.invalid(f"{path}[{_DELETION_COST}]", cost, "must be a 32bit integer"))
    for key, value in found.items():
        if key == _SECCOMP_POD or key.startswith(_SECCOMP_CONTAINER):
            if value not in ("runtime/default", "docker/default", "unconfined") and not value.startswith("localhost/"):
                errors.append(field.invalid(f"{path}.{key}", value, "must be a valid seccomp profile"))
        elif key.startswith(_APP_ARMOR):
            _app_armor_annotation(errors, f"{path}[{key}]", key.removeprefix(_APP_ARMOR), value, spec)


def _is_deletion_cost(text: str) -> bool:
    digits = text.removeprefix("-")
    canonical = digits.isascii() and digits.isdigit() and (digits == "0" or digits[0] != "0")
    return canonical and text != "-0" and -(1 << 31) <= int(text) < 1 << 31


def _app_armor_annotation(errors: Errors, path: str, container_name: str, value: str, spec: Object) -> None:
    if all(container["name"] != container_name for container, _ in every_container(spec, "")):
        errors.append(field.invalid(path, container_name, "container not found"))
    if value not in ("", "runtime/default", "unconfined") and not value.startswith("localhost/"):
        errors.append(field.invalid(path, value, f'invalid AppArmor profile name: "{value}"'))


def annotations_match(errors: Errors, path: str, found: dict[str, str], spec: Object) -> None:
    """Seccomp annotations agree with the fields."""
    profile = (spec.get("securityContext") or {}).get("seccompProfile")
    if profile and _SECCOMP_POD in found:
        _seccomp_match(errors, f"{path}.securityContext.seccompProfile", found[_SECCOMP_POD], profile)
    for container, where in every_container(spec, path):
        own = (container.get("securityContext") or {}).get("seccompProfile")
        key = _SECCOMP_CONTAINER + container["name"]
        if own and key in found:
            _seccomp_match(errors, f"{where}.securityContext.seccompProfile", found[key], own)


def _seccomp_match(errors: Errors, path: str, annotation: str, profile: Object) -> None:
    kind = profile.get("type")
    expected = {"Unconfined": ("unconfined",), "RuntimeDefault": ("runtime/default", "docker/default")}.get(kind or "")
    if expected is not None and annotation not in expected:
        errors.append(field.forbidden(f"{path}.type", "seccomp type in annotation and field must match"))
    if kind == "Localhost":
        if not annotation.startswith("localhost/"):
            errors.append(field.forbidden(f"{path}.type", "seccomp type in annotation and field must match"))
        elif annotation.removeprefix("localhost/") != profile.get("localhostProfile"):
            problem = "seccomp profile in annotation and field must match"
            errors.append(field.forbidden(f"{path}.localhostProfile", problem))
