"""Typed decoding: what Go's decoder makes of a request body."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_core.api.schema.decode import DecodeError, decode
from cluster_core.api.schema.shapes import Shape, shape_for
from cluster_core.apimachinery.gvk import GVK


def _shape(kind: str, group: str = "", version: str = "v1") -> Shape:
    found = shape_for(GVK(group, version, kind))
    assert found is not None
    return found


POD, CONFIG_MAP = _shape("Pod"), _shape("ConfigMap")


def _pod(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec}


@pytest.mark.parametrize(
    ("body", "unknown"),
    [
        (_pod(containers=[]), []),
        (_pod(containers=[], bogus=1), ["spec.bogus"]),
        (_pod(containers=[{"name": "a", "imagee": "b"}]), ["spec.containers[0].imagee"]),
        ({**_pod(), "zz": None}, ["zz"]),
    ],
)
def test_unknown_fields_are_named_and_dropped(body: dict[str, Any], unknown: list[str]) -> None:
    obj, found = decode(POD, body)
    assert found == [f'unknown field "{path}"' for path in unknown]
    assert decode(POD, obj) == (obj, [])


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"hostname": 5}, "cannot unmarshal number into Go struct field PodSpec.spec.hostname of type string"),
        ({"containers": {}}, "cannot unmarshal object into Go struct field PodSpec.spec.containers of type"),
        ({"hostNetwork": "yes"}, "cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool"),
    ],
)
def test_wrong_types_are_refused(spec: dict[str, Any], problem: str) -> None:
    with pytest.raises(DecodeError, match=problem):
        decode(POD, _pod(**spec))


def test_request_is_not_changed() -> None:
    body = _pod(containers=[{"name": "a", "resources": {"requests": {"cpu": "1000m"}}, "bogus": 1}])
    copy = _pod(containers=[{"name": "a", "resources": {"requests": {"cpu": "1000m"}}, "bogus": 1}])
    obj, _ = decode(POD, body)
    assert body == copy
    assert obj["spec"]["containers"][0]["resources"]["requests"] == {"cpu": "1"}


_QUANTITIES = st.builds("{}{}".format, st.integers(0, 10**6), st.sampled_from(["", "m", "k", "Mi", "G", "e3"]))
_CONTAINERS = st.fixed_dictionaries(
    {"name": st.text(max_size=4)},
    optional={
        "image": st.text(max_size=4),
        "command": st.lists(st.text(max_size=3), max_size=2),
        "resources": st.fixed_dictionaries(
            {}, optional={"limits": st.dictionaries(st.text(), _QUANTITIES, max_size=2)}
        ),
        "ports": st.lists(st.fixed_dictionaries({"containerPort": st.integers(0, 65535)}), max_size=2),
        "env": st.lists(st.fixed_dictionaries({"name": st.text(), "value": st.text()}), max_size=2),
    },
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_CONTAINERS, max_size=3), st.dictionaries(st.text(), st.text(), max_size=3))
def test_decoding_again_changes_nothing(containers: list[Any], labels: dict[str, str]) -> None:
    body = {**_pod(containers=containers), "metadata": {"name": "p", "labels": labels}}
    once = decode(POD, body)
    assert once.object["metadata"].get("labels", {}) == labels
    assert decode(POD, once.object) == once


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text(), st.text(), max_size=5))
def test_maps_of_text_pass_unchanged(data: dict[str, str]) -> None:
    obj, unknown = decode(CONFIG_MAP, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}, "data": data})
    assert (obj.get("data", {}), unknown) == (data, [])
