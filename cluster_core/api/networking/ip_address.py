"""IPAddress: columns."""

from cluster_core.api.cells import AGE, NAME, NONE
from cluster_core.api.resource import Column, Object, Resource


def _parent(address: Object, _now: float) -> str:
    parent = address["spec"].get("parentRef")
    if not parent:
        return NONE
    group = parent.get("group")
    resource = f"{parent.get('resource', '')}.{group}" if group else parent.get("resource", "")
    return "/".join(filter(None, (resource.lower(), parent.get("namespace"), parent.get("name"))))


RESOURCES = (
    Resource(
        group="networking.k8s.io",
        version="v1",
        kind="IPAddress",
        plural="ipaddresses",
        short_names=("ip",),
        namespaced=False,
        generation=False,
        columns=(NAME, Column("ParentRef", _parent), AGE),
        selectable_fields={
            "spec.parentRef.name": lambda a: (a["spec"].get("parentRef") or {}).get("name", ""),
            "spec.parentRef.namespace": lambda a: (a["spec"].get("parentRef") or {}).get("namespace", ""),
            "spec.parentRef.resource": lambda a: (a["spec"].get("parentRef") or {}).get("resource", ""),
            "spec.parentRef.group": lambda a: (a["spec"].get("parentRef") or {}).get("group", ""),
        },
    ),
)
