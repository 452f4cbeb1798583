"""Namespace: its name label, finalizer and phase."""

from cluster_core.api.cells import AGE, NAME, get
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.apimachinery.names import name_is_dns_label

NAME_LABEL = "kubernetes.io/metadata.name"
FINALIZER = "kubernetes"


def default(namespace: Object) -> None:
    """The label that carries the name, and phase Active."""
    metadata = namespace["metadata"]
    if metadata.get("name"):
        metadata["labels"] = {**(metadata.get("labels") or {}), NAME_LABEL: metadata["name"]}
    if not namespace["status"].get("phase"):
        namespace["status"]["phase"] = "Active"


def prepare(new: Object, old: Object | None) -> None:
    """A namespace starts Active with the finalizer that its controller removes last; clients change neither."""
    if old is not None:
        new["spec"], new["status"] = old["spec"], old["status"]
        return
    new["status"] = {"phase": "Active"}
    finalizers = new["spec"].get("finalizers") or []
    if FINALIZER not in finalizers:
        new["spec"] = {**new["spec"], "finalizers": [*finalizers, FINALIZER]}


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="Namespace",
        plural="namespaces",
        short_names=("ns",),
        namespaced=False,
        subresources=("finalize", "status"),
        verbs=("create", "delete", "get", "list", "patch", "update", "watch"),
        default=default,
        prepare=prepare,
        generation=False,
        name_rule=name_is_dns_label,
        columns=(NAME, Column("Status", get("status", "phase")), AGE),
        selectable_fields={"status.phase": lambda namespace: namespace["status"].get("phase", "")},
    ),
)
