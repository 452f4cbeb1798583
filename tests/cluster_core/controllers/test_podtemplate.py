"""Hashes and revisions of pod templates. Whole templates are covered by the recorded timelines."""

import pytest

from cluster_core.controllers.podtemplate.dump import dump_template
from cluster_core.controllers.podtemplate.encode import encode_struct, go_json, template_patch
from cluster_core.controllers.podtemplate.equality import same_template
from cluster_core.controllers.podtemplate.hashing import fnv1_32, fnv1a_32, fnv1a_128, pod_template_hash, safe_encode
from cluster_core.controllers.podtemplate.quantity_dump import dump_quantity


@pytest.mark.parametrize(
    ("function", "data", "expected"),
    [
        (fnv1a_32, b"", 0x811C9DC5),
        (fnv1a_32, b"foobar", 0xBF9CF968),
        (fnv1_32, b"foobar", 0x31F0B262),
        (fnv1a_128, b"", 0x6C62272E07BB014262B821756295C58D),
        (fnv1a_128, b"a", 0xD228CB696F1A8CAF78912B704E4A8964),
    ],
)
def test_fnv(function, data, expected):
    assert function(data) == expected


def test_safe_encode_has_no_vowels():
    assert safe_encode(1234567890) == "56789bcdf4"


@pytest.mark.parametrize(
    ("text", "value", "scale", "kept", "notation"),
    [
        ("0", 0, 0, "0", "DecimalSI"),
        ("500m", 500, -3, "500m", "DecimalSI"),
        ("2", 2, 0, "2", "DecimalSI"),
        ("2k", 2, 3, "2k", "DecimalSI"),
        ("1Gi", 1 << 30, 0, "1Gi", "BinarySI"),
        ("128Mi", 128 << 20, 0, "", "BinarySI"),
        ("8Gi", 8 << 30, 0, "", "BinarySI"),
        ("1000", 1000, 0, "", "DecimalSI"),
    ],
)
def test_quantity_keeps_its_text_only_when_canonical(text, value, scale, kept, notation):
    printed = dump_quantity(text)
    assert f"value:(int64){value} scale:(resource.Scale){scale}}}" in printed
    assert printed.endswith(f"s:(string){kept} Format:(resource.Format){notation}}}")


def test_dump_prints_every_field_in_go_order():
    printed = dump_template({"metadata": {"labels": {"b": "2", "a": "1"}}, "spec": {"containers": [{"name": "m"}]}})
    assert printed.startswith("(v1.PodTemplateSpec){ObjectMeta:(v1.ObjectMeta){Name:(string) GenerateName:(string)")
    assert "Labels:(map[string]string)map[a:1 b:2]" in printed
    assert "Volumes:([]v1.Volume)<nil>" in printed
    assert "Containers:([]v1.Container)[{Name:(string)m Image:(string) Command:([]string)<nil>" in printed


def test_empty_and_absent_hash_alike_but_the_collision_count_does_not():
    template = {"spec": {"containers": [{"name": "m"}]}}
    same = {"metadata": {}, "spec": {"containers": [{"name": "m", "env": [], "resources": {}}], "volumes": []}}
    assert pod_template_hash(template) == pod_template_hash(same)
    assert len({pod_template_hash(template, count) for count in (None, 0, 1)}) == 3


def test_revision_data_is_go_json():
    data = template_patch({"metadata": {"labels": {"a": "<&>"}}, "spec": {"containers": [{"name": "m", "tty": False}]}})
    expected = (
        b'{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"a":"\\u003c\\u0026\\u003e"}},'
        b'"spec":{"containers":[{"name":"m","resources":{}}]}}}}'
    )
    assert go_json(data) == expected


def test_encode_keeps_required_and_drops_empty():
    assert encode_struct("ContainerPort", {"containerPort": 80, "hostPort": 0}) == {"containerPort": 80}
    assert encode_struct("EnvVar", {"name": "A", "value": ""}) == {"name": "A"}
    assert encode_struct("KeyToPath", {}) == {"key": "", "path": ""}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"env": []}, {}, True),
        ({"resources": {}}, {}, True),
        ({"tty": False}, {}, True),
        ({"image": "a"}, {"image": "b"}, False),
        ({"securityContext": {"runAsUser": 0}}, {"securityContext": {}}, False),
        ({"securityContext": {"privileged": False}}, {"securityContext": {}}, False),
        ({"securityContext": {}}, {}, False),
    ],
)
def test_semantic_equality(one, other, same):
    templates = [{"spec": {"containers": [{"name": "m", **container}]}} for container in (one, other)]
    assert same_template(*templates) is same
