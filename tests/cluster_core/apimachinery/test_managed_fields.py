"""Server-side apply at work on two managers: who owns what, conflicts, pruning."""

from typing import Any

import pytest

from cluster_core.api.schema import shape_for
from cluster_core.apimachinery.gvk import GVK
from cluster_core.apimachinery.managed_fields import managers, sets
from cluster_core.apiserver.apply_types import type_of

SHAPE = shape_for(GVK("apps", "v1", "Deployment"))
assert SHAPE is not None
ABOUT = managers.Context(type_of(SHAPE), "apps/v1", "", {}, "2026-01-01T00:00:00Z")


def deployment(replicas: int | None = None, **images: str) -> dict[str, Any]:
    spec: dict[str, Any] = {"template": {"spec": {"containers": [{"name": n, "image": i} for n, i in images.items()]}}}
    if replicas is not None:
        spec["replicas"] = replicas
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec}


def apply(found: managers.Managers, name: str, live: Any, config: Any, force: bool = False) -> tuple[Any, Any]:
    applied = managers.apply(ABOUT, found, name, live, config, force)
    return applied.object if applied.object is not None else live, applied.managers


def test_two_managers_share_a_list() -> None:
    live, owners = apply({}, "one", {}, deployment(2, a="a:1"))
    live, owners = apply(owners, "two", live, deployment(b="b:1"))
    assert [c["name"] for c in live["spec"]["template"]["spec"]["containers"]] == ["a", "b"]
    live, owners = apply(owners, "one", live, deployment(2))
    assert [c["name"] for c in live["spec"]["template"]["spec"]["containers"]] == ["b"]


def test_conflict_and_force() -> None:
    live, owners = apply({}, "one", {}, deployment(2, a="a:1"))
    with pytest.raises(managers.ApplyConflictError) as caught:
        apply(owners, "two", live, deployment(3))
    error = managers.conflict_error(caught.value.conflicts, owners)
    assert error.message == 'Apply failed with 1 conflict: conflict with "one": .spec.replicas'
    live, owners = apply(owners, "two", live, deployment(3), force=True)
    one = next(o for m, o in owners.items() if m.name == "one")
    assert "f:replicas" not in one.fields["f:spec"]


def test_update_takes_over() -> None:
    live, owners = apply({}, "one", {}, deployment(2, a="a:1"))
    changed = {**live, "spec": {**live["spec"], "replicas": 5}}
    owners = managers.update(ABOUT, owners, "kubectl", live, changed)
    text = {m.name: sorted(sets.paths(o.fields)) for m, o in owners.items()}
    assert text["kubectl"] == [".spec.replicas"]
    assert ".spec.replicas" not in text["one"]


def test_entries_survive_writing_and_reading() -> None:
    _, owners = apply({}, "one", {}, deployment(2, a="a:1"))
    assert managers.decode(managers.encode(owners)) == owners
