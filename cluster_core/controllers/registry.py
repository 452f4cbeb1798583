"""What controllers exist, what wakes each of them, and which run, in order.

`CONTROLLERS` says what exists: a name, where its class is, and the resources (with a condition, where most objects do
not matter) whose first object makes the manager import it. `ENABLED` says what runs; order decides who hears first.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from cluster_core.apimachinery.gvk import GVR
from cluster_core.client import resources as r

Object = dict[str, Any]
PACKAGE = "cluster_core.controllers."


class Entry(NamedTuple):
    """One controller: module below this package, class, waking resources; `matters` filters the waking objects."""

    module: str
    class_name: str
    wakes: tuple[GVR, ...]
    matters: Callable[[Object], bool] | None = None
    at_once: bool = False
    """Whether it is clear from an object's first state that it does not matter."""


def _is_terminating(obj: Object) -> bool:
    return "deletionTimestamp" in obj["metadata"]


def _aggregates(role: Object) -> bool:
    return bool(role.get("aggregationRule"))


def _has_ttl(job: Object) -> bool:
    return job["spec"].get("ttlSecondsAfterFinished") is not None


def _has_selector(service: Object) -> bool:
    return bool(service["spec"].get("selector"))


def _may_be_mirrored(obj: Object) -> bool:
    """A service without a selector, or Endpoints that nobody makes for one with a selector; not those of the API server."""
    labels = obj["metadata"].get("labels") or {}
    if obj["kind"] == "Service":
        return not obj["spec"].get("selector") and labels.get("provider") != "kubernetes"
    return (
        "endpoints.kubernetes.io/managed-by" not in labels and "endpointslice.kubernetes.io/skip-mirror" not in labels
    )


def _may_be_disrupted(obj: Object) -> bool:
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return obj["kind"] != "Pod" or any(condition["type"] == "DisruptionTarget" for condition in conditions)


def _is_token(secret: Object) -> bool:
    return bool(secret.get("type") == "kubernetes.io/service-account-token")


def _has_ephemeral_volume(pod: Object) -> bool:
    return any("ephemeral" in volume for volume in pod["spec"].get("volumes") or ())


CONTROLLERS: dict[str, Entry] = {
    "certificate-approving": Entry(
        "certificateapproving", "CertificateApprovingController", (r.CERTIFICATESIGNINGREQUESTS,)
    ),
    "certificate-cleaning": Entry(
        "certificatecleaning", "CertificateCleaningController", (r.CERTIFICATESIGNINGREQUESTS,)
    ),
    "certificate-signing": Entry("certificatesigning", "CertificateSigningController", (r.CERTIFICATESIGNINGREQUESTS,)),
    "clusterrole-aggregation": Entry(
        "clusterroleaggregation", "ClusterRoleAggregationController", (r.CLUSTERROLES,), _aggregates
    ),
    "cronjob": Entry("cronjob", "CronJobController", (r.CRONJOBS,)),
    "daemonset": Entry("daemonset.controller", "DaemonSetController", (r.DAEMONSETS,)),
    "deployment": Entry("deployment.controller", "DeploymentController", (r.DEPLOYMENTS,)),
    "disruption": Entry("disruption", "DisruptionController", (r.PODDISRUPTIONBUDGETS, r.PODS), _may_be_disrupted),
    "endpoints": Entry("endpoints", "EndpointsController", (r.SERVICES,), _has_selector),
    "endpointslice": Entry("endpointslice.controller", "EndpointSliceController", (r.SERVICES,), _has_selector),
    "endpointslice-mirroring": Entry(
        "endpointslicemirroring", "EndpointSliceMirroringController", (r.ENDPOINTS, r.SERVICES), _may_be_mirrored
    ),
    "ephemeral-volume": Entry(
        "ephemeralvolume", "EphemeralVolumeController", (r.PODS,), _has_ephemeral_volume, at_once=True
    ),
    "garbage-collector": Entry("garbagecollector.controller", "GarbageCollector", ()),
    "horizontal-pod-autoscaler": Entry(
        "podautoscaler.controller", "HorizontalPodAutoscalerController", (r.HORIZONTALPODAUTOSCALERS,)
    ),
    "job": Entry("job.controller", "JobController", (r.JOBS,)),
    "namespace": Entry("namespace", "NamespaceController", (r.NAMESPACES,), _is_terminating),
    "node-lifecycle": Entry("nodelifecycle.controller", "NodeLifecycleController", (r.NODES,)),
    "node-ttl": Entry("nodettl", "NodeTTLController", (r.NODES,)),
    "persistent-volume-binder": Entry(
        "volumebinder.controller", "VolumeBinder", (r.PERSISTENTVOLUMECLAIMS, r.PERSISTENTVOLUMES)
    ),
    "pod-gc": Entry("podgc", "PodGarbageCollector", (r.PODS,)),
    "pv-protection": Entry("volumeprotection", "VolumeProtection", (r.PERSISTENTVOLUMES,), _is_terminating),
    "pvc-protection": Entry("volumeprotection", "ClaimProtection", (r.PERSISTENTVOLUMECLAIMS,), _is_terminating),
    "replicaset": Entry("replicaset", "ReplicaSetController", (r.REPLICASETS,)),
    "replicationcontroller": Entry("replicaset", "ReplicationControllerController", (r.REPLICATIONCONTROLLERS,)),
    "resourcequota": Entry("resourcequota", "ResourceQuotaController", (r.RESOURCEQUOTAS,)),
    "root-ca": Entry("rootca", "RootCAPublisher", (r.NAMESPACES,)),
    "serviceaccount": Entry("serviceaccount", "ServiceAccountController", (r.NAMESPACES,)),
    "serviceaccount-token": Entry("serviceaccounttoken", "TokenController", (r.SECRETS,), _is_token),
    "statefulset": Entry("statefulset.controller", "StatefulSetController", (r.STATEFULSETS,)),
    "taint-eviction": Entry("tainteviction", "TaintEvictionController", (r.NODES,)),
    "ttl-after-finished": Entry("ttlafterfinished", "TTLAfterFinishedController", (r.JOBS,), _has_ttl),
}

ENABLED: tuple[str, ...] = (
    "serviceaccount",
    "root-ca",
    "serviceaccount-token",
    "deployment",
    "replicaset",
    "replicationcontroller",
    "statefulset",
    "daemonset",
    "job",
    "cronjob",
    "ttl-after-finished",
    "clusterrole-aggregation",
    "certificate-approving",
    "certificate-signing",
    "certificate-cleaning",
    "endpoints",
    "endpointslice",
    "endpointslice-mirroring",
    "ephemeral-volume",
    "persistent-volume-binder",
    "pvc-protection",
    "pv-protection",
    "disruption",
    "resourcequota",
    "horizontal-pod-autoscaler",
    "node-lifecycle",
    "node-ttl",
    "taint-eviction",
    "pod-gc",
    "garbage-collector",
    "namespace",
)
