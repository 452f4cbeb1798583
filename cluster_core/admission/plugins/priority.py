"""Priority: a pod's priority class becomes its integer priority and preemption policy."""

from typing import Any

from cluster_core.admission.chain import CREATE, UPDATE, Attributes
from cluster_core.admission.plugin import AdmissionPlugin
from cluster_core.apimachinery import errors

Object = dict[str, Any]
CLASSES = "priorityclasses.scheduling.k8s.io"
PREEMPT = "PreemptLowerPriority"


class Priority(AdmissionPlugin):
    """Resolves priority classes; allows one global default."""

    name = "Priority"
    interests = frozenset({("pods", "", CREATE), ("pods", "", UPDATE), (CLASSES, "", CREATE), (CLASSES, "", UPDATE)})

    def admit(self, attributes: Attributes) -> None:
        """Set priority, class name and preemption policy of a new pod; keep them on update."""
        if attributes.resource.kind != "Pod":
            return
        if attributes.operation == UPDATE:
            self._keep(attributes)
            return
        pod = attributes.object
        spec = dict(pod["spec"])
        priority, name, policy = self._resolve(attributes, spec.get("priorityClassName", ""))
        stated = spec.get("priority")
        if stated is not None and stated != priority:
            text = f"the integer value of priority ({stated}) must not be provided in pod spec; priority admission controller computed {priority} from the given PriorityClass name"
            raise _refusal(attributes, text)
        stated_policy = spec.get("preemptionPolicy")
        if stated_policy is not None and stated_policy != policy:
            text = f"the string value of PreemptionPolicy ({stated_policy}) must not be provided in pod spec; priority admission controller computed {policy} from the given PriorityClass name"
            raise _refusal(attributes, text)
        spec["priority"], spec["preemptionPolicy"] = priority, policy
        if name:
            spec["priorityClassName"] = name
        attributes.object = {**pod, "spec": spec}

    def _keep(self, attributes: Attributes) -> None:
        pod, old = attributes.object, (attributes.old_object or {}).get("spec", {})
        kept = {n: old[n] for n in ("priority", "preemptionPolicy") if n in old and n not in pod["spec"]}
        if kept:
            attributes.object = {**pod, "spec": {**pod["spec"], **kept}}

    def _resolve(self, attributes: Attributes, name: str) -> tuple[int, str, str]:
        if not name:
            found = self._default()
            if found is None:
                return 0, "", PREEMPT
        else:
            found = self.context.get(CLASSES, "", name)
            if found is None:
                raise _refusal(attributes, f"no PriorityClass with name {name} was found")
        return found.get("value") or 0, found["metadata"]["name"], found.get("preemptionPolicy") or PREEMPT

    def _default(self) -> Object | None:
        classes = [c for c in self.context.list(CLASSES) if c.get("globalDefault")]
        return min(classes, key=lambda c: c.get("value") or 0) if classes else None

    def validate(self, attributes: Attributes) -> None:
        """Only one priority class may be the global default."""
        if attributes.resource.kind != "PriorityClass" or not attributes.object.get("globalDefault"):
            return
        for found in self.context.list(CLASSES):
            name = found["metadata"]["name"]
            if found.get("globalDefault") and name != attributes.object["metadata"]["name"]:
                text = f"PriorityClass {name} is already marked as default. Only one default can exist"
                raise errors.forbidden(CLASSES, attributes.object["metadata"]["name"], text)


def _refusal(attributes: Attributes, text: str) -> errors.ApiError:
    metadata = attributes.object["metadata"]
    return errors.forbidden("pods", metadata.get("name") or metadata.get("generateName") or "", text)
