"""ResourceQuotas: what is used, added up anew when something goes; what comes is charged by admission."""

from typing import Any

from cluster_core.apimachinery import quota as quotas
from cluster_core.apimachinery.gvk import GVR, parse_api_version
from cluster_core.apimachinery.meta import key_of, split_key
from cluster_core.client.resources import RESOURCEQUOTAS
from cluster_core.controllers import pods as podlib
from cluster_core.controllers.reconciler import Controller

Object = dict[str, Any]


class ResourceQuotaController(Controller):
    """Keys are those of quotas."""

    name = "resourcequota-controller"

    def watch(self) -> None:
        self.quotas = self.lister(RESOURCEQUOTAS)
        self._watched: set[GVR] = set()
        self._served: dict[str, GVR] = {}
        self.informer(RESOURCEQUOTAS).add_handler(on_add=self._quota_added, on_update=self._quota_updated)

    def _quota_added(self, quota: Object) -> None:
        for gvr in self._counted(quota):
            self._watch_kind(gvr)
        self.enqueue(quota)

    def _quota_updated(self, old: Object, new: Object) -> None:
        if old["spec"] != new["spec"]:
            self._quota_added(new)

    def _watch_kind(self, gvr: GVR) -> None:
        """Deletions give quota back; so do pods that end and services and claims that change."""
        if gvr in self._watched:
            return
        self._watched.add(gvr)
        on_update = {
            quotas.PODS: self._pod_updated,
            quotas.SERVICES: self._spec_updated,
            quotas.CLAIMS: self._spec_updated,
        }
        self.informer(gvr).add_handler(on_update=on_update.get(gvr), on_delete=self._replenish)

    def _pod_updated(self, old: Object, new: Object) -> None:
        if podlib.is_finished(new) and not podlib.is_finished(old):
            self._replenish(new)

    def _spec_updated(self, old: Object, new: Object) -> None:
        if old["spec"] != new["spec"]:
            self._replenish(new)

    def _replenish(self, obj: Object) -> None:
        for quota in self.quotas.list(obj["metadata"].get("namespace", "")):
            self.enqueue(quota)

    def _counted(self, quota: Object) -> list[GVR]:
        """The resources that a quota counts, each in the version that is served."""
        found: dict[GVR, None] = {}
        for name in quota["spec"].get("hard") or {}:
            gvr = quotas.resource_of(name)
            if gvr is not None and (served := self._version_of(gvr)) is not None:
                found[served] = None
        return list(found)

    def _version_of(self, gvr: GVR) -> GVR | None:
        if gvr.version:
            return gvr
        if not self._served:
            for group in self.client.raw("GET", "/apis")["groups"]:
                self._note_group(group["preferredVersion"]["groupVersion"])
        return self._served.get(gvr.group_resource)

    def _note_group(self, group_version: str) -> None:
        group, version = parse_api_version(group_version)
        for resource in self.client.raw("GET", f"/apis/{group_version}")["resources"]:
            if resource["namespaced"] and "/" not in resource["name"]:
                gvr = GVR(group, version, resource["name"])
                self._served[gvr.group_resource] = gvr

    def sync(self, key: str) -> None:
        quota = self.quotas.get(*split_key(key))
        if quota is None:
            return
        hard = quota["spec"].get("hard") or {}
        status = {"hard": hard, "used": self._used(quota, hard)}
        if status != quota.get("status"):
            self.client.update_status(RESOURCEQUOTAS, {**quota, "status": status})
        self.queue.add_after(key_of(quota), self.options.quota_resync_period, background=True)

    def _used(self, quota: Object, hard: Object) -> Object:
        """The sum over all objects that the quota looks at, for the names that it limits."""
        total: quotas.Usage = {}
        for gvr in self._counted(quota):
            for obj in self.lister(gvr).list(quota["metadata"]["namespace"]):
                if quotas.in_scope(quota, gvr, obj):
                    usage = quotas.usage_of(gvr, obj, self.now())
                    quotas.add(total, {name: amount for name, amount in usage.items() if name in hard})
        return {name: total.get(name, "0") for name in hard}
