"""Settings of the controllers, given by whoever makes a cluster."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


def unsigned_token(claims: dict[str, Any]) -> str:
    """A token that nobody signed: a JWT with algorithm none. Clusters that authenticate tokens give their own signer."""
    import base64
    import json

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part(claims)}."


@dataclass(frozen=True)
class ControllerOptions:
    """Settings of the controllers, in seconds unless said; the defaults are those of kube-controller-manager."""

    node_monitor_period: float = 5.0
    node_monitor_grace_period: float = 50.0
    node_startup_grace_period: float = 60.0
    namespace_deletion_delay: float = 5.0
    """How long the content of a namespace stays after its deletion was asked for."""
    pod_gc_period: float = 20.0
    pod_gc_quarantine: float = 40.0
    terminated_pod_threshold: int = 12500
    hpa_sync_period: float = 15.0
    quota_resync_period: float = 300.0
    job_sync_delay: float = 1.0
    root_ca: str = ""
    """PEM text that every namespace finds in the ConfigMap kube-root-ca.crt."""
    sign_token: Callable[[dict[str, Any]], str] = unsigned_token
    """Makes the token of a service account's secret from its claims."""
    sign_certificate: Callable[[bytes, tuple[str, ...], float], bytes] | None = None
    """Makes a certificate (PEM) of a request (PEM), usages and seconds; raises ValueError for one that cannot be read."""
    provisioners: tuple[str, ...] = ("helmpy.dev/local-path",)
    """Names of the storage provisioners that are played here; others are left to someone outside."""
    disabled: frozenset[str] = field(default_factory=frozenset)
    """Names of controllers that do not run."""
