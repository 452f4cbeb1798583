"""Defaults of pod specs, in place on the request's own copy. Runs for every pod and template: plain dictionary code."""

from functools import lru_cache
from typing import Any

from cluster_core.apimachinery import quantity

Object = dict[str, Any]

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_IMAGE_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-/:")


def default_template(template: Object) -> None:
    """A pod template's spec."""
    default_pod_spec(template["spec"])


def default_pod_spec(spec: Object) -> None:
    """What holds for pods and templates alike."""
    if not spec.get("dnsPolicy"):
        spec["dnsPolicy"] = "ClusterFirst"
    if not spec.get("restartPolicy"):
        spec["restartPolicy"] = "Always"
    if "securityContext" not in spec:
        spec["securityContext"] = {}
    if "terminationGracePeriodSeconds" not in spec:
        spec["terminationGracePeriodSeconds"] = 30
    if not spec.get("schedulerName"):
        spec["schedulerName"] = "default-scheduler"
    if "serviceAccountName" in spec:
        spec["serviceAccount"] = spec["serviceAccountName"]
    elif "serviceAccount" in spec:
        spec["serviceAccountName"] = spec["serviceAccount"]
    for container in spec.get("containers") or ():
        _container(container)
    for container in spec.get("initContainers") or ():
        _container(container)
    for container in spec.get("ephemeralContainers") or ():
        _container(container)
    for volume in spec.get("volumes") or ():
        _volume(volume)
    if "overhead" in spec:
        round_up(spec["overhead"])
    if "resources" in spec:
        _resources(spec["resources"])


def _container(container: Object) -> None:
    if not container.get("imagePullPolicy"):
        container["imagePullPolicy"] = pull_policy(container.get("image", ""))
    if not container.get("terminationMessagePath"):
        container["terminationMessagePath"] = "/dev/termination-log"
    if not container.get("terminationMessagePolicy"):
        container["terminationMessagePolicy"] = "File"
    for port in container.get("ports") or ():
        if not port.get("protocol"):
            port["protocol"] = "TCP"
    for variable in container.get("env") or ():
        if "valueFrom" in variable:
            _env_source(variable["valueFrom"])
    if container["resources"]:
        _resources(container["resources"])
    for name in _PROBES:
        if name in container:
            _probe(container[name])
    if "lifecycle" in container:
        for hook in container["lifecycle"].values():
            if isinstance(hook, dict) and "httpGet" in hook:
                _http_get(hook["httpGet"])


def _env_source(source: Object) -> None:
    if "fieldRef" in source:
        source["fieldRef"].setdefault("apiVersion", "v1")
    if "fileKeyRef" in source:
        source["fileKeyRef"].setdefault("optional", False)


def _resources(resources: Object) -> None:
    if "limits" in resources:
        round_up(resources["limits"])
    if "requests" in resources:
        round_up(resources["requests"])


def round_up(resource_list: Object) -> None:
    """Amounts below a thousandth are rounded up to it."""
    for name, amount in resource_list.items():
        if amount[-1] in "nu" or "e-" in amount:
            resource_list[name] = quantity.canonical(f"{quantity.milli(amount)}m")


def _probe(probe: Object) -> None:
    if not probe.get("timeoutSeconds"):
        probe["timeoutSeconds"] = 1
    if not probe.get("periodSeconds"):
        probe["periodSeconds"] = 10
    if not probe.get("successThreshold"):
        probe["successThreshold"] = 1
    if not probe.get("failureThreshold"):
        probe["failureThreshold"] = 3
    if "httpGet" in probe:
        _http_get(probe["httpGet"])
    if "grpc" in probe and probe["grpc"].get("service") is None:
        probe["grpc"]["service"] = ""


def _http_get(action: Object) -> None:
    if not action.get("path"):
        action["path"] = "/"
    if not action.get("scheme"):
        action["scheme"] = "HTTP"


def _volume(volume: Object) -> None:
    if len(volume) == 1:
        volume["emptyDir"] = {}
        return
    for name, source in volume.items():
        fill = _VOLUMES.get(name)
        if fill:
            fill(source)


def _mode(source: Object) -> None:
    source.setdefault("defaultMode", 420)


def _downward_items(source: Object) -> None:
    for item in source.get("items") or ():
        if "fieldRef" in item:
            item["fieldRef"].setdefault("apiVersion", "v1")


def _downward(source: Object) -> None:
    _mode(source)
    _downward_items(source)


def _projected(source: Object) -> None:
    _mode(source)
    for item in source.get("sources") or ():
        if "downwardAPI" in item:
            _downward_items(item["downwardAPI"])
        if "serviceAccountToken" in item:
            item["serviceAccountToken"].setdefault("expirationSeconds", 3600)


def _host_path(source: Object) -> None:
    source.setdefault("type", "")


def _image(source: Object) -> None:
    if not source.get("pullPolicy"):
        source["pullPolicy"] = pull_policy(source.get("reference", ""))


def _ephemeral(source: Object) -> None:
    if "volumeClaimTemplate" in source:
        default_claim_spec(source["volumeClaimTemplate"]["spec"])


def default_claim_spec(spec: Object) -> None:
    """The spec of a volume claim or a template of one."""
    spec.setdefault("volumeMode", "Filesystem")
    _resources(spec["resources"])


def default_iscsi(source: Object) -> None:
    """An iSCSI volume, of pods and persistent volumes."""
    source.setdefault("iscsiInterface", "default")


def default_rbd(source: Object) -> None:
    """A Ceph RBD volume, of pods and persistent volumes."""
    source.setdefault("pool", "rbd")
    source.setdefault("user", "admin")
    source.setdefault("keyring", "/etc/ceph/keyring")


def default_scale_io(source: Object) -> None:
    """A ScaleIO volume, of pods and persistent volumes."""
    source.setdefault("storageMode", "ThinProvisioned")
    source.setdefault("fsType", "xfs")


def default_azure_disk(source: Object) -> None:
    """An Azure data disk, of pods and persistent volumes."""
    source.setdefault("cachingMode", "ReadWrite")
    source.setdefault("fsType", "ext4")
    source.setdefault("readOnly", False)
    source.setdefault("kind", "Shared")


_VOLUMES = {
    "secret": _mode,
    "configMap": _mode,
    "downwardAPI": _downward,
    "projected": _projected,
    "hostPath": _host_path,
    "image": _image,
    "ephemeral": _ephemeral,
    "iscsi": default_iscsi,
    "rbd": default_rbd,
    "scaleIO": default_scale_io,
    "azureDisk": default_azure_disk,
}


@lru_cache(maxsize=1024)
def pull_policy(image: str) -> str:
    """Always for the tag `latest` (also when no tag and no digest is given), else IfNotPresent."""
    return "Always" if image_tag(image) == "latest" else "IfNotPresent"


def image_tag(image: str) -> str:
    """The tag of an image reference, `latest` by default; "" with a digest alone or for text that is no reference."""
    name, at, _digest = image.partition("@")
    head, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        head, tag = name, ""
    if not head or not _is_repository(head):
        return ""
    return tag or ("" if at else "latest")


def _is_repository(name: str) -> bool:
    host, slash, path = name.partition("/")
    if slash and ("." in host or ":" in host or host == "localhost" or host != host.lower()):
        name = path
    if not _IMAGE_CHARACTERS.issuperset(name) or ":" in name:
        return False
    return all(part and part[0].isalnum() and part[-1].isalnum() for part in name.split("/"))
