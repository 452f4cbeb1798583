"""The claims of a set's pods: made before the pod, owned as the retention policy says."""

from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_already_exists
from cluster_core.client.client import Client
from cluster_core.client.informer import Lister
from cluster_core.client.recorder import EventRecorder
from cluster_core.client.resources import PERSISTENTVOLUMECLAIMS
from cluster_core.controllers.retry import RetryError
from cluster_core.controllers.statefulset import identity

Object = dict[str, Any]


class Claims:
    """Claims of one set."""

    def __init__(self, client: Client, lister: Lister, recorder: EventRecorder, stateful_set: Object) -> None:
        self.client, self.lister, self.recorder, self.set = client, lister, recorder, stateful_set
        policy = stateful_set["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
        self._on_delete = policy.get("whenDeleted") == "Delete"
        self._on_scale = policy.get("whenScaled") == "Delete"
        self.made = 0
        """How many claims were made."""

    def create_missing(self, pod: Object, ordinal: int) -> bool:
        """Make the claims that a pod lacks: whether some had to be made.

        Raises RetryError if one is being deleted or cannot be made.
        """
        before = self.made
        problems = [problem for t in self._templates() if (problem := self._create(t, pod, ordinal))]
        if problems:
            raise RetryError(problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]")
        return self.made > before

    def is_stale(self, pod: Object, ordinal: int) -> bool:
        """Whether a claim still belongs to the pod's predecessor and is about to be collected with it."""
        return self._on_scale and any(self._has_stale_owner(claim, pod) for claim in self._existing(ordinal))

    def match_policy(self, pod: Object, ordinal: int) -> bool:
        """Whether the owners of all claims are as the policy says."""
        return all(self._wanted_owners(claim, pod, ordinal) is None for claim in self._existing(ordinal))

    def apply_policy(self, pod: Object, ordinal: int) -> None:
        """Put the owners of the claims right."""
        for claim in self._existing(ordinal):
            if self._has_foreign_controller(claim, pod):
                name = claim["metadata"]["name"]
                message = (
                    f"PersistentVolumeClaim {name} has a conflicting OwnerReference that acts as a manging controller, "
                    "the retention policy is ignored for this claim"
                )
                self.recorder.event(self.set, "Warning", "ConflictingController", message)
            owners = self._wanted_owners(claim, pod, ordinal)
            if owners is not None:
                metadata = {k: v for k, v in claim["metadata"].items() if k != "ownerReferences"}
                if owners:
                    metadata["ownerReferences"] = owners
                self.client.update(PERSISTENTVOLUMECLAIMS, {**claim, "metadata": metadata})

    def _templates(self) -> list[Object]:
        return self.set["spec"].get("volumeClaimTemplates") or []

    def _existing(self, ordinal: int) -> list[Object]:
        namespace = self.set["metadata"]["namespace"]
        names = (identity.claim_name(self.set, template, ordinal) for template in self._templates())
        return [claim for name in names if (claim := self.lister.get(namespace, name)) is not None]

    def _create(self, template: Object, pod: Object, ordinal: int) -> str:
        """The problem, "" without one."""
        name = identity.claim_name(self.set, template, ordinal)
        present = self.lister.get(self.set["metadata"]["namespace"], name)
        if present is not None:
            return f"pvc {name} is being deleted" if "deletionTimestamp" in present["metadata"] else ""
        where = f"Pod {pod['metadata']['name']} in StatefulSet {self.set['metadata']['name']}"
        try:
            self.client.create(PERSISTENTVOLUMECLAIMS, self._build(template, name))
        except ApiError as error:
            if not is_already_exists(error):
                message = f"Create Claim {name} for {where} failed error: {error.message}"
                self.recorder.event(self.set, "Warning", "FailedCreate", message)
            return f"failed to create PVC {name}: {error.message}"
        self.made += 1
        self.recorder.event(self.set, "Normal", "SuccessfulCreate", f"Create Claim {name} {where} success")
        return ""

    def _build(self, template: Object, name: str) -> Object:
        stated = template.get("metadata") or {}
        labels = {**(stated.get("labels") or {}), **(self.set["spec"]["selector"].get("matchLabels") or {})}
        metadata = {**stated, "name": name, "namespace": self.set["metadata"]["namespace"], "labels": labels}
        metadata.pop("creationTimestamp", None)
        claim = {k: v for k, v in template.items() if k != "status"}
        return {**claim, "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata}

    def _wanted_owners(self, claim: Object, pod: Object, ordinal: int) -> list[Object] | None:
        """The owner references that the claim should have; None if they are right, or not ours to change."""
        if self._has_stale_owner(claim, pod) or self._has_stale_set(claim):
            return None
        present = claim["metadata"].get("ownerReferences") or []
        uids = {self.set["metadata"]["uid"], pod["metadata"].get("uid")} - {None}
        foreign = self._has_foreign_controller(claim, pod)
        if foreign and not any(ref["uid"] in uids for ref in present):
            return None
        others = [ref for ref in present if not self._names(ref, self.set) and not self._names(ref, pod)]
        if foreign:
            return others
        condemned = not identity.in_range(self.set, ordinal)
        owners = list(others)
        if self._on_scale and condemned:
            owners.append(_controller(pod))
        elif self._on_delete and (not self._on_scale or not condemned):
            owners.append(_controller(self.set))
        return None if _as_set(owners) == _as_set(present) else owners

    def _has_foreign_controller(self, claim: Object, pod: Object) -> bool:
        if not (self._on_delete or self._on_scale):
            return False
        for ref in claim["metadata"].get("ownerReferences") or ():
            ours = self.set if self._names(ref, self.set) else pod if self._names(ref, pod) else None
            if ours is not None and ref["uid"] != ours["metadata"].get("uid"):
                return True
            if ours is None and ref.get("controller"):
                return True
        return False

    def _has_stale_owner(self, claim: Object, pod: Object) -> bool:
        return _is_stale(claim, pod, self._names)

    def _has_stale_set(self, claim: Object) -> bool:
        return _is_stale(claim, self.set, self._names)

    @staticmethod
    def _names(ref: Object, obj: Object) -> bool:
        same_kind = ref["apiVersion"] == obj["apiVersion"] and ref["kind"] == obj["kind"]
        return bool(same_kind and ref["name"] == obj["metadata"]["name"])


def _is_stale(claim: Object, obj: Object, names: Any) -> bool:
    refs = claim["metadata"].get("ownerReferences") or ()
    return any(names(ref, obj) and ref["uid"] != obj["metadata"].get("uid") for ref in refs)


def _controller(obj: Object) -> Object:
    from cluster_core.apimachinery.meta import controller_reference

    return controller_reference(obj)


def _as_set(refs: list[Object]) -> set[tuple[str, bool]]:
    return {(ref["uid"], bool(ref.get("controller"))) for ref in refs}
