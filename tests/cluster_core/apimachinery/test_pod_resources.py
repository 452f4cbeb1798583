"""What a pod asks of a node: totals, quality of service, host ports."""

from typing import Any

import pytest

from cluster_core.apimachinery import pod_resources


def container(name: str = "c", requests: Any = None, limits: Any = None, **more: Any) -> dict[str, Any]:
    resources = {k: v for k, v in (("requests", requests), ("limits", limits)) if v}
    return {"name": name, **({"resources": resources} if resources else {}), **more}


@pytest.mark.parametrize(
    ("spec", "total", "texts"),
    [
        ({"containers": [container()]}, {}, {}),
        ({"containers": [container(requests={"cpu": "1", "memory": "1Gi"})]}, {"cpu": 1000, "memory": 1 << 30}, {"cpu": "1", "memory": "1Gi"}),
        (
            {"containers": [container(requests={"cpu": "250m"}), container(requests={"cpu": "1", "memory": "64Mi"})]},
            {"cpu": 1250, "memory": 64 << 20},
            {"cpu": "1250m", "memory": "64Mi"},
        ),
        (
            {
                "containers": [container(requests={"cpu": "1"})],
                "initContainers": [container(requests={"cpu": "3", "memory": "1Gi"})],
            },
            {"cpu": 3000, "memory": 1 << 30},
            {"cpu": "3", "memory": "1073741824"},
        ),
        (
            {
                "containers": [container(requests={"cpu": "1"})],
                "initContainers": [
                    container("side", requests={"cpu": "1"}, restartPolicy="Always"),
                    container("init", requests={"cpu": "1500m"}),
                ],
            },
            {"cpu": 2500},
            {"cpu": "2500m"},
        ),
        ({"containers": [container(requests={"cpu": "1"})], "overhead": {"cpu": "100m"}}, {"cpu": 1100}, {"cpu": "1100m"}),
        ({"containers": [container(requests={"cpu": "1"})], "resources": {"requests": {"cpu": "4"}}}, {"cpu": 4000}, {"cpu": "4"}),
    ],
)  # fmt: skip
def test_totals(spec: dict[str, Any], total: dict[str, int], texts: dict[str, str]) -> None:
    assert pod_resources.requests(spec) == total
    assert pod_resources.total_texts(spec, "requests") == texts


FULL = {"cpu": "1", "memory": "1Gi"}


@pytest.mark.parametrize(
    ("containers", "expected"),
    [
        ([container()], "BestEffort"),
        ([container(requests=FULL, limits=FULL)], "Guaranteed"),
        ([container(limits=FULL)], "Guaranteed"),
        ([container(requests={"cpu": "500m"}, limits=FULL)], "Burstable"),
        ([container(requests=FULL, limits=FULL), container()], "Burstable"),
        ([container(requests={"cpu": "1"})], "Burstable"),
        ([container(requests={"nvidia.com/gpu": "1"})], "BestEffort"),
    ],
)
def test_quality_of_service(containers: list[dict[str, Any]], expected: str) -> None:
    assert pod_resources.qos({"containers": containers}) == expected


@pytest.mark.parametrize(
    ("wanted", "taken", "conflict"),
    [
        ([("0.0.0.0", "TCP", 80)], [("0.0.0.0", "TCP", 80)], True),
        ([("0.0.0.0", "TCP", 80)], [("10.0.0.1", "TCP", 80)], True),
        ([("10.0.0.2", "TCP", 80)], [("10.0.0.1", "TCP", 80)], False),
        ([("0.0.0.0", "UDP", 80)], [("0.0.0.0", "TCP", 80)], False),
        ([], [("0.0.0.0", "TCP", 80)], False),
    ],
)
def test_host_ports(wanted: Any, taken: Any, conflict: bool) -> None:
    assert pod_resources.ports_conflict(wanted, taken) is conflict
