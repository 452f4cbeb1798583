"""The scale subresource: an object's replica count as autoscaling/v1 Scale."""

from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery import errors, field, patch_json, patch_merge
from cluster_core.apimachinery.meta import deep_copy
from cluster_core.apimachinery.request import Request
from cluster_core.apimachinery.selectors import LabelSelector, from_map, from_object
from cluster_core.apiserver import options
from cluster_core.apiserver.call import Call
from cluster_core.apiserver.patching import APPLY, apply_part

if TYPE_CHECKING:
    from cluster_core.apiserver.pipeline import APIServer

Object = dict[str, Any]
_METADATA = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def serve(server: "APIServer", call: Call) -> tuple[int, Object]:
    """Read or change the replica count."""
    registry, request = server.registry, call.request
    current = registry.get(call)
    shown = scale_of(call, current)
    if request.verb == "get":
        return 200, shown
    applies = request.verb == "patch" and request.content_type.startswith(APPLY)
    wanted = _applied(call) if applies else _wanted(call, shown)
    stated = (wanted.get("metadata") or {}).get("resourceVersion")
    if stated and stated != current["metadata"]["resourceVersion"]:
        raise errors.conflict(call.served.group_resource, request.name)
    replicas = (wanted.get("spec") or {}).get("replicas") or 0
    if not isinstance(replicas, int) or isinstance(replicas, bool):
        raise _mistyped(request, wanted, replicas)
    if replicas < 0:
        problem = field.invalid("spec.replicas", replicas, "must be greater than or equal to 0")
        raise errors.invalid("Scale.autoscaling", request.name, [problem])
    path = _paths(call)[0]
    if applies:
        config: Object = {"apiVersion": call.served.api_version, "kind": call.served.resource.kind}
        config["metadata"] = {"name": request.name}
        _set(config, path, replicas)
        return 200, scale_of(call, apply_part(registry, call, config, current))
    changed = deep_copy(current)
    _set(changed, path, replicas)
    return 200, scale_of(call, registry.replace(call, changed, current))


def _mistyped(request: Request, wanted: Object, replicas: Any) -> errors.ApiError:
    """Refuses a count that is none."""
    import json

    kinds = ((bool, "bool"), (str, "string"), (dict, "object"), (list, "array"))
    found = next((name for kind, name in kinds if isinstance(replicas, kind)), f"number {replicas}")
    text = f"json: cannot unmarshal {found} into Go struct field ScaleSpec.spec.replicas of type int32"
    if request.verb == "update":
        return errors.bad_request(f'Scale in version "v1" cannot be handled as a Scale: {text}')
    shown = json.dumps(wanted, separators=(",", ":"), ensure_ascii=False)
    return errors.invalid("", "", [field.invalid("patch", shown, text)])


def _applied(call: Call) -> Object:
    """The Scale that a server-side apply states."""
    options.check_patch(call.request)
    body = call.request.body
    if not isinstance(body, dict) or (body.get("apiVersion"), body.get("kind")) != ("autoscaling/v1", "Scale"):
        stated = body if isinstance(body, dict) else {}
        group, _, version = str(stated.get("apiVersion") or "").rpartition("/")
        raise errors.bad_request(f"invalid object type: {group}/{version}, Kind={stated.get('kind') or ''}")
    return body


def _wanted(call: Call, shown: Object) -> Object:
    request = call.request
    if request.verb == "update":
        stated = (request.body.get("apiVersion"), request.body.get("kind"))
        if any(stated) and stated != ("autoscaling/v1", "Scale"):
            version = str(stated[0]).rpartition("/")[2]
            text = f'{stated[1]} in version "{version}" cannot be handled as a Scale: no kind "{stated[1]}" is registered for version "{stated[0]}" in scheme "pkg/runtime/scheme.go:111"'
            raise errors.bad_request(text)
        return request.body  # type: ignore[no-any-return]
    if request.verb != "patch":
        raise errors.method_not_allowed()
    if request.content_type.startswith("application/json-patch"):
        return patch_json.apply(shown, request.body)  # type: ignore[no-any-return]
    return patch_merge.merge(shown, request.body)  # type: ignore[no-any-return]


def _paths(call: Call) -> tuple[str, str, str]:
    """Where spec replicas, status replicas and the selector's text stand; CRDs say so themselves."""
    if call.served.custom is not None:
        paths: tuple[str, str, str] = call.served.custom.scale_paths
        return paths
    return "spec.replicas", "status.replicas", ""


def scale_of(call: Call, obj: Object) -> Object:
    """The Scale of an object."""
    wanted, actual, selector = _paths(call)
    metadata = {k: obj["metadata"][k] for k in _METADATA if k in obj["metadata"]}
    replicas = _get(obj, wanted) or 0
    status: Object = {"replicas": _get(obj, actual) or 0}
    text = (_get(obj, selector) or "") if selector else selector_text(_selector(obj))
    if text:
        status["selector"] = text
    spec = {"replicas": replicas} if replicas else {}
    return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec, "status": status}


def _selector(obj: Object) -> LabelSelector:
    selector = obj["spec"].get("selector")
    if obj["kind"] == "ReplicationController":
        return from_map(selector)
    return from_object(selector)


def selector_text(selector: LabelSelector) -> str:
    """A selector as Kubernetes prints it."""
    parts = []
    for term in sorted(selector.requirements):
        if term.operator == "in" and len(term.values) == 1:
            parts.append(f"{term.key}={term.values[0]}")
        elif term.operator in ("in", "notin"):
            parts.append(f"{term.key} {term.operator} ({','.join(sorted(term.values))})")
        else:
            parts.append(f"!{term.key}" if term.operator == "!" else term.key)
    return ",".join(parts)


def _get(obj: Any, path: str) -> Any:
    for part in path.strip(".").split("."):
        obj = obj.get(part) if isinstance(obj, dict) else None
    return obj


def _set(obj: Object, path: str, value: Any) -> None:
    *parents, last = path.strip(".").split(".")
    for part in parents:
        obj = obj.setdefault(part, {})
    obj[last] = value
