"""Rendered objects against schemas: good and bad objects side by side."""

import pytest

from helmpy.errors import ManifestError, UsageError
from helmpy.schemas import lifecycle
from helmpy.schemas.check import check, field_text
from helmpy.schemas.positions import field_lines, line_of

POD = """apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
  - name: c
    image: i
"""
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec: {containers: [{name: c}]}
"""
CRD = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: foos.example.com}
spec:
  group: example.com
  names: {kind: Foo, plural: foos}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        required: [spec]
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer, minimum: 1}
              color: {type: string, enum: [red, green]}
              code: {type: string, pattern: "(?i)^[a-z]+$"}
              port: {x-kubernetes-int-or-string: true}
              note: {type: string, nullable: true}
              any: {type: object, x-kubernetes-preserve-unknown-fields: true}
              labels: {type: object, additionalProperties: {type: string}}
              inner: {type: object, x-kubernetes-embedded-resource: true, properties: {spec: {type: object}}}
  - {name: v2, served: true, storage: false}
  - {name: v0, served: false, storage: false, schema: {openAPIV3Schema: {type: object}}}
"""


def problems(text, version=(1, 36), crds=()):
    """(line, field, text) of each problem."""
    return [(one.line, one.field, one.text) for one in check({"t.yaml": text}, version, crds)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("", []),
        ("  replicas: 3", []),
        ("  replicas: 3.0", []),
        ("  replicas: null", []),
        ("  replicas: many", [(9, "spec.replicas", "expected integer, got string")]),
        ("  replicas: 3.5", [(9, "spec.replicas", "expected integer, got number")]),
        ("  replicas: true", [(9, "spec.replicas", "expected integer, got boolean")]),
        ("  replicas: 3000000000", [(9, "spec.replicas", "3000000000 does not fit into 32 bits")]),
        ('  paused: "true"', [(9, "spec.paused", "expected boolean, got string")]),
        ("  replica: 3", [(9, "spec.replica", 'unknown field; did you mean "replicas"?')]),
        ("  zzz: 3", [(9, "spec.zzz", "unknown field")]),
        ("  strategy: [1]", [(9, "spec.strategy", "expected object, got array")]),
        ("  strategy: {rollingUpdate: {maxSurge: 25%, maxUnavailable: 1}}", []),
        (
            "  strategy:\n    rollingUpdate:\n      maxSurge: 1.5",
            [(11, "spec.strategy.rollingUpdate.maxSurge", "expected integer or string, got number")],
        ),
    ],
)
def test_fields_of_a_deployment(fields, expected):
    assert problems(DEPLOYMENT + fields) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("    resources: {limits: {cpu: 500m, memory: 1.5Gi, x: 2, y: 0.5}}", []),
        (
            "    resources: {limits: {cpu: lots}}",
            [(8, "spec.containers[0].resources.limits.cpu", '"lots" is no quantity (such as 500m, 2 or 1.5Gi)')],
        ),
        (
            "    resources: {limits: {cpu: [1]}}",
            [(8, "spec.containers[0].resources.limits.cpu", "expected quantity, got array")],
        ),
        ("    env: [{name: a, value: 1}]", [(8, "spec.containers[0].env[0].value", "expected string, got integer")]),
        (
            "    env:\n    - value: x\n    - name: b\n      vlaue: y",
            [
                (9, "spec.containers[0].env[0].name", "required field is missing"),
                (11, "spec.containers[0].env[1].vlaue", 'unknown field; did you mean "value"?'),
            ],
        ),
    ],
)
def test_fields_of_a_container(fields, expected):
    assert problems(POD + fields) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1", [(1, "apiVersion", "required field is missing"), (1, "kind", "required field is missing")]),
        ("- 1", [(1, "", "expected object, got array")]),
        ("apiVersion: v1\nkind: Pod", []),
        ("apiVersion: v1\nkind: Secret\ndata: {a: eA==}\ntype: Opaque", []),
        ("apiVersion: v1\nkind: Secret\ndata: {a: 'x y'}", [(3, "data.a", "value is not base64")]),
        ("apiVersion: v1\nkind: ConfigMap\ndata: {a.b: 1}", [(3, "data[a.b]", "expected string, got integer")]),
        ("apiVersion: v1\nkind: Secret\nmetadata: {creationTimestamp: today}", None),
        (
            "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  dta: {}",
            [(6, "items[0].dta", 'unknown field; did you mean "data"?')],
        ),
        ("apiVersion: x.dev/v1\nkind: X", [(2, "kind", "no schema for x.dev/v1 X")]),
        (
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nroleRef: {kind: Role, name: r}",
            [],
        ),
    ],
)
def test_documents(text, expected):
    found = problems(text)
    if expected is None:
        assert [one[1] for one in found] == ["metadata.creationTimestamp"]
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("size: 1", []),
        ("size: 1\n  color: red\n  code: AB\n  port: http\n  note: null\n  any: {x: {y: 1}}\n  labels: {a: b}", []),
        ("size: 1\n  inner: {apiVersion: v1, kind: X, metadata: {name: x}, spec: {}}", []),
        ("size: 0", [(4, "spec.size", "0 is less than the minimum of 1")]),
        ("size: one", [(4, "spec.size", "expected integer, got string")]),
        ("color: red", [(3, "spec.size", "required field is missing")]),
        ("size: 1\n  colour: red", [(5, "spec.colour", 'unknown field; did you mean "color"?')]),
        ("size: 1\n  color: blue", [(5, "spec.color", '"blue" is not one of "red" or "green"')]),
        ("size: 1\n  code: a1", [(5, "spec.code", "does not match the pattern (?i)^[a-z]+$")]),
        ("size: 1\n  port: 1.5", [(5, "spec.port", "expected integer or string, got number")]),
        ("size: 1\n  labels: {a: 1}", [(5, "spec.labels.a", "expected string, got integer")]),
        ("size: 1\n  inner: {metadata: {}, x: 1}", [(5, "spec.inner.x", "unknown field")]),
    ],
)
@pytest.mark.parametrize("beside", [True, False], ids=["in the files", "of the chart"])
def test_custom_resources(spec, expected, beside):
    text = f"apiVersion: example.com/v1\nkind: Foo\nspec:\n  {spec}\n"
    found = problems(f"{text}---\n{CRD}") if beside else problems(text, crds=[CRD])
    assert found == expected


@pytest.mark.parametrize(("version", "found"), [("v1", 1), ("v2", 0), ("v0", 1)])
def test_versions_of_a_custom_resource(version, found):
    assert len(problems(f"apiVersion: example.com/{version}\nkind: Foo\nspex: 1", crds=[CRD])) >= found


def test_a_broken_schema_is_named_and_no_more():
    broken = CRD.replace("type: integer", "type: 7")
    found = problems("apiVersion: example.com/v1\nkind: Foo\nspec: {size: 1}", crds=[broken])
    assert found == [(1, "", "the schema in the CustomResourceDefinition is not valid")]


@pytest.mark.parametrize(
    ("api_version", "kind", "version", "text", "is_error"),
    [
        (
            "networking.k8s.io/v1beta1",
            "Ingress",
            (1, 30),
            "networking.k8s.io/v1beta1 Ingress was removed in Kubernetes 1.22; use networking.k8s.io/v1 Ingress",
            True,
        ),
        (
            "policy/v1beta1",
            "PodSecurityPolicy",
            (1, 30),
            "policy/v1beta1 PodSecurityPolicy was removed in Kubernetes 1.25",
            True,
        ),
        (
            "autoscaling/v2beta2",
            "HorizontalPodAutoscaler",
            (1, 25),
            "",
            True,
        ),
        (
            "flowcontrol.apiserver.k8s.io/v1beta3",
            "FlowSchema",
            (1, 30),
            (
                "flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema is deprecated in v1.29+, unavailable in v1.32+; "
                "use flowcontrol.apiserver.k8s.io/v1 FlowSchema"
            ),
            False,
        ),
        (
            "resource.k8s.io/v1",
            "DeviceClass",
            (1, 30),
            "resource.k8s.io/v1 DeviceClass is not in Kubernetes 1.30; it came with 1.34",
            False,
        ),
    ],
)
def test_kinds_come_and_go(api_version, kind, version, text, is_error):
    found = check({"t.yaml": f"apiVersion: {api_version}\nkind: {kind}\n"}, version)
    shown = [(one.text, one.is_error) for one in found if one.path in (("apiVersion",), ("kind",))]
    assert shown == ([(text, is_error)] if text else [])


def test_removals_name_what_to_use():
    assert lifecycle.removal("batch/v1", "CronJob", (1, 36)) == ""
    assert lifecycle.removal("batch/v1beta1", "CronJob", (1, 24)) == ""
    assert lifecycle.removal("batch/v1beta1", "CronJob", (1, 25)).endswith("1.25; use batch/v1 CronJob")


def test_lines_count_through_all_documents():
    assert problems("\n# first\n---\n" + POD + "---\n\n" + POD.replace("image", "imag")) == [
        (19, "spec.containers[0].imag", 'unknown field; did you mean "image"?')
    ]


def test_refusals():
    with pytest.raises(UsageError, match=r"no schemas for Kubernetes 1.9: there are those of 1.25 to"):
        check({}, (1, 9))
    with pytest.raises(ManifestError, match=r"YAML parse error on t.yaml: error converting YAML to JSON"):
        check({"t.yaml": "a: b: c"}, (1, 36))


def test_lines_of_fields():
    lines = field_lines(
        "a: 1\nb:\n  c:\n  - x: 1\n    y: |\n      z\n  - [1,\n     2]\nd: &x {e: 1}\nf: *x\n? [k]\n: v\n"
    )
    assert [lines[path] for path in [("a",), ("b",), ("b", "c", 0, "x"), ("b", "c", 0, "y"), ("b", "c", 1, 1)]] == [
        1,
        2,
        4,
        5,
        8,
    ]
    assert lines["d", "e"] == 9
    assert line_of(lines, ("b", "c", 0, "nope", "deeper")) == 4


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("spec", "containers", 0, "image"), "spec.containers[0].image"),
        (("metadata", "labels", "a.b/c"), "metadata.labels[a.b/c]"),
        ((), ""),
    ],
)
def test_fields_are_written_as_kubernetes_does(path, text):
    assert field_text(path) == text
