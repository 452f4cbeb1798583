"""Objects in words, as `kubectl describe` shows them: one describer per kind in a table, a general one for the rest.

`writer` aligns, `pods` describes pods and pod templates, the other files the kinds they are named after.
"""

from typing import Any

from cluster_core.apimachinery.errors import ApiError
from helmpy.actions.describe.context import Context
from helmpy.actions.describe.writer import Writer
from helmpy.kube.connection import Connection
from helmpy.kube.kinds import ServedKind

DESCRIBERS: dict[str, str] = {
    "ClusterRole": "access:cluster_role",
    "ClusterRoleBinding": "access:cluster_role_binding",
    "ConfigMap": "config:config_map",
    "CronJob": "workloads:cron_job",
    "DaemonSet": "workloads:daemon_set",
    "Deployment": "workloads:deployment",
    "HorizontalPodAutoscaler": "policy:autoscaler",
    "Ingress": "network:ingress",
    "Job": "workloads:job",
    "Namespace": "config:namespace",
    "Node": "nodes:node",
    "PersistentVolume": "storage:volume",
    "PersistentVolumeClaim": "storage:claim",
    "Pod": "pods:pod",
    "PodDisruptionBudget": "policy:disruption_budget",
    "PriorityClass": "policy:priority_class",
    "ReplicaSet": "workloads:replica_set",
    "ResourceQuota": "config:resource_quota",
    "Role": "access:role",
    "RoleBinding": "access:role_binding",
    "Secret": "config:secret",
    "Service": "network:service",
    "ServiceAccount": "config:service_account",
    "StatefulSet": "workloads:stateful_set",
    "StorageClass": "storage:storage_class",
}
"""Kind → module and function in this package."""

WITHOUT_EVENTS = frozenset(
    {"ClusterRole", "ClusterRoleBinding", "Namespace", "ResourceQuota", "Role", "RoleBinding", "Secret"}
)


def describe(connection: Connection, kind: ServedKind, obj: dict[str, Any], with_events: bool = True) -> str:
    """The text for one object, with its events unless it is one of many. Raises KubeError when the cluster refuses what has to be looked up."""
    import importlib

    writer, context = Writer(), Context(connection)
    module, _, function = DESCRIBERS.get(kind.kind, "general:general").partition(":")
    described = importlib.import_module(f"helmpy.actions.describe.{module}")
    getattr(described, function)(writer, obj, context)
    if with_events and kind.kind not in WITHOUT_EVENTS:
        _events(writer, obj, context)
    return writer.text()


def _events(writer: Writer, obj: dict[str, Any], context: Context) -> None:
    try:
        events = context.events_of(obj)
    except ApiError:
        return
    if not events:
        writer.field(0, "Events", "<none>")
        return
    writer.line(0, "Events:")
    writer.rows(1, ["Type", "Reason", "Age", "From", "Message"], [context.event_row(event) for event in events])
