"""Subresources of pods: binding, ephemeral containers, resize, logs."""

from typing import TYPE_CHECKING, Any

from cluster_core.admission.chain import CREATE
from cluster_core.api.core.pod_spec.qos import qos_class
from cluster_core.api.validation import unsupported
from cluster_core.apimachinery import errors, field
from cluster_core.apimachinery.conditions import with_condition
from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.apiserver.call import Call
from cluster_core.apiserver.ownership import ownership_of, stored
from cluster_core.apiserver.subresources import success

if TYPE_CHECKING:
    from cluster_core.apiserver.pipeline import APIServer

Object = dict[str, Any]
SPECS_KEPT = 10_000


def bind(server: "APIServer", call: Call) -> tuple[int, Object]:
    """Assign a pod to a node."""
    if call.request.verb != "create":
        raise errors.method_not_allowed()
    binding, current = call.request.body, server.registry.get(call)
    name = current["metadata"]["name"]
    target = (binding.get("target") or {}).get("name", "")
    _check_binding(call, current, binding, target)
    attributes = server.registry.attributes(call, CREATE, binding, None)
    server.registry.admission.mutate(attributes)
    server.registry.admission.validate(attributes)
    spec = _bound_spec(server.registry.bound_specs, current["spec"], target)
    bound = stored(_bound(current, spec, attributes.object, rfc3339(server.loop.now())), ownership_of(current))
    if not call.dry_run:
        server.store.update(call.key._replace(name=name), bound, current)
    return 201, success(201)


def _check_binding(call: Call, current: Object, binding: Object, target: str) -> None:
    metadata, stated = current["metadata"], binding.get("metadata") or {}
    name = metadata["name"]
    kind = (binding.get("target") or {}).get("kind", "")
    problems = []
    if kind not in ("", "Node"):
        problems.append(unsupported("target.kind", kind, ("Node", "<empty>")))
    if not target:
        problems.append(field.required("target.name"))
    if problems:
        text = str(problems[0]) if len(problems) == 1 else f"[{', '.join(map(str, problems))}]"
        raise errors.plain_failure(text)
    if stated.get("uid") and stated["uid"] != metadata["uid"]:
        text = f"Precondition failed: UID in precondition: {stated['uid']}, UID in object meta: {metadata['uid']}"
        raise errors.conflict("pods/binding", name, text)
    if metadata.get("deletionTimestamp") is not None:
        raise errors.conflict("pods/binding", name, f"pod {name} is being deleted, cannot be assigned to a host")
    if current["spec"].get("nodeName"):
        text = f'pod {name} is already assigned to node "{current["spec"]["nodeName"]}"'
        raise errors.conflict("pods/binding", name, text)
    if current["spec"].get("schedulingGates"):
        raise errors.conflict("pods/binding", name, f"pod {name} has non-empty .spec.schedulingGates")


def _bound_spec(known: dict[tuple[int, str], tuple[Object, Object]], spec: Object, node: str) -> Object:
    """The spec of a pod that is bound to a node: pods that share a spec share this one on a node, too."""
    key = (id(spec), node)
    found = known.get(key)
    if found is not None and found[0] is spec:
        return found[1]
    if len(known) >= SPECS_KEPT:
        known.clear()
    bound = {**spec, "nodeName": node}
    known[key] = (spec, bound)
    return bound


def _bound(current: Object, spec: Object, binding: Object, now: str) -> Object:
    status = current.get("status") or {}
    scheduled = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": now}
    if "observedGeneration" in status:
        scheduled["observedGeneration"] = current["metadata"].get("generation", 1)
    metadata = {**current["metadata"]}
    for part in ("annotations", "labels"):
        added = (binding.get("metadata") or {}).get(part)
        if added:
            metadata[part] = {**(metadata.get(part) or {}), **added}
    status = {k: v for k, v in status.items() if k != "nominatedNodeName"}
    return {
        **current,
        "metadata": metadata,
        "spec": spec,
        "status": {**status, "conditions": with_condition(status.get("conditions"), scheduled)},
    }


def ephemeral_containers(server: "APIServer", call: Call) -> tuple[int, Object]:
    """Read, or add, ephemeral containers: nothing else of the pod changes."""
    return _part(server, call, _only_ephemeral)


def _only_ephemeral(new: Object, current: Object) -> Object:
    from cluster_core.api.core.pod_spec.updates import ephemeral_changes
    from cluster_core.api.core.pod_spec.validation import spec_errors

    spec, name = {**current["spec"]}, current["metadata"]["name"]
    wanted = new["spec"].get("ephemeralContainers") or []
    if wanted:
        spec["ephemeralContainers"] = wanted
    problems: list[field.FieldError] = []
    spec_errors(problems, "spec", spec, for_pod=True, pod_name=name)
    ephemeral_changes(problems, {"ephemeralContainers": wanted}, current["spec"])
    if problems:
        raise errors.invalid("Pod", name, problems)
    return {**new, "spec": spec, "status": current.get("status", {})}


def resize(server: "APIServer", call: Call) -> tuple[int, Object]:
    """Read, or change the resources of, a pod's containers: nothing else changes."""
    return _part(server, call, _only_resources)


def _only_resources(new: Object, current: Object) -> Object:
    spec = {**current["spec"]}
    for part in ("containers", "initContainers"):
        wanted = {c["name"]: c for c in new["spec"].get(part) or ()}
        if part in spec:
            spec[part] = [_resized(c, wanted.get(c["name"], c)) for c in spec[part]]
    before = (current.get("status") or {}).get("qosClass") or qos_class(current["spec"])
    if qos_class(spec) != before:
        problem = field.invalid("spec", before, "Pod QOS Class may not change as a result of resizing")
        raise errors.invalid("Pod", current["metadata"]["name"], [problem])
    return {**new, "spec": spec, "status": current.get("status", {})}


def _resized(container: Object, wanted: Object) -> Object:
    kept: Object = {n: wanted[n] for n in ("resources", "resizePolicy") if n in wanted}
    return {**container, **kept}


def _part(server: "APIServer", call: Call, limit: Any) -> tuple[int, Object]:
    registry = server.registry
    if call.request.verb == "get":
        return 200, registry.get(call)
    if call.request.verb == "update":
        new = registry.decode(call, call.request.body)
    elif call.request.verb == "patch":
        from cluster_core.apiserver.patching import patched

        new = patched(registry, call)
    else:
        raise errors.method_not_allowed()
    current = registry.get(call)
    call.served.resource.default(new)
    return 200, registry.replace(call, limit(new, current), current)


def log(server: "APIServer", call: Call) -> tuple[int, str]:
    """A container's log as text."""
    if call.request.verb != "get":
        raise errors.method_not_allowed()
    pod = server.registry.get(call)
    if not pod["spec"].get("nodeName"):
        return 204, ""
    if server.nodes is None:
        raise errors.internal("this cluster has no nodes that keep logs")
    text: str = server.nodes.log_text(pod, call.request.query)
    return 200, text
