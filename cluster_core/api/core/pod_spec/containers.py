"""Containers: ports, environment, mounts, probes, hooks, restart rules."""

from collections.abc import Collection, Mapping
from typing import Any

from cluster_core.api.core.pod_spec import resources, security
from cluster_core.api.core.pod_spec.fields import field_selector, resource_selector
from cluster_core.api.validation import (
    Errors,
    header_name_problems,
    local_descending,
    name,
    no_backsteps,
    optional_non_negative,
    port_name_problems,
    port_number,
    port_number_or_name,
    relaxed_env_name,
    unsupported,
)
from cluster_core.apimachinery import field, names

Object = dict[str, Any]
Volumes = Mapping[str, Object]

_ENV_FIELDS = frozenset((
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP",
    "status.hostIPs", "status.podIP", "status.podIPs",
))  # fmt: skip
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_SIDECARS_ONLY = "may not be set for init containers without restartPolicy=Always"
_EPHEMERAL_FORBIDS = (
    "ports", "resources", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "resizePolicy", "restartPolicy", "restartPolicyRules",
)  # fmt: skip
PADDED_IMAGE = "must not have leading or trailing whitespace"


def containers(errors: Errors, path: str, spec: Object, volumes: Volumes, claims: Collection[str]) -> None:
    """The regular containers: at least one."""
    found = spec.get("containers")
    if not found:
        errors.append(field.required(path))
        return
    seen: set[str] = set()
    for index, container in enumerate(found):
        where = f"{path}[{index}]"
        _common(errors, where, container, spec, volumes, claims)
        if container["name"] in seen:
            errors.append(field.duplicate(f"{where}.name", container["name"]))
        seen.add(container["name"])
        _handlers(errors, where, container, spec)
        _restart_rules(errors, where, container)
    _host_ports(errors, path, found)


def init_containers(errors: Errors, path: str, spec: Object, volumes: Volumes, claims: Collection[str]) -> None:
    """Init containers; those that restart always are sidecars."""
    seen = {container["name"] for container in spec.get("containers") or ()}
    for index, container in enumerate(spec.get("initContainers") or ()):
        where = f"{path}[{index}]"
        _common(errors, where, container, spec, volumes, claims)
        policy = container.get("restartPolicy")
        if policy is None:
            if container.get("restartPolicyRules"):
                problem = "must specify restartPolicy when restart rules are used"
                errors.append(field.required(f"{where}.restartPolicy", problem))
        else:
            _restart_rules(errors, where, container)
        if container["name"] in seen:
            errors.append(field.duplicate(f"{where}.name", container["name"]))
        elif container["name"]:
            seen.add(container["name"])
        _host_ports(errors, path, [container])
        if policy == "Always":
            _handlers(errors, where, container, spec)
        else:
            for each in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
                if each in container:
                    errors.append(field.forbidden(f"{where}.{each}", _SIDECARS_ONLY))
            for position, rule in enumerate(container.get("resizePolicy") or ()):
                if rule.get("restartPolicy") == "RestartContainer":
                    problem = "must not be set to 'RestartContainer' for non-sidecar initContainers"
                    rule_path = f"{where}.resizePolicy[{position}].restartPolicy"
                    errors.append(field.invalid(rule_path, rule["restartPolicy"], problem))


def ephemeral_containers(errors: Errors, path: str, spec: Object, volumes: Volumes, claims: Collection[str]) -> None:
    """Containers added to debug a running pod."""
    others = {c["name"] for group in ("containers", "initContainers") for c in spec.get(group) or ()}
    seen = set(others)
    for index, container in enumerate(spec.get("ephemeralContainers") or ()):
        where = f"{path}[{index}]"
        _common(errors, where, container, spec, volumes, claims)
        image(errors, where, container)
        if container["name"] in seen:
            errors.append(field.duplicate(f"{where}.name", container["name"]))
        seen.add(container["name"])
        target = container.get("targetContainerName")
        if target and target not in others:
            errors.append(field.not_found(f"{where}.targetContainerName", target))
        _ephemeral_limits(errors, where, container)


def _ephemeral_limits(errors: Errors, path: str, container: Object) -> None:
    forbidden = "cannot be set for an Ephemeral Container"
    for each in _EPHEMERAL_FORBIDS:
        if container.get(each):
            errors.append(field.forbidden(f"{path}.{each}", forbidden))
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        for each in ("subPath", "subPathExpr"):
            if mount.get(each):
                errors.append(field.forbidden(f"{path}.volumeMounts[{index}].{each}", forbidden))


def image(errors: Errors, path: str, container: Object) -> None:
    """Blanks around an image's name (a fault in pods, not in templates)."""
    text = container.get("image", "")
    if text.strip() != text:
        errors.append(field.invalid(f"{path}.image", text, PADDED_IMAGE))


def _common(
    errors: Errors, path: str, container: Object, spec: Object, volumes: Volumes, claims: Collection[str]
) -> None:
    get = container.get
    if not container["name"]:
        errors.append(field.required(f"{path}.name"))
    else:
        name(errors, f"{path}.name", container["name"], names.dns1123_label)
    if not get("image"):
        errors.append(field.required(f"{path}.image"))
    policy = get("terminationMessagePolicy")
    if policy not in ("File", "FallbackToLogsOnError"):
        errors.append(unsupported(f"{path}.terminationMessagePolicy", policy or "", ("File", "FallbackToLogsOnError")))
    if get("ports"):
        _ports(errors, f"{path}.ports", container["ports"])
    if get("env"):
        environment(errors, f"{path}.env", container["env"])
    if get("envFrom"):
        _environment_from(errors, f"{path}.envFrom", container["envFrom"])
    if get("volumeMounts") or get("volumeDevices"):
        _mounts(errors, f"{path}.volumeMounts", container, volumes)
        _devices(errors, f"{path}.volumeDevices", container, volumes)
    if get("imagePullPolicy") not in _PULL_POLICIES:
        errors.append(unsupported(f"{path}.imagePullPolicy", get("imagePullPolicy", ""), _PULL_POLICIES))
    if container["resources"]:
        resources.requirements(errors, f"{path}.resources", container["resources"], claims)
    if get("resizePolicy"):
        _resize(errors, f"{path}.resizePolicy", container["resizePolicy"], spec.get("restartPolicy", ""))
    context = get("securityContext")
    if context:
        security.container(errors, f"{path}.securityContext", context, spec.get("hostUsers") is not False)


def _ports(errors: Errors, path: str, ports: list[Object]) -> None:
    seen: set[str] = set()
    for index, port in enumerate(ports):
        where, port_name = f"{path}[{index}]", port.get("name")
        if port_name:
            problems = port_name_problems(port_name)
            if problems:
                errors.extend(field.invalid(f"{where}.name", port_name, problem) for problem in problems)
            elif port_name in seen:
                errors.append(field.duplicate(f"{where}.name", port_name))
            seen.add(port_name)
        if not port["containerPort"]:
            errors.append(field.required(f"{where}.containerPort"))
        else:
            port_number(errors, f"{where}.containerPort", port["containerPort"])
        if port.get("hostPort"):
            port_number(errors, f"{where}.hostPort", port["hostPort"])
        if port["protocol"] not in _PROTOCOLS:
            errors.append(unsupported(f"{where}.protocol", port["protocol"], _PROTOCOLS))


def _host_ports(errors: Errors, path: str, found: list[Object]) -> None:
    seen: set[str] = set()
    for index, container in enumerate(found):
        for position, port in enumerate(container.get("ports") or ()):
            if not port.get("hostPort"):
                continue
            text = f"{port['protocol']}/{port.get('hostIP', '')}/{port['hostPort']}"
            if text in seen:
                errors.append(field.duplicate(f"{path}[{index}].ports[{position}].hostPort", text))
            seen.add(text)


def environment(errors: Errors, path: str, variables: list[Object]) -> None:
    """Environment variables."""
    for index, variable in enumerate(variables):
        variable_name = variable["name"]
        if not variable_name:
            errors.append(field.required(f"{path}[{index}].name"))
        elif not variable_name.isidentifier():
            name(errors, f"{path}[{index}].name", variable_name, relaxed_env_name)
        if "valueFrom" in variable:
            _value_from(errors, f"{path}[{index}].valueFrom", variable)


def _value_from(errors: Errors, path: str, variable: Object) -> None:
    source = variable["valueFrom"]
    if "fieldRef" in source:
        field_selector(errors, f"{path}.fieldRef", source["fieldRef"], _ENV_FIELDS)
    if "resourceFieldRef" in source:
        resource_selector(errors, f"{path}.resourceFieldRef", source["resourceFieldRef"], volume=False)
    for each in ("configMapKeyRef", "secretKeyRef"):
        if each in source:
            _key_selector(errors, f"{path}.{each}", source[each])
    if "fileKeyRef" in source:
        _file_key(errors, f"{path}.fileKeyRef", source["fileKeyRef"])
    if not source:
        kinds = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
        errors.append(field.invalid(path, "", f"must specify one of: {kinds}"))
    elif variable.get("value"):
        errors.append(field.invalid(path, "", "may not be specified when `value` is not empty"))
    elif len(source) > 1:
        errors.append(field.invalid(path, "", "may not have more than one field specified at a time"))


def _key_selector(errors: Errors, path: str, selector: Object) -> None:
    name(errors, f"{path}.name", selector.get("name", ""), names.dns1123_subdomain)
    if not selector.get("key"):
        errors.append(field.required(f"{path}.key"))
    else:
        name(errors, f"{path}.key", selector["key"], names.config_map_key)


def _file_key(errors: Errors, path: str, selector: Object) -> None:
    for each, rule in (("key", relaxed_env_name), ("volumeName", names.dns1123_label)):
        if not selector.get(each):
            errors.append(field.required(f"{path}.{each}"))
        else:
            name(errors, f"{path}.{each}", selector[each], rule)
    if not selector.get("path"):
        errors.append(field.required(f"{path}.path"))
    else:
        no_backsteps(errors, f"{path}.path", selector["path"])


def _environment_from(errors: Errors, path: str, sources: list[Object]) -> None:
    for index, source in enumerate(sources):
        if source.get("prefix"):
            name(errors, f"{path}[{index}].prefix", source["prefix"], relaxed_env_name)
        count = 0
        for each in ("configMapRef", "secretRef"):
            if each not in source:
                continue
            count += 1
            where, referenced = f"{path}[{index}].{each}.name", source[each].get("name", "")
            if not referenced:
                errors.append(field.required(where))
            else:
                problems = names.name_is_dns_subdomain(referenced, True)
                errors.extend(field.invalid(where, referenced, problem) for problem in problems)
        if not count:
            errors.append(field.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"))
        elif count > 1:
            errors.append(field.invalid(path, "", "may not have more than one field specified at a time"))


def _mounts(errors: Errors, path: str, container: Object, volumes: Volumes) -> None:
    devices = {device.get("name", ""): device.get("devicePath", "") for device in container.get("volumeDevices") or ()}
    seen: set[str] = set()
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        where, volume, target = f"{path}[{index}]", mount["name"], mount["mountPath"]
        if not volume:
            errors.append(field.required(f"{where}.name"))
        if volume not in volumes:
            errors.append(field.not_found(f"{where}.name", volume))
        if not target:
            errors.append(field.required(f"{where}.mountPath"))
        if target in seen:
            errors.append(field.invalid(f"{where}.mountPath", target, "must be unique"))
        seen.add(target)
        if devices:
            if volume in devices:
                errors.append(field.invalid(f"{where}.name", volume, "must not already exist in volumeDevices"))
            if target in devices.values():
                problem = "must not already exist as a path in volumeDevices"
                errors.append(field.invalid(f"{where}.mountPath", target, problem))
        if len(mount) > 2:
            _mount_options(errors, path, where, mount, container)


def _mount_options(errors: Errors, path: str, where: str, mount: Object, container: Object) -> None:
    below, expression = mount.get("subPath"), mount.get("subPathExpr")
    if below:
        local_descending(errors, f"{path}.subPath", below)
    if expression:
        if below:
            problem = "subPathExpr and subPath are mutually exclusive"
            errors.append(field.invalid(f"{where}.subPathExpr", expression, problem))
        local_descending(errors, f"{path}.subPathExpr", expression)
    propagation = mount.get("mountPropagation")
    if propagation is not None:
        modes = ("Bidirectional", "HostToContainer", "None")
        if propagation not in modes:
            errors.append(unsupported(f"{path}.mountPropagation", propagation, modes))
        if propagation == "Bidirectional" and not (container.get("securityContext") or {}).get("privileged"):
            problem = "Bidirectional mount propagation is available only to privileged containers"
            errors.append(field.forbidden(f"{path}.mountPropagation", problem))
    recursive = mount.get("recursiveReadOnly")
    if recursive is not None:
        _recursive_read_only(errors, f"{path}.recursiveReadOnly", mount, recursive)


def _recursive_read_only(errors: Errors, path: str, mount: Object, recursive: str) -> None:
    if recursive not in ("Disabled", "Enabled", "IfPossible"):
        errors.append(unsupported(path, recursive, ("Disabled", "Enabled", "IfPossible")))
    elif recursive != "Disabled":
        if not mount.get("readOnly"):
            errors.append(field.forbidden(path, "may only be specified when readOnly is true"))
        if mount.get("mountPropagation", "None") != "None":
            problem = "may only be specified when mountPropagation is None or not specified"
            errors.append(field.forbidden(path, problem))


def _devices(errors: Errors, path: str, container: Object, volumes: Volumes) -> None:
    mounts = {mount["name"]: mount["mountPath"] for mount in container.get("volumeMounts") or ()}
    paths: set[str] = set()
    seen: set[str] = set()
    for index, device in enumerate(container.get("volumeDevices") or ()):
        where, volume, target = f"{path}[{index}]", device.get("name", ""), device.get("devicePath", "")
        source = volumes.get(volume)
        if not volume:
            errors.append(field.required(f"{where}.name"))
        if volume in seen:
            errors.append(field.invalid(f"{where}.name", volume, "must be unique"))
        if source is None:
            errors.append(field.not_found(f"{where}.name", volume))
        elif "persistentVolumeClaim" not in source and "ephemeral" not in source:
            problem = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
            errors.append(field.invalid(f"{where}.name", volume, problem))
        if not target:
            errors.append(field.required(f"{where}.devicePath"))
        if target in paths:
            errors.append(field.invalid(f"{where}.devicePath", target, "must be unique"))
        if ".." in target.split("/"):
            errors.append(field.invalid(f"{where}.devicePath", target, "can not contain backsteps ('..')"))
        else:
            paths.add(target)
        if volume in mounts:
            errors.append(field.invalid(f"{where}.name", volume, "must not already exist in volumeMounts"))
        if target in mounts.values():
            problem = "must not already exist as a path in volumeMounts"
            errors.append(field.invalid(f"{where}.devicePath", target, problem))
        seen.add(volume)


def _resize(errors: Errors, path: str, rules: list[Object], restart: str) -> None:
    seen: set[str] = set()
    for index, rule in enumerate(rules):
        resource, policy = rule.get("resourceName", ""), rule.get("restartPolicy", "")
        if resource in seen:
            errors.append(field.duplicate(f"{path}[{index}]", resource))
        seen.add(resource)
        if not resource:
            errors.append(field.required(path))
        elif resource not in ("cpu", "memory"):
            errors.append(unsupported(path, resource, ("cpu", "memory")))
        if not policy:
            errors.append(field.required(path))
        elif policy not in ("NotRequired", "RestartContainer"):
            errors.append(unsupported(path, policy, ("NotRequired", "RestartContainer")))
        if restart == "Never" and policy != "NotRequired":
            problem = "must be 'NotRequired' when pod `restartPolicy` is 'Never'"
            errors.append(field.invalid(path, policy, problem))


def _restart_rules(errors: Errors, path: str, container: Object) -> None:
    policy, rules = container.get("restartPolicy"), container.get("restartPolicyRules") or ()
    if policy is None:
        if rules:
            problem = "must specify restartPolicy when restart rules are used"
            errors.append(field.required(f"{path}.restartPolicy", problem))
    elif policy not in ("Always", "Never", "OnFailure"):
        errors.append(unsupported(f"{path}.restartPolicy", policy, ("Always", "Never", "OnFailure")))
    if len(rules) > 20:
        errors.append(field.too_many(f"{path}.restartPolicyRules", len(rules), 20))
    for index, rule in enumerate(rules):
        _restart_rule(errors, f"{path}.restartPolicyRules[{index}]", rule)


def _restart_rule(errors: Errors, path: str, rule: Object) -> None:
    if rule.get("action") not in ("Restart", "RestartAllContainers"):
        errors.append(unsupported(f"{path}.action", rule.get("action", ""), ("Restart", "RestartAllContainers")))
    codes = rule.get("exitCodes")
    if codes is None:
        errors.append(field.required(f"{path}.exitCodes", "must be specified"))
        return
    if codes.get("operator") not in ("In", "NotIn"):
        errors.append(unsupported(f"{path}.exitCodes.operator", codes.get("operator", ""), ("In", "NotIn")))
    if len(codes.get("values") or ()) > 255:
        errors.append(field.too_many(f"{path}.exitCodes.values", len(codes["values"]), 255))


def _handlers(errors: Errors, path: str, container: Object, spec: Object) -> None:
    grace = spec.get("terminationGracePeriodSeconds")
    if "lifecycle" in container:
        for hook in ("postStart", "preStop"):
            if hook in container["lifecycle"]:
                _handler(errors, f"{path}.lifecycle.{hook}", container["lifecycle"][hook], grace)
    for kind in ("livenessProbe", "readinessProbe", "startupProbe"):
        if kind in container:
            _probe(errors, f"{path}.{kind}", container[kind], grace, kind)


def _probe(errors: Errors, path: str, probe: Object, grace: int | None, kind: str) -> None:
    _handler(errors, path, probe, grace)
    optional_non_negative(
        errors,
        probe,
        path,
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    )
    own = probe.get("terminationGracePeriodSeconds")
    if own is not None and own <= 0:
        errors.append(field.invalid(f"{path}.terminationGracePeriodSeconds", own, "must be greater than 0"))
    if kind == "readinessProbe":
        if own is not None:
            problem = "must not be set for readinessProbes"
            errors.append(field.invalid(f"{path}.terminationGracePeriodSeconds", own, problem))
    elif probe["successThreshold"] != 1:
        errors.append(field.invalid(f"{path}.successThreshold", probe["successThreshold"], "must be 1"))


def _handler(errors: Errors, path: str, handler: Object, grace: int | None) -> None:
    count = 0
    for kind in ("exec", "httpGet", "tcpSocket", "grpc", "sleep"):
        action = handler.get(kind)
        if action is None:
            continue
        count += 1
        where = f"{path}.{kind}"
        if count > 1:
            errors.append(field.forbidden(where, "may not specify more than 1 handler type"))
        elif kind == "exec":
            if not action.get("command"):
                errors.append(field.required(f"{where}.command"))
        elif kind == "httpGet":
            _http_get(errors, where, action)
        elif kind == "sleep":
            _sleep(errors, where, action["seconds"], grace)
        else:
            port_number_or_name(errors, f"{where}.port", action["port"])
    if not count:
        errors.append(field.required(path, "must specify a handler type"))


def _http_get(errors: Errors, path: str, action: Object) -> None:
    port_number_or_name(errors, f"{path}.port", action["port"])
    if action.get("scheme") not in ("HTTP", "HTTPS"):
        errors.append(unsupported(f"{path}.scheme", action.get("scheme", ""), ("HTTP", "HTTPS")))
    for header in action.get("httpHeaders") or ():
        for problem in header_name_problems(header["name"]):
            errors.append(field.invalid(f"{path}.httpHeaders", header["name"], problem))


def _sleep(errors: Errors, path: str, seconds: int, grace: int | None) -> None:
    if grace is not None and not 0 <= seconds <= grace:
        problem = f"must be non-negative and less than terminationGracePeriodSeconds ({grace})"
        errors.append(field.invalid(path, seconds, problem))
