"""Which resources the server serves: the built-in table and, on top, what CustomResourceDefinitions add.

Asked by the pipeline for every request; must stay cheap. A kind's own file is imported on first use.
"""

from typing import Any, NamedTuple

from cluster_core.api import scheme
from cluster_core.api.resource import Resource
from cluster_core.apimachinery.gvk import GVK, GVR


class Served(NamedTuple):
    """One served version of a resource: `bucket` names it in the store, `shape` types its fields (None: free form)."""

    resource: Resource
    bucket: str
    shape: Any
    custom: Any = None

    @property
    def group_resource(self) -> str:
        """As in messages: "deployments.apps"."""
        return self.bucket

    @property
    def group_kind(self) -> str:
        """As in validation messages: "Deployment.apps"."""
        group = self.resource.group
        return f"{self.resource.kind}.{group}" if group else self.resource.kind


class ServedResources:
    """Finds resources by GVR or GVK."""

    def __init__(self, kubernetes_version: str) -> None:
        self.kubernetes_version = kubernetes_version
        self._found: dict[GVR, Served | None] = {}
        self._custom: dict[GVR, Served] = {}

    def lookup(self, gvr: GVR) -> Served | None:
        """The resource under this group, version and plural; None if nothing serves it."""
        try:
            return self._found[gvr]
        except KeyError:
            found = self._found[gvr] = self._custom.get(gvr) or self._built_in(gvr)
            return found

    def _built_in(self, gvr: GVR) -> Served | None:
        resource = scheme.lookup(*gvr)
        if resource is None:
            return None
        from cluster_core.api.schema import shape_for

        bucket = f"{resource.plural}.{resource.group}" if resource.group else resource.plural
        return Served(resource, bucket, shape_for(resource.gvk, self.kubernetes_version))

    def lookup_kind(self, gvk: GVK) -> Served | None:
        """The resource whose objects state this kind."""
        for served in self._custom.values():
            if served.resource.gvk == gvk:
                return served
        row = scheme.row_for_kind(*gvk)
        return self.lookup(row.gvr) if row else None

    def groups(self) -> dict[str, tuple[str, ...]]:
        """Group to its versions, preferred first."""
        return scheme.groups()

    def resources(self, group: str, version: str) -> list[Resource]:
        """Everything served under one group version, in the order of names."""
        found = [s for r in scheme.rows() if (r.group, r.version) == (group, version) and (s := scheme.lookup(*r.gvr))]
        return sorted(found, key=lambda r: r.plural)

    def kinds(self, group: str, version: str) -> list[tuple[str, str, bool]]:
        """(kind, plural, namespaced) of everything under one group version, without importing kinds."""
        built_in = [(r.kind, r.plural, r.namespaced) for r in scheme.rows() if (r.group, r.version) == (group, version)]
        custom = [s.resource for gvr, s in self._custom.items() if (gvr.group, gvr.version) == (group, version)]
        return built_in + [(r.kind, r.plural, r.namespaced) for r in custom]
