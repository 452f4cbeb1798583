"""A kubelet's own configuration: the part of upstream's KubeletConfiguration that shows, under upstream's names.

Given for all nodes by `KubeletOptions.configuration`, for one by the annotation `ANNOTATION` of its Node object (JSON):

    helmpy.dev/kubelet-configuration: '{"evictionHard": {"memory.available": "500Mi"}, "kubeReserved": {"cpu": "200m"}}'

Durations are Go's ("30s", "1m30s"). Pure; read by the kubelet when it starts and when it is restarted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ANNOTATION = "helmpy.dev/kubelet-configuration"
USAGE_ANNOTATION = "helmpy.dev/usage"
"""What the machine uses besides its pods and needs to be told of: '{"memory": "2Gi", "disk": "50Gi", "processes": 900, "inodes": 5000}'."""
EVICTION_HARD = {
    "memory.available": "100Mi",
    "nodefs.available": "10%",
    "nodefs.inodesFree": "5%",
    "imagefs.available": "15%",
    "imagefs.inodesFree": "5%",
}
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class KubeletConfiguration:
    """Thresholds by signal ("memory.available": "100Mi" or "5%"), reserved amounts by resource, times in seconds."""

    eviction_hard: Mapping[str, str] = field(default_factory=lambda: EVICTION_HARD)
    eviction_soft: Mapping[str, str] = field(default_factory=dict)
    eviction_soft_grace_period: Mapping[str, str] = field(default_factory=dict)
    eviction_minimum_reclaim: Mapping[str, str] = field(default_factory=dict)
    eviction_max_pod_grace_period: int = 0
    eviction_pressure_transition_period: float = 300.0
    kube_reserved: Mapping[str, str] = field(default_factory=dict)
    system_reserved: Mapping[str, str] = field(default_factory=dict)
    container_log_max_size: str = "10Mi"
    container_log_max_files: int = 5
    shutdown_grace_period: float = 0.0
    shutdown_grace_period_critical_pods: float = 0.0


_FIELDS = {
    "evictionHard": "eviction_hard",
    "evictionSoft": "eviction_soft",
    "evictionSoftGracePeriod": "eviction_soft_grace_period",
    "evictionMinimumReclaim": "eviction_minimum_reclaim",
    "evictionMaxPodGracePeriod": "eviction_max_pod_grace_period",
    "evictionPressureTransitionPeriod": "eviction_pressure_transition_period",
    "kubeReserved": "kube_reserved",
    "systemReserved": "system_reserved",
    "containerLogMaxSize": "container_log_max_size",
    "containerLogMaxFiles": "container_log_max_files",
    "shutdownGracePeriod": "shutdown_grace_period",
    "shutdownGracePeriodCriticalPods": "shutdown_grace_period_critical_pods",
}
_DURATIONS = ("evictionPressureTransitionPeriod", "shutdownGracePeriod", "shutdownGracePeriodCriticalPods")
_MAPS = ("evictionHard", "evictionSoft", "evictionSoftGracePeriod", "evictionMinimumReclaim", "kubeReserved", "systemReserved")  # fmt: skip
DEFAULT = KubeletConfiguration()


def parse(data: Mapping[str, Any]) -> KubeletConfiguration:
    """The configuration under upstream's names; `apiVersion` and `kind` may be there. Raises ValueError."""
    values: dict[str, Any] = {}
    for name, value in data.items():
        if name in ("apiVersion", "kind"):
            continue
        if name not in _FIELDS:
            raise ValueError(f'unknown field "{name}" in a KubeletConfiguration')
        if name in _DURATIONS:
            value = seconds(value)
        elif name in _MAPS:
            if not isinstance(value, Mapping):
                raise ValueError(f"{name}: must be an object")
            value = {str(k): str(v) for k, v in value.items()}
        values[_FIELDS[name]] = value
    return KubeletConfiguration(**values)


def seconds(text: object) -> float:
    """A Go duration in seconds. Raises ValueError."""
    import re

    if isinstance(text, (int, float)) and not isinstance(text, bool):
        return float(text)
    found = re.findall(r"([0-9.]+)([a-zµ]+)", str(text))
    if not found or "".join(a + b for a, b in found) != str(text) or any(unit not in _UNITS for _, unit in found):
        if str(text) == "0":
            return 0.0
        raise ValueError(f'invalid duration "{text}"')
    return sum(float(number) * _UNITS[unit] for number, unit in found)


def of_node(node: Mapping[str, Any], otherwise: KubeletConfiguration) -> KubeletConfiguration:
    """The configuration that the node's annotation gives, or the other. Raises ValueError."""
    text = (node["metadata"].get("annotations") or {}).get(ANNOTATION)
    if not text:
        return otherwise
    import json

    data = json.loads(text)
    if not isinstance(data, dict):
        raise ValueError(f"{ANNOTATION} is no JSON object")
    return parse(data)
