"""What a kubelet can be told: the nodes to run, and how the simulated machines behave."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from cluster_core.kubelet.configuration import DEFAULT, KubeletConfiguration
from cluster_core.kubelet.runtime.images import Image


class Network(Protocol):
    """What containers see of the cluster's network; `cluster.py` joins kubelets and `network` through it."""

    def resolve(self, name: str, namespace: str) -> list[str]:
        """Addresses of a host name as seen from a namespace; [] if unknown."""
        ...

    def route(self, address: str, port: int) -> list[tuple[str, int]] | None:
        """(address, port) pairs that a connection may end at, such as a service's ready endpoints; None if nobody is there."""
        ...


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """A machine to register: name, size (quantities), labels and taints of its Node object."""

    name: str
    cpu: str = "8"
    memory: str = "32Gi"
    pods: str = "110"
    ephemeral_storage: str = "100Gi"
    labels: dict[str, str] = field(default_factory=dict)
    taints: tuple[dict[str, Any], ...] = ()
    resources: dict[str, str] = field(default_factory=dict)
    """Extended resources, by name."""


@dataclass(frozen=True, slots=True)
class KubeletOptions:
    """`nodes` are registered at the start; every other Node object gets a kubelet too, unless annotated not to."""

    nodes: tuple[NodeSpec, ...] = ()
    version: str = "v1.36.3"
    pod_cidr: str = "10.244.0.0/16"
    cluster_dns: str = "10.96.0.10"
    cluster_domain: str = "cluster.local"
    images: tuple[Image, ...] = ()
    """Images known beside the built-in catalogue; they come first."""
    configuration: KubeletConfiguration = DEFAULT
    """Of every node that is not annotated with its own."""
    network: Network | None = None
    static_pods: str = ""
    """A folder of pod manifests that every node runs of itself."""
    events: bool = True
    """Whether pod events are recorded; without them large simulations are faster."""


NO_KUBELET = "helmpy.dev/kubelet"
"""Annotation of a Node; "none" leaves it without a kubelet."""
