"""What the API server itself does about CustomResourceDefinitions: accept their names, and clean up when they go.

Runs on the loop, driven by the store's events; writes through the store, being part of the server.
"""

from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery.conditions import with_condition
from cluster_core.apimachinery.gvk import GVR
from cluster_core.apimachinery.meta import without_finalizer
from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.apiserver.ownership import ownership_of, step, stored
from cluster_core.store.store import Event, Key

if TYPE_CHECKING:
    from cluster_core.apiserver.pipeline import APIServer

Object = dict[str, Any]
BUCKET = "customresourcedefinitions.apiextensions.k8s.io"
APISERVICES = "apiservices.apiregistration.k8s.io"
MANAGER = "kube-apiserver"
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"


class Definitions:
    """Reacts to definitions as they come and go."""

    def __init__(self, server: "APIServer") -> None:
        self._server = server
        server.store.subscribe(BUCKET, server.store.revision, self._on_event)

    def _on_event(self, event: Event) -> None:
        key = event.key
        if self._server.store.is_watched(APISERVICES):
            self._server.keep_own("apiservices")
        definition = self._server.store.get(key)
        if definition is None:
            return
        if definition["metadata"].get("deletionTimestamp") is not None:
            self._clean_up(key, definition)
        else:
            self.establish(key, definition)

    def establish(self, key: Key, definition: Object) -> None:
        """Accept names and say so in status, unless that is done."""
        names = definition["spec"]["names"]
        status = definition.get("status") or {}
        if status.get("acceptedNames") == names and _has(status, "Established"):
            return
        now = rfc3339(self._server.loop.now())
        conditions = status.get("conditions")
        for type, reason, message in (
            ("NamesAccepted", "NoConflicts", "no conflicts found"),
            ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        ):
            condition = {
                "type": type,
                "status": "True",
                "lastTransitionTime": now,
                "reason": reason,
                "message": message,
            }
            conditions = with_condition(conditions, condition)
        new_status = {**status, "conditions": conditions, "acceptedNames": names}
        new = {**definition, "metadata": {**definition["metadata"]}, "status": new_status}
        served = self._server.served.lookup(GVR("apiextensions.k8s.io", "v1", "customresourcedefinitions"))
        assert served is not None
        owners = ownership_of(definition).after(step(served, "status", MANAGER, definition, new, now))
        self._server.store.update(key, stored(new, owners), definition)

    def _clean_up(self, key: Key, definition: Object) -> None:
        """Delete the custom objects, then let the definition go."""
        if CLEANUP not in (definition["metadata"].get("finalizers") or ()):
            return
        store, spec = self._server.store, definition["spec"]
        bucket = f"{spec['names']['plural']}.{spec['group']}"
        for obj in store.list(bucket):
            metadata = obj["metadata"]
            place = Key(bucket, metadata.get("namespace", ""), metadata["name"])
            if metadata.get("finalizers"):
                if metadata.get("deletionTimestamp") is None:
                    marked = {**metadata, "deletionTimestamp": rfc3339(self._server.loop.now())}
                    marked["deletionGracePeriodSeconds"] = 0
                    store.update(place, stored({**obj, "metadata": marked}, ownership_of(obj)), obj)
            else:
                store.delete(place, stored({**obj, "metadata": {**metadata}}, ownership_of(obj)), obj)
        if store.count(bucket):
            self._server.loop.call_later(1.0, self._retry, key)
            return
        free = without_finalizer(definition, CLEANUP)
        last = stored(free, ownership_of(definition))
        if free["metadata"].get("finalizers"):
            store.update(key, last, definition)
        else:
            store.delete(key, last, definition)

    def _retry(self, key: Key) -> None:
        definition = self._server.store.get(key)
        if definition is not None and definition["metadata"].get("deletionTimestamp") is not None:
            self._clean_up(key, definition)


def _has(status: Object, type: str) -> bool:
    return any(c["type"] == type and c["status"] == "True" for c in status.get("conditions") or ())
