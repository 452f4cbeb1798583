"""Which resources the server serves: the built-in table and, on top, what CustomResourceDefinitions add.

Asked by the pipeline for every request; must stay cheap. A kind's own file is imported on first use.
"""

from typing import TYPE_CHECKING, Any

from cluster_core.api import scheme
from cluster_core.api.resource import Resource
from cluster_core.apimachinery.gvk import GVK, GVR
from cluster_core.store.store import Store

if TYPE_CHECKING:
    from cluster_core.apiserver.aggregated import Aggregated

STORED = {"events.k8s.io/v1": "v1", "autoscaling/v1": "autoscaling/v2"}
"""Versions that nothing is stored in, and what is instead."""
SHARED_BUCKETS = {"events.events.k8s.io": "events"}
"""Resources that are kept with another group's."""
DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"


class Served:
    """One served version of a resource: `bucket` names it in the store; `custom` is what a definition says of it;
    `backend` serves it instead of the store."""

    __slots__ = (
        "_shape",
        "_shape_version",
        "api_version",
        "backend",
        "bucket",
        "custom",
        "group_kind",
        "group_resource",
        "resource",
        "stored_version",
    )

    def __init__(
        self,
        resource: Resource,
        bucket: str,
        shape_version: str = "",
        custom: Any = None,
        backend: "Aggregated | None" = None,
    ) -> None:
        self.resource, self.bucket, self.custom, self.backend = resource, bucket, custom, backend
        self._shape_version = shape_version
        self._shape: Any = None
        group = resource.group
        self.api_version = resource.gvk.api_version
        self.group_resource = f"{resource.plural}.{group}" if group else resource.plural
        """As in messages: "deployments.apps"."""
        self.group_kind = f"{resource.kind}.{group}" if group and bucket != "events" else resource.kind
        """As in validation messages: "Deployment.apps"."""
        self.stored_version = (
            f"{group}/{resource.storage_version}"
            if custom is not None
            else STORED.get(self.api_version, self.api_version)
        )
        """The apiVersion in which objects are stored."""

    @property
    def shape(self) -> Any:
        """How fields are typed, None for free form; looked up when first needed, since reading does not."""
        if self._shape_version:
            from cluster_core.api.schema import shape_for

            self._shape, self._shape_version = shape_for(self.resource.gvk, self._shape_version), ""
        return self._shape


class ServedResources:
    """Finds resources by GVR or GVK."""

    def __init__(self, kubernetes_version: str, store: Store) -> None:
        self.kubernetes_version = kubernetes_version
        self._store = store
        self._found: dict[GVR, Served | None] = {}
        self._custom: dict[GVR, Served] = {}
        self._seen = 0
        self.aggregated: tuple[Aggregated, ...] = ()
        """Group versions that are served by somebody else."""

    def lookup(self, gvr: GVR) -> Served | None:
        """The resource under this group, version and plural; None if nothing serves it."""
        found = self._found.get(gvr)
        if found is None:
            found = self._built_in(gvr)
            if found is None:
                return self.custom().get(gvr) or self._aggregated_resource(gvr)
            self._found[gvr] = found
        return found

    def _aggregated_resource(self, gvr: GVR) -> Served | None:
        for backend in self.aggregated:
            if (backend.group, backend.version) == (gvr.group, gvr.version):
                for resource in backend.resources():
                    if resource.plural == gvr.resource:
                        return Served(resource, f"{resource.plural}.{backend.group}", backend=backend)
        return None

    def custom(self) -> dict[GVR, Served]:
        """Everything that CustomResourceDefinitions add."""
        changed = self._store.changed(DEFINITIONS)
        if changed != self._seen:
            from cluster_core.apiserver.custom.resources import served

            self._seen = changed
            self._custom = {}
            for definition in self._store.list(DEFINITIONS):
                for version in definition["spec"]["versions"]:
                    if version.get("served"):
                        found = served(definition, version)
                        self._custom[found.resource.gvr] = found
        return self._custom

    @property
    def revision(self) -> int:
        """The last revision that changed what is served."""
        return self._store.changed(DEFINITIONS)

    def _built_in(self, gvr: GVR) -> Served | None:
        resource = scheme.lookup(*gvr)
        if resource is None:
            return None
        name = f"{resource.plural}.{resource.group}" if resource.group else resource.plural
        bucket = SHARED_BUCKETS.get(name, name)
        return Served(resource, bucket, self.kubernetes_version)

    def lookup_kind(self, gvk: GVK) -> Served | None:
        """The resource whose objects state this kind."""
        for served in self.custom().values():
            if served.resource.gvk == gvk:
                return served
        row = scheme.row_for_kind(*gvk)
        return self.lookup(row.gvr) if row else None

    def groups(self) -> dict[str, tuple[str, ...]]:
        """Group to its versions, preferred first; custom groups after the built-in ones, by name, others last."""
        groups = dict(scheme.groups())
        found: dict[str, list[str]] = {}
        for gvr in self.custom():
            versions = found.setdefault(gvr.group, [])
            if gvr.version not in versions:
                versions.append(gvr.version)
        for group in sorted(found):
            groups[group] = tuple(sorted(found[group], key=version_rank))
        for backend in self.aggregated:
            groups.setdefault(backend.group, (backend.version,))
        return groups

    def resources(self, group: str, version: str) -> list[Resource]:
        """Everything served under one group version, in the order of names."""
        found = [s for r in scheme.rows() if (r.group, r.version) == (group, version) and (s := scheme.lookup(*r.gvr))]
        found += [s.resource for gvr, s in self.custom().items() if (gvr.group, gvr.version) == (group, version)]
        found += self._aggregated_resources(group, version)
        return sorted(found, key=lambda r: r.plural)

    def kinds(self, group: str, version: str) -> list[tuple[str, str, bool]]:
        """(kind, plural, namespaced) of everything under one group version, without importing kinds."""
        built_in = [(r.kind, r.plural, r.namespaced) for r in scheme.rows() if (r.group, r.version) == (group, version)]
        custom = [s.resource for gvr, s in self.custom().items() if (gvr.group, gvr.version) == (group, version)]
        custom += self._aggregated_resources(group, version)
        return built_in + [(r.kind, r.plural, r.namespaced) for r in custom]

    def _aggregated_resources(self, group: str, version: str) -> list[Resource]:
        return [r for a in self.aggregated if (a.group, a.version) == (group, version) for r in a.resources()]


def version_rank(version: str) -> tuple[int, int, int, str]:
    """Sorts versions as Kubernetes prefers them: v2, v1, v1beta2, v1beta1, v1alpha1, then others by name."""
    rest = version[1:] if version.startswith("v") else ""
    for rank, word in ((1, "beta"), (2, "alpha")):
        major, found, minor = rest.partition(word)
        if found and major.isdigit() and minor.isdigit():
            return rank, -int(major), -int(minor), ""
    return (0, -int(rest), 0, "") if rest.isdigit() else (3, 0, 0, version)
