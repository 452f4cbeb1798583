"""Names near to others."""

import pytest

from helmpy.values import provenance, spelling


@pytest.mark.parametrize(
    ("name", "known", "near"),
    [
        ("relicas", ["replicas", "image"], "replicas"),
        ("imagePullSecret", ["image", "imagePullSecrets"], "imagePullSecrets"),
        ("pull_policy", ["pullPolicy"], "pullPolicy"),
        ("replica", ["replicaCount"], "replicaCount"),
        ("name", ["namespaceSelector"], "namespaceSelector"),
        ("a", ["b"], None),
        ("cpu", ["memory"], None),
        ("replicas", ["replicas"], None),
        ("x", [], None),
    ],
)
def test_the_nearest_name(name, known, near):
    assert spelling.closest(name, known) == near


@pytest.mark.parametrize(
    ("path", "field", "found"),
    [
        (("resources",), ("spec", "containers", 0, "resources", "limits", "cpu"), ("resources", "limits", "cpu")),
        (("resources",), ("metadata", "labels", "cpu"), ("resources",)),
        (("ports",), ("spec", "ports", 1, "port"), ("ports", "1", "port")),
        (("n",), ("spec", "n"), ("n",)),
        (("nope",), ("spec",), ("nope",)),
    ],
)
def test_the_part_of_a_value_that_became_a_field(path, field, found):
    values = {"resources": {"limits": {"cpu": 1}}, "ports": [{}, {"port": 80}], "n": 1}
    assert provenance.refined(values, path, field) == found
