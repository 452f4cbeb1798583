"""Remembered pod specs: a spec is taken as good only if one that says the same was found good."""

from typing import Any

import pytest

from cluster_core.api.core.pod_spec import seen
from cluster_core.api.core.pod_spec.validation import spec_errors

TOKEN = "kube-api-access-abcde"
OTHER = "kube-api-access-vwxyz"


def spec(*volumes: str, mounts: tuple[str, ...] = (), image: str = "nginx", **more: Any) -> dict[str, Any]:
    container = {
        "name": "c",
        "image": image,
        "imagePullPolicy": "Always",
        "resources": {},
        "terminationMessagePolicy": "File",
        "volumeMounts": [{"name": name, "mountPath": f"/{index}"} for index, name in enumerate(mounts)],
    }
    named: list[dict[str, Any]] = [{"name": name, "emptyDir": {}} for name in volumes]
    return {"volumes": named, "containers": [container], "restartPolicy": "Always", "dnsPolicy": "ClusterFirst", **more}


def problems(found: dict[str, Any]) -> list[str]:
    errors: list[Any] = []
    spec_errors(errors, "spec", found, for_pod=True)
    return [error.path for error in errors]


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        (spec(TOKEN, mounts=(TOKEN,)), spec(OTHER, mounts=(OTHER,)), True),
        (spec(TOKEN, mounts=(TOKEN,)), spec(OTHER, mounts=(TOKEN,)), False),
        (spec(TOKEN, OTHER), spec(OTHER, OTHER), False),
        (spec(TOKEN, "data"), spec(TOKEN, "date"), False),
        (spec(image="a"), spec(image="b"), False),
        (spec(priority=1), spec(priority=True), False),
        (spec(), spec(hostNetwork=True), False),
    ],
)
def test_keys(first: dict[str, Any], second: dict[str, Any], alike: bool) -> None:
    assert (seen.key_of(first, True) == seen.key_of(second, True)) is alike
    assert seen.key_of(first, True) != seen.key_of(first, False)


def test_a_good_spec_does_not_excuse_a_bad_one() -> None:
    for _ in range(2):
        assert problems(spec(TOKEN, mounts=(TOKEN,))) == []
        assert problems(spec(OTHER, mounts=(TOKEN,))) == ["spec.containers[0].volumeMounts[0].name"]
        assert problems(spec(OTHER, OTHER)) == ["spec.volumes[1].name"]


def test_ephemeral_volumes_are_looked_at_each_time() -> None:
    assert seen.key_of({**spec(), "volumes": [{"name": "a", "ephemeral": {}}]}) == b""
