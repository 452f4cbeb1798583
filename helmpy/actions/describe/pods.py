"""Pods and pod templates."""

from typing import Any

from helmpy.actions.describe.context import Context, date
from helmpy.actions.describe.volumes import volumes
from helmpy.actions.describe.writer import Writer

HIDDEN = "kubectl.kubernetes.io/last-applied-configuration"


def heading(w: Writer, obj: dict[str, Any], namespace: bool = True) -> None:
    """Name and namespace."""
    w.field(0, "Name", obj["metadata"]["name"])
    if namespace:
        w.field(0, "Namespace", obj["metadata"].get("namespace", ""))


def marks(w: Writer, obj: dict[str, Any]) -> None:
    """Labels and annotations."""
    w.pairs(0, "Labels", obj["metadata"].get("labels"))
    annotations(w, obj)


def annotations(w: Writer, obj: dict[str, Any]) -> None:
    """Annotations, without the one that kubectl apply keeps for itself."""
    found = obj["metadata"].get("annotations") or {}
    w.pairs(0, "Annotations", {key: value for key, value in found.items() if key != HIDDEN}, ": ")


def pod(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A pod."""
    metadata, spec, status = obj["metadata"], obj["spec"], obj.get("status") or {}
    heading(w, obj)
    if spec.get("priority") is not None:
        w.field(0, "Priority", spec["priority"])
    if spec.get("priorityClassName"):
        w.field(0, "Priority Class Name", spec["priorityClassName"])
    if spec.get("runtimeClassName"):
        w.field(0, "Runtime Class Name", spec["runtimeClassName"])
    if spec.get("serviceAccountName"):
        w.field(0, "Service Account", spec["serviceAccountName"])
    host = f"/{status['hostIP']}" if status.get("hostIP") else ""
    w.field(0, "Node", f"{spec['nodeName']}{host}" if spec.get("nodeName") else "<none>")
    if status.get("startTime"):
        w.field(0, "Start Time", date(status["startTime"]))
    marks(w, obj)
    if metadata.get("deletionTimestamp"):
        grace = metadata.get("deletionGracePeriodSeconds", 0)
        w.field(0, "Status", f"Terminating (lasts {context.age(metadata['deletionTimestamp'])})")
        w.field(0, "Termination Grace Period", f"{grace}s")
    else:
        w.field(0, "Status", status.get("phase", ""))
    for name in ("reason", "message"):
        if status.get(name):
            w.field(0, name.title(), status[name])
    w.field(0, "IP", status.get("podIP", ""))
    _addresses(w, status)
    _owner(w, metadata)
    statuses = {
        item["name"]: item for kind in ("containerStatuses", "initContainerStatuses") for item in status.get(kind) or []
    }
    if spec.get("initContainers"):
        containers(w, "Init Containers", spec["initContainers"], statuses)
    containers(w, "Containers", spec["containers"], statuses)
    _conditions(w, status)
    volumes(w, 0, spec.get("volumes") or [])
    w.field(0, "QoS Class", status.get("qosClass", ""))
    scheduling(w, 0, spec)


def _addresses(w: Writer, status: dict[str, Any]) -> None:
    addresses = [item["ip"] for item in status.get("podIPs") or []]
    if not addresses:
        w.field(0, "IPs", "<none>")
        return
    w.line(0, "IPs:")
    for address in addresses:
        w.field(1, "IP", address)


def _owner(w: Writer, metadata: dict[str, Any]) -> None:
    owner = next((o for o in metadata.get("ownerReferences") or [] if o.get("controller")), None)
    if owner:
        w.field(0, "Controlled By", f"{owner['kind']}/{owner['name']}")


def _conditions(w: Writer, status: dict[str, Any]) -> None:
    found = status.get("conditions") or []
    if found:
        w.line(0, "Conditions:")
        w.line(1, "Type", "Status")
        for condition in found:
            w.line(1, condition["type"], condition["status"])


def template(w: Writer, spec: dict[str, Any]) -> None:
    """A pod template below "Pod Template:"."""
    w.line(0, "Pod Template:")
    metadata, pod_spec = spec.get("metadata") or {}, spec.get("spec") or {}
    w.pairs(1, "Labels", metadata.get("labels"))
    if metadata.get("annotations"):
        w.pairs(1, "Annotations", metadata["annotations"], ": ")
    if pod_spec.get("serviceAccountName"):
        w.field(1, "Service Account", pod_spec["serviceAccountName"])
    if pod_spec.get("initContainers"):
        containers(w, "Init Containers", pod_spec["initContainers"], {}, " ")
    containers(w, "Containers", pod_spec.get("containers") or [], {}, " ")
    volumes(w, 1, pod_spec.get("volumes") or [])
    if pod_spec.get("priorityClassName"):
        w.field(1, "Priority Class Name", pod_spec["priorityClassName"])
    scheduling(w, 1, pod_spec, template=True)


def containers(
    w: Writer, label: str, found: list[dict[str, Any]], statuses: dict[str, dict[str, Any]], space: str = ""
) -> None:
    """Containers with what is known of each. `space` is a template's odd extra blank, as kubectl prints it."""
    level = 1 if space else 0
    w.line(level, f"{label}:")
    for container in found:
        status = statuses.get(container["name"])
        w.line(0, f"{'  ' if not space else '   '}{container['name']}:")
        _container(w, container, status)


def _container(w: Writer, c: dict[str, Any], status: dict[str, Any] | None) -> None:
    if status is not None:
        w.field(2, "Container ID", status.get("containerID", ""))
    w.field(2, "Image", c.get("image", ""))
    if status is not None:
        w.field(2, "Image ID", status.get("imageID", ""))
    ports = c.get("ports") or []
    label = "Ports" if len(ports) > 1 else "Port"
    w.field(
        2,
        label,
        ", ".join(
            f"{p['containerPort']}/{p.get('protocol', 'TCP')}" + (f" ({p['name']})" if p.get("name") else "")
            for p in ports
        )
        or "<none>",
    )
    w.field(
        2,
        f"Host {label}",
        ", ".join(
            f"{p.get('hostPort', 0)}/{p.get('protocol', 'TCP')}" + (f" ({p['name']})" if p.get("name") else "")
            for p in ports
        )
        or "<none>",
    )
    for name in ("command", "args"):
        if c.get(name):
            w.line(2, f"{name.title()}:")
            for part in c[name]:
                for piece in str(part).split("\n"):
                    w.line(3, piece)
    if status is not None:
        _state(w, "State", status.get("state") or {})
        if (status.get("lastState") or {}).get("terminated"):
            _state(w, "Last State", status["lastState"])
        w.field(2, "Ready", str(bool(status.get("ready"))))
        w.field(2, "Restart Count", status.get("restartCount", 0))
    _resources(w, c.get("resources") or {})
    for field, label in (("livenessProbe", "Liveness"), ("readinessProbe", "Readiness"), ("startupProbe", "Startup")):
        if c.get(field):
            w.field(2, label, probe_text(c[field]))
    _environment_from(w, c.get("envFrom") or [])
    _environment(w, c.get("env") or [])
    _mounts(w, c.get("volumeMounts") or [])


def _state(w: Writer, label: str, state: dict[str, Any]) -> None:
    running, waiting, ended = state.get("running"), state.get("waiting"), state.get("terminated")
    if running is not None:
        w.field(2, label, "Running")
        w.field(3, "Started", date(running.get("startedAt")))
    elif ended is not None:
        w.field(2, label, "Terminated")
        for name in ("reason", "message"):
            if ended.get(name):
                w.field(3, name.title(), ended[name])
        w.field(3, "Exit Code", ended.get("exitCode", 0))
        if ended.get("signal"):
            w.field(3, "Signal", ended["signal"])
        w.field(3, "Started", date(ended.get("startedAt")))
        w.field(3, "Finished", date(ended.get("finishedAt")))
    else:
        w.field(2, label, "Waiting")
        if (waiting or {}).get("reason"):
            w.field(3, "Reason", (waiting or {})["reason"])


def _resources(w: Writer, resources: dict[str, Any]) -> None:
    for field in ("limits", "requests"):
        if resources.get(field):
            w.line(2, f"{field.title()}:")
            for name, quantity in sorted(resources[field].items()):
                w.field(3, name, quantity)


def probe_text(probe: dict[str, Any]) -> str:
    """A probe in one line."""
    timing = (
        f"delay={probe.get('initialDelaySeconds', 0)}s timeout={probe.get('timeoutSeconds', 0)}s "
        f"period={probe.get('periodSeconds', 0)}s #success={probe.get('successThreshold', 0)} "
        f"#failure={probe.get('failureThreshold', 0)}"
    )
    if "exec" in probe:
        return f"exec [{' '.join(probe['exec'].get('command') or [])}] {timing}"
    if "httpGet" in probe:
        get = probe["httpGet"]
        host = f"{get.get('host', '')}:{get.get('port', '')}"
        path = get.get("path", "")
        return f"http-get {get.get('scheme', 'HTTP').lower()}://{host}{path if path.startswith('/') else '/' + path} {timing}"
    if "tcpSocket" in probe:
        return f"tcp-socket {probe['tcpSocket'].get('host', '')}:{probe['tcpSocket'].get('port', '')} {timing}"
    if "grpc" in probe:
        return f"grpc <pod>:{probe['grpc'].get('port', '')} {probe['grpc'].get('service') or ''} {timing}"
    return f"unknown {timing}"


def _environment_from(w: Writer, sources: list[dict[str, Any]]) -> None:
    if not sources:
        return
    w.line(2, "Environment Variables from:")
    for source in sources:
        kind, ref = (
            ("ConfigMap", source["configMapRef"])
            if "configMapRef" in source
            else ("Secret", source.get("secretRef") or {})
        )
        prefix = f" with prefix '{source['prefix']}'" if source.get("prefix") else ""
        w.line(3, ref.get("name", ""), f"{kind}{prefix}", f"Optional: {'true' if ref.get('optional') else 'false'}")


def _environment(w: Writer, variables: list[dict[str, Any]]) -> None:
    if not variables:
        w.field(2, "Environment", "<none>")
        return
    w.line(2, "Environment:")
    for variable in variables:
        w.field(3, variable["name"], _variable_text(variable))


def _variable_text(variable: dict[str, Any]) -> str:
    source = variable.get("valueFrom")
    if not source:
        return str(variable.get("value", ""))
    if "fieldRef" in source:
        ref = source["fieldRef"]
        return f" ({ref.get('apiVersion', 'v1')}:{ref.get('fieldPath', '')})"
    if "resourceFieldRef" in source:
        ref = source["resourceFieldRef"]
        return f"{ref.get('divisor', '0')} ({ref.get('resource', '')})"
    kind, ref = (
        ("secret", source["secretKeyRef"])
        if "secretKeyRef" in source
        else ("config map", source.get("configMapKeyRef") or {})
    )
    optional = "true" if ref.get("optional") else "false"
    return f"<set to the key '{ref.get('key', '')}' {'in' if kind == 'secret' else 'of'} {kind} '{ref.get('name', '')}'>  Optional: {optional}"


def _mounts(w: Writer, mounts: list[dict[str, Any]]) -> None:
    if not mounts:
        w.field(2, "Mounts", "<none>")
        return
    w.line(2, "Mounts:")
    for mount in sorted(mounts, key=lambda m: str(m["mountPath"])):
        flags = ["ro" if mount.get("readOnly") else "rw"]
        if mount.get("subPath"):
            flags.append(f'path="{mount["subPath"]}"')
        w.line(3, f"{mount['mountPath']} from {mount['name']} ({','.join(flags)})")


def scheduling(w: Writer, level: int, spec: dict[str, Any], template: bool = False) -> None:
    """Node selector and tolerations."""
    w.pairs(level, "Node-Selectors", spec.get("nodeSelector"))
    lines = [_toleration_text(item) for item in spec.get("tolerations") or []]
    w.field(level, "Tolerations", "\n".join(lines) or "<none>")


def _toleration_text(item: dict[str, Any]) -> str:
    text = str(item.get("key", ""))
    if item.get("value"):
        text += f"={item['value']}"
    if item.get("effect"):
        text += f":{item['effect']}"
    if item.get("operator") == "Exists" and not item.get("value"):
        text += "op=Exists" if not text else " op=Exists"
    if item.get("tolerationSeconds") is not None:
        text += f" for {item['tolerationSeconds']}s"
    return text
