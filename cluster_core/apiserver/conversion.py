"""Between the versions of a kind: objects are stored in one version and shown in the one that was asked for.

Custom resources differ in apiVersion only (strategy None); built-in kinds with two forms say themselves how they convert.
"""

from typing import Any

from cluster_core.apiserver.ownership import ownership_of, stored
from cluster_core.apiserver.served import Served

Object = dict[str, Any]


def shown(served: Served, obj: Object) -> Object:
    """A stored object in the version of a resource; the same object if it is in that version."""
    if obj["apiVersion"] == served.api_version:
        return obj
    convert = served.resource.from_storage
    result = {**obj, "apiVersion": served.api_version} if convert is None else convert(obj)
    return stored(result, ownership_of(obj))


def to_storage(served: Served, obj: Object) -> Object:
    """An object in the version in which it is stored."""
    if obj["apiVersion"] == served.stored_version:
        return obj
    convert = served.resource.to_storage
    result = {**obj, "apiVersion": served.stored_version} if convert is None else convert(obj)
    return stored(result, ownership_of(obj))
