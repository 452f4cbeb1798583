"""The writes that bind and unbind: the volume's claimRef, the claim's volumeName, the phases of both."""

from typing import Any

from cluster_core.apimachinery.meta import object_reference, with_annotations
from cluster_core.client.client import Client
from cluster_core.client.recorder import EventRecorder
from cluster_core.client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES
from cluster_core.controllers.volumebinder.matching import is_bound_to

Object = dict[str, Any]

BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
BIND_COMPLETED = "pv.kubernetes.io/bind-completed"


class Binding:
    """Writes through one client; answers are the objects as stored."""

    def __init__(self, client: Client, recorder: EventRecorder) -> None:
        self.client, self.recorder = client, recorder

    def bind(self, volume: Object, claim: Object) -> None:
        """Four writes in order, each left out if it was made already."""
        volume = self._point_volume(volume, claim)
        volume = self.set_volume_phase(volume, "Bound")
        claim = self._point_claim(claim, volume)
        self.set_claim_phase(claim, "Bound", volume)

    def _point_volume(self, volume: Object, claim: Object) -> Object:
        reference = volume["spec"].get("claimRef") or {}
        bound = is_bound_to(volume, claim)
        if bound and reference.get("uid") == claim["metadata"]["uid"]:
            return volume
        spec = {**volume["spec"], "claimRef": object_reference(claim)}
        changed = {**volume, "spec": spec}
        if not bound:
            changed = with_annotations(changed, {BOUND_BY_CONTROLLER: "yes"})
        return self.client.update(PERSISTENTVOLUMES, changed)

    def _point_claim(self, claim: Object, volume: Object) -> Object:
        name = volume["metadata"]["name"]
        annotations: dict[str, str | None] = {}
        present = claim["metadata"].get("annotations") or {}
        if claim["spec"].get("volumeName") != name and BOUND_BY_CONTROLLER not in present:
            annotations[BOUND_BY_CONTROLLER] = "yes"
        if BIND_COMPLETED not in present:
            annotations[BIND_COMPLETED] = "yes"
        if claim["spec"].get("volumeName") == name and not annotations:
            return claim
        changed = {**claim, "spec": {**claim["spec"], "volumeName": name}}
        return self.client.update(PERSISTENTVOLUMECLAIMS, with_annotations(changed, annotations))

    def expand(self, volume: Object, claim: Object, size: str) -> None:
        """Give a bound pair a new size."""
        capacity = {**volume["spec"]["capacity"], "storage": size}
        self.client.update(PERSISTENTVOLUMES, {**volume, "spec": {**volume["spec"], "capacity": capacity}})
        live = self.client.get(PERSISTENTVOLUMECLAIMS, claim["metadata"]["name"], claim["metadata"]["namespace"])
        status = {**live["status"], "capacity": {"storage": size}}
        self.client.update_status(PERSISTENTVOLUMECLAIMS, {**live, "status": status})

    def unbind(self, volume: Object) -> None:
        """Take the claim off a volume; one that the user pre-bound stays reserved by name."""
        spec = dict(volume["spec"])
        changed = {**volume, "spec": spec}
        if BOUND_BY_CONTROLLER in (volume["metadata"].get("annotations") or {}):
            del spec["claimRef"]
            changed = with_annotations(changed, {BOUND_BY_CONTROLLER: None})
        else:
            spec["claimRef"] = {k: v for k, v in spec["claimRef"].items() if k != "uid"}
        self.set_volume_phase(self.client.update(PERSISTENTVOLUMES, changed), "Available")

    def set_volume_phase(self, volume: Object, phase: str, message: str = "") -> Object:
        """Write status.phase (and message) if it differs."""
        status = volume.get("status") or {}
        if status.get("phase") == phase and status.get("message", "") == message:
            return volume
        new = {k: v for k, v in status.items() if k not in ("message", "reason")}
        new["phase"] = phase
        if message:
            new["message"] = message
        return self.client.update_status(PERSISTENTVOLUMES, {**volume, "status": new})

    def set_claim_phase(self, claim: Object, phase: str, volume: Object | None = None) -> Object:
        """Write status.phase, with the volume's access modes and capacity once bound, if that differs."""
        status = {**(claim.get("status") or {}), "phase": phase}
        if volume is None:
            for name in ("accessModes", "capacity"):
                status.pop(name, None)
        else:
            status["accessModes"] = volume["spec"].get("accessModes")
            if "capacity" not in status or (claim.get("status") or {}).get("phase") != "Bound":
                status["capacity"] = {"storage": volume["spec"]["capacity"]["storage"]}
            attributes = volume["spec"].get("volumeAttributesClassName")
            if attributes:
                status["currentVolumeAttributesClassName"] = attributes
        if status == claim.get("status"):
            return claim
        return self.client.update_status(PERSISTENTVOLUMECLAIMS, {**claim, "status": status})
