"""RuntimeClass: a pod's runtime class gives its overhead and where it may run."""

from typing import Any

from cluster_core.admission.chain import CREATE, Attributes
from cluster_core.admission.plugin import AdmissionPlugin
from cluster_core.apimachinery import errors

Object = dict[str, Any]


class RuntimeClass(AdmissionPlugin):
    """Merges a class's overhead, node selector and tolerations into pods."""

    name = "RuntimeClass"
    interests = frozenset({("pods", "", CREATE)})

    def _class_of(self, attributes: Attributes) -> Object | None:
        name = attributes.object["spec"].get("runtimeClassName")
        if not name:
            return None
        found = self.context.get("runtimeclasses.node.k8s.io", "", name)
        if found is None:
            raise _refusal(attributes, f'pod rejected: RuntimeClass "{name}" not found')
        return found

    def admit(self, attributes: Attributes) -> None:
        """Take over what the class says."""
        found = self._class_of(attributes)
        if found is None:
            return
        pod = attributes.object
        spec = dict(pod["spec"])
        fixed = (found.get("overhead") or {}).get("podFixed")
        if fixed:
            if spec.get("overhead") and spec["overhead"] != fixed:
                raise _refusal(attributes, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")
            spec["overhead"] = fixed
        scheduling = found.get("scheduling") or {}
        self._select(attributes, spec, scheduling.get("nodeSelector") or {})
        added = [t for t in scheduling.get("tolerations") or () if t not in (spec.get("tolerations") or ())]
        if added:
            spec["tolerations"] = [*(spec.get("tolerations") or ()), *added]
        attributes.object = {**pod, "spec": spec}

    def _select(self, attributes: Attributes, spec: Object, selector: dict[str, str]) -> None:
        own = spec.get("nodeSelector") or {}
        for key, value in selector.items():
            if own.get(key, value) != value:
                text = f"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; pod.spec.nodeSelector[{key}] = {own[key]}"
                raise _refusal(attributes, text)
        if selector:
            spec["nodeSelector"] = {**own, **selector}

    def validate(self, attributes: Attributes) -> None:
        """An overhead must come from a class."""
        spec = attributes.object["spec"]
        found = self._class_of(attributes)
        if spec.get("overhead") and not ((found or {}).get("overhead") or {}).get("podFixed"):
            text = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"
            raise _refusal(attributes, text)


def _refusal(attributes: Attributes, text: str) -> errors.ApiError:
    metadata = attributes.object["metadata"]
    return errors.forbidden("pods", metadata.get("name") or metadata.get("generateName") or "", text)
