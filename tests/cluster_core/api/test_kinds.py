"""Rules of single kinds that no recorded request tells of."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_core.api import scheme
from cluster_core.api.batch import cron_schedule
from cluster_core.api.resource import Resource
from cluster_core.api.schema.decode import decode
from cluster_core.api.schema.shapes import shape_for
from cluster_core.apimachinery.gvk import GVK

Object = dict[str, Any]


def _resource(group: str, version: str, kind: str) -> Resource:
    found = scheme.lookup_kind(GVK(group, version, kind))
    assert found is not None
    return found


def _made(resource: Resource, body: Object) -> Object:
    shape = shape_for(resource.gvk)
    assert shape is not None
    meta = {"name": "x", "namespace": "n"}
    obj = decode(
        shape, {"apiVersion": resource.gvk.api_version, "kind": resource.kind, "metadata": meta, **body}
    ).object
    resource.default(obj)
    resource.prepare(obj, None)
    return obj


def _problems(resource: Resource, body: Object) -> list[str]:
    return [str(problem) for problem in resource.validate(_made(resource, body))]


INGRESS = _resource("networking.k8s.io", "v1", "Ingress")
POLICY = _resource("networking.k8s.io", "v1", "NetworkPolicy")
QUOTA = _resource("", "v1", "ResourceQuota")
AUTOSCALER = _resource("autoscaling", "v2", "HorizontalPodAutoscaler")
OLD_AUTOSCALER = _resource("autoscaling", "v1", "HorizontalPodAutoscaler")
DEFINITION = _resource("apiextensions.k8s.io", "v1", "CustomResourceDefinition")
POD = _resource("", "v1", "Pod")


def _policy(**peer: Any) -> Object:
    return {"spec": {"podSelector": {}, "ingress": [{"from": [peer]}]}}


def _autoscaler(**spec: Any) -> Object:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}
    return {"spec": {"scaleTargetRef": target, "maxReplicas": 3, **spec}}


def _definition(schema: Object) -> Object:
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": "foos", "kind": "Foo"}
    spec = {"group": "e.com", "scope": "Namespaced", "names": names, "versions": [version]}
    return {"metadata": {"name": "foos.e.com"}, "spec": spec}


@pytest.mark.parametrize(
    ("resource", "body", "problems"),
    [
        (POLICY, _policy(ipBlock={"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}), []),
        (
            POLICY,
            _policy(ipBlock={"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}),
            [
                ("spec.ingress[0].from[0].ipBlock.except[0]: "
                'Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`')
            ],
        ),
        (
            INGRESS,
            {"spec": {"rules": [{"http": {"paths": [{"path": "/a", "backend": {}}]}}]}},
            ["spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified"],
        ),
        (QUOTA, {"spec": {"hard": {"requests.cpu": "1", "count/jobs.batch": "2"}, "scopes": ["NotBestEffort"]}}, []),
        (
            QUOTA,
            {"spec": {"hard": {"pods": "1"}, "scopeSelector": {"matchExpressions": [
                {"scopeName": "PriorityClass", "operator": "In"},
            ]}}},
            [
                ("spec.scopeSelector.matchExpressions.values: Required value: "
                "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector")
            ],
        ),
        (AUTOSCALER, _autoscaler(), []),
        (
            AUTOSCALER,
            _autoscaler(minReplicas=5),
            ["spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`"],
        ),
        (
            AUTOSCALER,
            _autoscaler(scaleTargetRef={"apiVersion": "v1", "kind": "Deployment", "name": "d"}),
            ['spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group'],
        ),
        (OLD_AUTOSCALER, _autoscaler(targetCPUUtilizationPercentage=50), []),
        (DEFINITION, _definition({"type": "object", "properties": {"a": {"type": "string"}}}), []),
        (
            DEFINITION,
            _definition({"type": "object", "properties": {"a": {"anyOf": [{"type": "string"}], "type": "string"}}}),
            [
                ("spec.validation.openAPIV3Schema.properties[a].anyOf[0].type: "
                "Forbidden: must be empty to be structural")
            ],
        ),
    ],
)  # fmt: skip
def test_validation(resource: Resource, body: Object, problems: list[str]) -> None:
    assert _problems(resource, body) == problems


@pytest.mark.parametrize(
    ("container", "warnings"),
    [
        ({}, []),
        (
            {"resources": {"requests": {"memory": "100m"}}},
            [
                (
                    "spec.containers[0].resources.requests[memory]: "
                    'fractional byte value "100m" is invalid, must be an integer'
                )
            ],
        ),
        ({"env": [{"name": "A", "value": "x"}, {"name": "A", "value": "$(A)y"}]}, []),
        (
            {"ports": [{"name": "p", "containerPort": 1}, {"name": "p", "containerPort": 2}]},
            [
                (
                    'spec.containers[0].ports[1]: duplicate port name "p" with spec.containers[0].ports[0], '
                    "services and probes that select ports by name will use spec.containers[0].ports[0]"
                )
            ],
        ),
    ],
)
def test_pod_warnings(container: Object, warnings: list[str]) -> None:
    pod = _made(POD, {"spec": {"containers": [{"name": "c", "image": "i", **container}]}})
    assert POD.warnings(pod, None) == warnings


@pytest.mark.parametrize("resource", scheme.all_resources(), ids=lambda r: f"{r.plural}.{r.version}.{r.group}")
def test_defaulting_again_changes_nothing(resource: Resource) -> None:
    shape = shape_for(resource.gvk)
    assert shape is not None
    once = decode(shape, {"apiVersion": resource.gvk.api_version, "kind": resource.kind, "metadata": {}}).object
    resource.default(once)
    twice = decode(shape, once).object
    resource.default(twice)
    assert twice == once


_NUMBERS = st.integers(0, 6).map(str)
_PARTS = st.one_of(
    st.just("*"), _NUMBERS, st.builds("*/{}".format, st.integers(1, 6)), st.builds("1-{}".format, _NUMBERS)
)
_FIELDS = st.lists(_PARTS, min_size=5, max_size=5)


@settings(max_examples=100, deadline=None)
@given(_FIELDS)
def test_cron_fields_in_range_are_fine_in_any_spacing(fields: list[str]) -> None:
    problem = cron_schedule.problem(" ".join(fields))
    assert problem is None or "beginning of range" in problem or "below minimum" in problem
    assert cron_schedule.problem("  ".join(fields)) == problem


@given(st.text(alphabet="0123456789*/-, @abcTZ=", max_size=20))
def test_any_cron_text_gets_an_answer(text: str) -> None:
    problem = cron_schedule.problem(text)
    assert problem is None or problem
