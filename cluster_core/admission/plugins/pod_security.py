"""PodSecurity: a namespace's labels say how safe its pods must be; `pod_security_checks` knows the standards.

Pods are refused (enforce) or warned about (warn); workloads with a pod template are warned about only.
"""

from typing import Any

from cluster_core.admission.chain import CREATE, UPDATE, Attributes
from cluster_core.admission.plugin import AdmissionPlugin
from cluster_core.admission.plugins.pod_security_checks import evaluate
from cluster_core.apimachinery import errors, field

Object = dict[str, Any]
PREFIX = "pod-security.kubernetes.io/"
LEVELS = ("privileged", "baseline", "restricted")
_TEMPLATES = {
    "podtemplates": ("template",),
    "replicationcontrollers": ("spec", "template"),
    "replicasets.apps": ("spec", "template"),
    "deployments.apps": ("spec", "template"),
    "daemonsets.apps": ("spec", "template"),
    "statefulsets.apps": ("spec", "template"),
    "jobs.batch": ("spec", "template"),
    "cronjobs.batch": ("spec", "jobTemplate", "spec", "template"),
}


class PodSecurity(AdmissionPlugin):
    """Applies the namespace's levels."""

    name = "PodSecurity"

    def handles(self, group: str, resource: str, subresource: str, operation: str) -> bool:
        """Pods, everything that makes pods, and namespaces."""
        name = f"{resource}.{group}" if group else resource
        if operation not in (CREATE, UPDATE):
            return False
        if name == "pods":
            return subresource in ("", "ephemeralcontainers", "resize")
        return not subresource and (name in _TEMPLATES or name == "namespaces")

    def validate(self, attributes: Attributes) -> None:
        """Check against the levels of the namespace."""
        if attributes.resource.kind == "Namespace":
            self._namespace(attributes)
            return
        namespace = self.context.get("namespaces", "", attributes.namespace)
        labels = (namespace["metadata"].get("labels") or {}) if namespace else {}
        if not any(key.startswith(PREFIX) for key in labels):
            return
        if attributes.resource.kind == "Pod":
            self._pod(attributes, labels)
        else:
            self._template(attributes, labels)

    def _pod(self, attributes: Attributes, labels: dict[str, str]) -> None:
        pod = attributes.object
        if attributes.operation == UPDATE and not _significant(pod, attributes.old_object or {}):
            return
        level, version = _level(labels, "enforce")
        detail = evaluate(level, pod["metadata"], pod["spec"])
        if detail:
            text = f'violates PodSecurity "{level}:{version}": {detail}'
            raise errors.forbidden("pods", pod["metadata"].get("name", ""), text)
        self._warn(attributes, labels, pod)

    def _template(self, attributes: Attributes, labels: dict[str, str]) -> None:
        template: Any = attributes.object
        for part in _TEMPLATES[attributes.group_resource]:
            template = (template or {}).get(part)
        if template and template.get("spec"):
            self._warn(attributes, labels, template)

    def _warn(self, attributes: Attributes, labels: dict[str, str], pod: Object) -> None:
        level, version = _level(labels, "warn")
        enforced = _level(labels, "enforce")
        if attributes.resource.kind != "Pod" and PREFIX + "warn" not in labels:
            level, version = enforced
        detail = evaluate(level, pod.get("metadata") or {}, pod["spec"])
        if detail:
            attributes.warnings.append(f'would violate PodSecurity "{level}:{version}": {detail}')

    def _namespace(self, attributes: Attributes) -> None:
        labels = attributes.object["metadata"].get("labels") or {}
        name = attributes.object["metadata"]["name"]
        problems = _label_problems(labels)
        old = attributes.old_object
        if problems and (old is None or _label_problems(old["metadata"].get("labels") or {}) != problems):
            raise errors.invalid("Namespace", name, problems)
        if old is not None:
            self._warn_about_present(attributes, name, labels, old["metadata"].get("labels") or {})

    def _warn_about_present(
        self, attributes: Attributes, name: str, labels: dict[str, str], before: dict[str, str]
    ) -> None:
        level, version = _level(labels, "enforce")
        if LEVELS.index(level) <= LEVELS.index(_level(before, "enforce")[0]):
            return
        found: dict[str, list[str]] = {}
        for pod in self.context.list("pods", name):
            detail = evaluate(level, pod["metadata"], pod["spec"], specifics=False)
            if detail:
                found.setdefault(detail, []).append(pod["metadata"]["name"])
        if not found:
            return
        text = f'existing pods in namespace "{name}" violate the new PodSecurity enforce level "{level}:{version}"'
        attributes.warnings.append(text)
        for detail, pods in sorted(found.items()):
            others = len(pods) - 1
            more = f" (and {others} other pod{'s' if others > 1 else ''})" if others else ""
            attributes.warnings.append(f"{pods[0]}{more}: {detail}")


def _level(labels: dict[str, str], mode: str) -> tuple[str, str]:
    level = labels.get(PREFIX + mode, "privileged")
    version = labels.get(f"{PREFIX}{mode}-version", "latest")
    return (level, version) if level in LEVELS else ("restricted", "latest")


def _label_problems(labels: dict[str, str]) -> list[field.FieldError]:
    problems = []
    for mode in ("enforce", "audit", "warn"):
        level, version = labels.get(PREFIX + mode), labels.get(f"{PREFIX}{mode}-version")
        if level is not None and level not in LEVELS:
            text = f"must be one of {', '.join(LEVELS)}"
            problems.append(field.invalid(f"metadata.labels[{PREFIX}{mode}]", level, text))
        if version is not None and not _is_version(version):
            text = 'must be "latest" or "v1.x"'
            problems.append(field.invalid(f"metadata.labels[{PREFIX}{mode}-version]", version, text))
    return problems


def _is_version(text: str) -> bool:
    minor = text.removeprefix("v1.")
    return text == "latest" or (minor != text and minor.isdigit() and (minor == "0" or not minor.startswith("0")))


def _significant(new: Object, old: Object) -> bool:
    """Whether an update changes more than metadata, images, tolerations and the like."""
    ignored = ("tolerations", "activeDeadlineSeconds", "terminationGracePeriodSeconds", "nodeName")

    def essence(pod: Object) -> Object:
        spec = {k: v for k, v in (pod.get("spec") or {}).items() if k not in ignored}
        for part in ("containers", "initContainers"):
            spec[part] = [{k: v for k, v in c.items() if k != "image"} for c in spec.get(part) or ()]
        annotations = (pod.get("metadata") or {}).get("annotations") or {}
        spec["annotations"] = {k: v for k, v in annotations.items() if "apparmor" in k or "seccomp" in k}
        return spec

    return essence(new) != essence(old)
