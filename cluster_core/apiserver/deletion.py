"""Deletion: preconditions, propagation into finalizers, graceful deletion of pods, collections."""

from collections.abc import Mapping
from typing import Any

from cluster_core.admission.chain import DELETE
from cluster_core.apimachinery import errors
from cluster_core.apimachinery.request import Request
from cluster_core.apimachinery.timestamps import parse, rfc3339
from cluster_core.apiserver import conversion, options
from cluster_core.apiserver.call import Call
from cluster_core.apiserver.custom.definitions import BUCKET as DEFINITIONS
from cluster_core.apiserver.custom.definitions import CLEANUP
from cluster_core.apiserver.listing import list_objects
from cluster_core.apiserver.ownership import ownership_of, stored
from cluster_core.apiserver.registry import Registry

Object = dict[str, Any]
OPTIONS = "DeleteOptions"
ORPHAN, FOREGROUND = "orphan", "foregroundDeletion"
_ORPHANING = frozenset((("batch/v1", "Job"), ("v1", "ReplicationController")))
"""Kinds whose dependents stay unless the request says otherwise: a promise to old clients."""
_RETURNS_OBJECT = frozenset(
    (
        "pods",
        "services",
        "serviceaccounts",
        "persistentvolumes",
        "persistentvolumeclaims",
        "podtemplates",
        "resourcequotas",
        "namespaces",
    )
)


def options_of(request: Request) -> Object:
    """The DeleteOptions of a request, from its body and query; raises ApiError."""
    stated = _stated(request.body)
    found = {**_query_options(request.query), **stated}
    options.check_delete(found)
    return found


def _stated(body: Any) -> Object:
    """The DeleteOptions in a body; raises ApiError for anything else."""
    if body is None:
        return {}
    if not isinstance(body, dict):
        found = {list: "array", str: "string", bool: "bool"}.get(type(body), "number")
        wanted = (
            'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
        )
        text = f"json: cannot unmarshal {found} into Go value of type {wanted}"
        raise errors.bad_request(f"couldn't get version/kind; json parse error: {text}")
    kind = body.get("kind") or OPTIONS
    if kind != OPTIONS:
        text = f'no kind "{kind}" is registered for version "{body.get("apiVersion", "")}" in scheme'
        raise errors.bad_request(f'{text} "pkg/runtime/scheme.go:111"')
    return body


def _query_options(query: Mapping[str, str]) -> Object:
    found: Object = {}
    if "propagationPolicy" in query:
        found["propagationPolicy"] = query["propagationPolicy"]
    if "gracePeriodSeconds" in query:
        found["gracePeriodSeconds"] = options.whole_number(query["gracePeriodSeconds"])
    if "orphanDependents" in query:
        found["orphanDependents"] = query["orphanDependents"] in ("true", "1")
    return found


def delete(registry: Registry, call: Call, wishes: Object) -> Object:
    """Delete the named object or mark it for deletion; the object if it stays, else a Status (or the object, for some kinds)."""
    current = registry.get(call)
    return _delete(registry, call, current, wishes)


def _delete(registry: Registry, call: Call, current: Object, wishes: Object) -> Object:
    _check_preconditions(call, current, wishes.get("preconditions") or {})
    attributes = registry.attributes(call, DELETE, None, current)
    registry.admission.mutate(attributes)
    registry.admission.validate(attributes)
    if call.served.bucket == "namespaces" and (current.get("spec") or {}).get("finalizers"):
        return _terminate(registry, call, current)
    finalizers = _finalizers(current, wishes)
    if call.served.bucket == DEFINITIONS and current["metadata"].get("deletionTimestamp") is None:
        finalizers = [*dict.fromkeys([*finalizers, CLEANUP])]
    grace = _grace_period(call, current, wishes)
    if finalizers or grace:
        return _mark(registry, call, current, finalizers, grace)
    last = stored({**current, "metadata": {**current["metadata"]}}, ownership_of(current))
    if current["metadata"].get("deletionTimestamp") is not None or (grace == 0 and _is_graceful(call)):
        if "deletionTimestamp" not in last["metadata"]:
            last["metadata"]["deletionTimestamp"] = rfc3339(registry.loop.now())
            if "generation" in last["metadata"]:
                last["metadata"]["generation"] += 1
        last["metadata"]["deletionGracePeriodSeconds"] = 0
    if not (call.dry_run or "All" in (wishes.get("dryRun") or ())):
        registry.store.delete(call.key, conversion.to_storage(call.served, last), current)
        registry.forget(call, current)
    return _result(call, last)


def _terminate(registry: Registry, call: Call, current: Object) -> Object:
    """A namespace is marked; its controller empties it and takes the finalizer away."""
    if current["metadata"].get("deletionTimestamp") is not None:
        return current
    metadata = {**current["metadata"], "deletionTimestamp": rfc3339(registry.loop.now())}
    marked = stored(
        {**current, "metadata": metadata, "status": {**current.get("status", {}), "phase": "Terminating"}},
        ownership_of(current),
    )
    return marked if call.dry_run else registry.store.update(call.key, marked, current)


def _check_preconditions(call: Call, current: Object, preconditions: Object) -> None:
    metadata = current["metadata"]
    uid, version = preconditions.get("uid"), preconditions.get("resourceVersion")
    if uid is not None and uid != metadata["uid"]:
        text = (
            f"the UID in the precondition ({uid}) does not match the UID in record ({metadata['uid']}). "
            "The object might have been deleted and then recreated"
        )
    elif version is not None and version != metadata["resourceVersion"]:
        text = (
            f"the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record "
            f"({metadata['resourceVersion']}). The object might have been modified"
        )
    else:
        return
    raise errors.conflict(call.served.group_kind, metadata["name"], text)


def _finalizers(current: Object, wishes: Object) -> list[str]:
    """The finalizers that the object will have: its own, with the propagation policy's in or out."""
    present = current["metadata"].get("finalizers") or []
    policy = wishes.get("propagationPolicy")
    orphan = wishes.get("orphanDependents")
    if policy is None and orphan is not None:
        policy = "Orphan" if orphan else "Background"
    if policy is None:
        orphans = (current["apiVersion"], current["kind"]) in _ORPHANING
        return [*present, ORPHAN] if orphans and not {ORPHAN, FOREGROUND} & set(present) else list(present)
    wanted = {"Orphan": ORPHAN, "Foreground": FOREGROUND}.get(policy)
    kept = [f for f in present if f not in (ORPHAN, FOREGROUND) or f == wanted]
    if wanted and wanted not in kept:
        kept.append(wanted)
    return kept


def _is_graceful(call: Call) -> bool:
    resource = call.served.resource
    return resource.plural == "pods" and not resource.group


def _grace_period(call: Call, current: Object, wishes: Object) -> int:
    """Seconds until the object may go; 0 for everything but running pods."""
    if not _is_graceful(call):
        return 0
    asked = wishes.get("gracePeriodSeconds")
    period = asked if asked is not None else current["spec"].get("terminationGracePeriodSeconds") or 0
    if period < 0:
        period = 1
    if not current["spec"].get("nodeName") or current.get("status", {}).get("phase") in ("Succeeded", "Failed"):
        return 0
    return int(period)


def _mark(registry: Registry, call: Call, current: Object, finalizers: list[str], grace: int) -> Object:
    """Store the object as being deleted."""
    metadata = {**current["metadata"]}
    started = metadata.get("deletionTimestamp")
    now = registry.loop.now()
    if started is None:
        metadata["deletionTimestamp"] = rfc3339(now + grace)
        metadata["deletionGracePeriodSeconds"] = grace
        if "generation" in metadata:
            metadata["generation"] += 1
    else:
        before = metadata.get("deletionGracePeriodSeconds") or 0
        if grace < before:
            due = parse(started) - before + grace
            if due < now and grace:
                due, grace = now, 1
            metadata["deletionTimestamp"] = rfc3339(due)
            metadata["deletionGracePeriodSeconds"] = grace
    if finalizers:
        metadata["finalizers"] = finalizers
    else:
        metadata.pop("finalizers", None)
    marked = stored({**current, "metadata": metadata}, ownership_of(current))
    if marked == current or call.dry_run:
        return marked
    result = registry.store.update(call.key, conversion.to_storage(call.served, marked), current)
    return conversion.shown(call.served, result)


def _result(call: Call, last: Object) -> Object:
    resource, metadata = call.served.resource, last["metadata"]
    if resource.plural in _RETURNS_OBJECT and not resource.group:
        return last
    details: Object = {"name": metadata["name"]}
    if resource.group:
        details["group"] = resource.group
    details["kind"] = resource.plural
    details["uid"] = metadata["uid"]
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def delete_collection(registry: Registry, call: Call, wishes: Object) -> Object:
    """Delete everything that the selectors match; the answer is the list as it was."""
    listed = list_objects(registry.store, call)
    for obj in listed["items"]:
        metadata = obj["metadata"]
        request = call.request._replace(name=metadata["name"], namespace=metadata.get("namespace", ""))
        one = call._replace(request=request)
        try:
            _delete(registry, one, registry.get(one), wishes)
        except errors.ApiError as error:
            if not errors.is_not_found(error):
                raise
    return listed
