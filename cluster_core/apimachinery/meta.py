"""Reading and path-copying metadata: owners, labels, finalizers. Objects are read-only; every change returns a new one."""

from typing import Any

Object = dict[str, Any]


def name_of(obj: Object) -> str:
    """metadata.name, "" without one."""
    return obj["metadata"].get("name", "")  # type: ignore[no-any-return]


def namespace_of(obj: Object) -> str:
    """metadata.namespace, "" for cluster-scoped objects."""
    return obj["metadata"].get("namespace", "")  # type: ignore[no-any-return]


def key_of(obj: Object) -> str:
    """`namespace/name`, or `name` for cluster-scoped objects: the key of work queues."""
    metadata = obj["metadata"]
    namespace = metadata.get("namespace")
    return f"{namespace}/{metadata['name']}" if namespace else metadata["name"]


def split_key(key: str) -> tuple[str, str]:
    """Namespace ("" if none) and name of a key."""
    namespace, _, name = key.rpartition("/")
    return namespace, name


def controller_of(obj: Object) -> Object | None:
    """The owner reference with controller: true."""
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            return reference  # type: ignore[no-any-return]
    return None


def is_controlled_by(obj: Object, owner: Object) -> bool:
    """Whether `owner` is the controller of `obj`, by uid."""
    reference = controller_of(obj)
    return reference is not None and reference["uid"] == owner["metadata"]["uid"]


def controller_reference(owner: Object) -> Object:
    """An owner reference naming `owner` as controller that blocks foreground deletion."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def is_deleting(obj: Object) -> bool:
    """Whether deletion was requested."""
    return obj["metadata"].get("deletionTimestamp") is not None


def with_metadata(obj: Object, **changes: Any) -> Object:
    """A copy of the path obj → metadata with fields set; None removes a field."""
    metadata = {**obj["metadata"], **changes}
    for name, value in changes.items():
        if value is None:
            del metadata[name]
    return {**obj, "metadata": metadata}


def with_labels(obj: Object, changes: dict[str, str | None]) -> Object:
    """A copy with labels set, or removed where the value is None."""
    return with_metadata(obj, labels=_merged(obj["metadata"].get("labels"), changes))


def with_annotations(obj: Object, changes: dict[str, str | None]) -> Object:
    """A copy with annotations set, or removed where the value is None."""
    return with_metadata(obj, annotations=_merged(obj["metadata"].get("annotations"), changes))


def _merged(old: dict[str, str] | None, changes: dict[str, str | None]) -> dict[str, str] | None:
    merged: dict[str, Any] = {**(old or {}), **changes}
    return {k: v for k, v in merged.items() if v is not None} or None


def with_finalizer(obj: Object, finalizer: str) -> Object:
    """A copy that carries the finalizer; the same object if it does already."""
    present = obj["metadata"].get("finalizers") or []
    return obj if finalizer in present else with_metadata(obj, finalizers=[*present, finalizer])


def without_finalizer(obj: Object, finalizer: str) -> Object:
    """A copy without the finalizer; the same object if it has none."""
    present = obj["metadata"].get("finalizers") or []
    return (
        obj
        if finalizer not in present
        else with_metadata(obj, finalizers=[f for f in present if f != finalizer] or None)
    )


def object_reference(obj: Object) -> Object:
    """A core/v1 ObjectReference to `obj`."""
    metadata = obj["metadata"]
    reference = {
        "kind": obj["kind"],
        "namespace": metadata.get("namespace", ""),
        "name": metadata["name"],
        "uid": metadata.get("uid", ""),
        "apiVersion": obj["apiVersion"],
        "resourceVersion": metadata.get("resourceVersion", ""),
    }
    return {k: v for k, v in reference.items() if v}


def deep_copy(value: Any) -> Any:
    """A copy sharing no map or list with `value`: what the API server does with a request's body."""
    if type(value) is list:
        return [deep_copy(v) if type(v) is dict or type(v) is list else v for v in value]
    return {k: deep_copy(v) if type(v) is dict or type(v) is list else v for k, v in value.items()}
