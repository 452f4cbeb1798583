"""Protobuf bodies, as typed Go clients send them."""

import json
from typing import Any

import pytest

from cluster_core.apiserver.protobuf import ProtobufError, decode


def varint(number: int) -> bytes:
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes((*found, number))


def part(number: int, data: bytes | str | int) -> bytes:
    if isinstance(data, int):
        return varint(number << 3) + varint(data)
    data = data.encode() if isinstance(data, str) else data
    return varint(number << 3 | 2) + varint(len(data)) + data


def envelope(api_version: str, kind: str, raw: bytes) -> bytes:
    return b"k8s\0" + part(1, part(1, api_version) + part(2, kind)) + part(2, raw) + part(3, "") + part(4, "")


def named(name: str) -> bytes:
    return part(1, part(1, name) + part(8, b""))


@pytest.mark.parametrize(
    ("api_version", "kind", "raw", "value"),
    [
        ("v1", "Secret", part(2, part(1, "a") + part(2, b"\xff\0")), {"data": {"a": "/wA="}}),
        (
            "v1",
            "ConfigMap",
            part(1, part(8, part(1, 1_767_225_600))),
            {"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}},
        ),
        (
            "v1",
            "DeleteOptions",
            part(1, 0) + part(4, "Background"),
            {"gracePeriodSeconds": 0, "propagationPolicy": "Background"},
        ),
        ("apps/v1", "Deployment", part(2, part(1, 2) + part(7, 0)), {"spec": {"replicas": 2, "paused": False}}),
        (
            "networking.k8s.io/v1",
            "Ingress",
            part(2, part(3, part(1, "h") + part(2, part(1, b"")))),
            {"spec": {"rules": [{"host": "h", "http": {}}]}},
        ),
        (
            "v1",
            "Service",
            part(2, part(1, part(3, 80) + part(4, part(1, 1) + part(3, "http"))) + part(1, part(4, part(2, 81)))),
            {"spec": {"ports": [{"port": 80, "targetPort": "http"}, {"targetPort": 81}]}},
        ),
        (
            "v1",
            "Pod",
            part(
                2,
                part(
                    2, part(1, "c") + part(8, part(1, part(1, "cpu") + part(2, part(1, "1")))) + part(9, part(1, "x"))
                ),
            ),
            {
                "spec": {
                    "containers": [
                        {"name": "c", "resources": {"limits": {"cpu": "1"}}, "volumeMounts": [{"name": "x"}]}
                    ]
                }
            },
        ),
        (
            "apps/v1",
            "ControllerRevision",
            part(2, part(1, '{"a":[1]}')) + part(3, (1 << 64) - 5),
            {"data": {"a": [1]}, "revision": -5},
        ),
        ("v1", "ConfigMap", part(9999, "unknown"), {}),
    ],
)
def test_decode(api_version: str, kind: str, raw: bytes, value: Any) -> None:
    assert decode(envelope(api_version, kind, raw)) == {"apiVersion": api_version, "kind": kind, **value}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"k8s\0\xff",
        b"k8s\0" + part(1, b"\x0a\xff"),
        envelope("v1", "Nothing", b""),
        envelope("v1", "Secret", b"\x0a\xff\xff\xff"),
        envelope("v1", "Secret", b"\x0b"),
        envelope("v1", "Secret", b"\x08\x01"),
        envelope("v1", "Pod", part(1, part(1, b"\xff\xfe"))),
        envelope("apps/v1", "ControllerRevision", part(2, part(1, "{"))),
    ],
)
def test_junk(data: bytes) -> None:
    with pytest.raises(ProtobufError):
        decode(data)


def test_nesting_is_bounded() -> None:
    schema = b""
    for _ in range(150):
        schema = part(28, schema)
    version = part(4, part(1, schema))
    definition = envelope("apiextensions.k8s.io/v1", "CustomResourceDefinition", part(2, part(7, version)))
    with pytest.raises(ProtobufError, match="nested too deep"):
        decode(definition)


def test_table_is_complete() -> None:
    """Every message that a field refers to has a line."""
    from cluster_core.apiserver.protobuf import reader

    lines = reader._lines()
    named = {f.message for name in lines for f in reader._fields(name).values() if f.kind == "m"}
    assert named - set(lines) == set()
    json.dumps(sorted(named))
