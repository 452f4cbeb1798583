"""Explanations of errors, and `--validate-schema`: whole messages, kept in files (`--update-golden` rewrites them)."""

import pytest

CHART = "apiVersion: v2\nname: c\nversion: 1.0.0\nicon: http://x.dev/i.png\n"
HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n"
VALUES = "name: web\nimage: {repository: nginx}\npassword: old\n"
HELPER = '{{- define "name" -}}\n{{ .Values.name }}\n{{- end }}'
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {a: b}}
  template:
    metadata:
      labels: {a: b}
    spec:
      containers:
      - name: web
        imagePullPolice: Always
        {{- with .Values.resources }}
        resources:
          {{- toYaml . | nindent 10 }}
        {{- end }}
---
apiVersion: networking.k8s.io/v1beta1
kind: Ingress
metadata: {name: web}
---
apiVersion: x.dev/v1
kind: Other
metadata: {name: web}
"""
SUB = {"charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 1.0.0\n"}
ERRORS = {
    "not-yaml": ({"t.yaml": HEAD + "data:\n  a: 1\n  k: {{ .Values.name }}\n  z: 1\n"}, ["-f", "bad.yaml"]),
    "not-yaml-second-document": (
        {"t.yaml": f"{HEAD}---\n{HEAD}data:\n  k: {{{{ .Values.name }}}}\n"},
        ["-f", "bad.yaml"],
    ),
    "not-yaml-in-a-helper": (
        {"t.yaml": HEAD + 'data:\n  k: {{ include "name" . }}\n', "_h.tpl": HELPER},
        ["--set", "name=a: b"],
    ),
    "bad-indent": ({"t.yaml": HEAD + "  labels:\n  {{- toYaml .Values.image | nindent 1 }}\n a: 1\n"}, []),
    "not-an-object": ({"t.yaml": "{{ .Values.name }}"}, []),
    "wrong-type-of-name": ({"t.yaml": "kind: ConfigMap\nmetadata:\n  name: {{ toJson .Values.image }}\n"}, []),
    "wrong-type-of-annotation": (
        {"t.yaml": "metadata:\n  annotations:\n    a: ok\n    b: {{ toJson .Values.image }}\n"},
        [],
    ),
    "secret": ({"t.yaml": "kind: Secret\nstringData:\n  k: {{ .Values.name }}\n"}, ["--set", "name=a: b"]),
    "secret-name": ({"t.yaml": HEAD + "data: {{ .Values.password }}\n"}, ["--set", "password=a: b: c"]),
    "nil-pointer": ({"t.yaml": HEAD + "data:\n  k: {{ .Values.imag.tag }}\n"}, []),
    "nil-pointer-in-a-subchart": (
        {
            "../charts/sub/templates/t.yaml": HEAD + "data:\n  k: {{ .Values.a.b.c }}\n",
            **{f"../{k}": v for k, v in SUB.items()},
        },
        ["--set", "sub.x=1"],
    ),
    "no-map": ({"t.yaml": HEAD + "data:\n  k: {{ .Values.name.first }}\n"}, ["--set", "name=x"]),
    "required": ({"t.yaml": HEAD + 'data:\n  k: {{ required "set a name!" .Values.nam }}\n'}, []),
    "schema": (
        {
            "t.yaml": HEAD,
            "../values.schema.json": '{"properties": {"name": {"type": "integer"}, "password": {"maxLength": 1}}}',
        },
        ["--set", "password=longer"],
    ),
}
SCHEMAS = {
    "types": ({"t.yaml": DEPLOYMENT}, ["--set", "replicas=many", "-f", "resources.yaml"]),
    "strict": ({"t.yaml": "apiVersion: x.dev/v1\nkind: Other\n"}, ["--strict"]),
    "version": (
        {"t.yaml": "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: x}\n"},
        ["--kube-version", "1.25"],
    ),
    "no-version": ({"t.yaml": HEAD}, ["--kube-version", "1.9"]),
    "secret": (
        {"t.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData:\n  a: {{ .Values.n }}\n"},
        ["--set", "n=12345"],
    ),
    "subchart": (
        {
            "../charts/sub/templates/t.yaml": HEAD + "data:\n  k: {{ .Values.n }}\n",
            **{f"../{k}": v for k, v in SUB.items()},
        },
        ["--set", "sub.n=1"],
    ),
}


@pytest.fixture
def chart(home, write_tree, monkeypatch):
    """Writes a chart `c` with these templates, and two files of values."""
    monkeypatch.delenv("HELMPY_EXPLAIN", raising=False)

    def write(templates):
        files = {"Chart.yaml": CHART, "values.yaml": VALUES}
        files |= {f"templates/{name}": text for name, text in templates.items()}
        write_tree(home / "c", files)
        write_tree(
            home, {"bad.yaml": "name: 'a: b'\n", "resources.yaml": "resources: {limits: {cpu: [1]}, requsts: {}}\n"}
        )

    return write


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_explained_behind_helms_words(name, chart, run_cli, golden):
    templates, flags = ERRORS[name]
    chart(templates)
    plain = run_cli("template", "r", "c", *flags)
    explained = run_cli("template", "r", "c", *flags, "--explain-errors")
    assert plain.exit == explained.exit == 1
    assert explained.stderr.startswith(plain.stderr)
    golden(f"../../golden/explain/{name}.txt", explained.stderr)


@pytest.mark.parametrize("name", SCHEMAS)
def test_objects_are_checked_against_schemas(name, chart, run_cli, golden):
    templates, flags = SCHEMAS[name]
    chart(templates)
    assert run_cli("template", "r", "c", *flags[:0]).exit == 0
    checked = run_cli("template", "r", "c", *flags, "--validate-schema")
    assert (checked.exit, checked.stdout) == (1, "")
    golden(f"../../golden/explain/schema-{name}.txt", checked.stderr)


def test_sound_objects_are_printed(chart, run_cli):
    chart({"t.yaml": HEAD})
    assert run_cli("template", "r", "c", "--validate-schema") == run_cli("template", "r", "c")


@pytest.mark.parametrize(
    ("variable", "flags", "explains"),
    [
        ("", [], False),
        ("1", [], True),
        ("0", [], False),
        ("1", ["--explain-errors=false"], False),
        ("0", ["--explain-errors"], True),
    ],
)
def test_when_errors_are_explained(variable, flags, explains, chart, run_cli, monkeypatch):
    chart({"t.yaml": "{{ .Values.name }}"})
    monkeypatch.setenv("HELMPY_EXPLAIN", variable)
    assert ("was written by" in run_cli("template", "r", "c", *flags).stderr) == explains


def test_installs_are_explained_too(chart, run_cli):
    chart({"t.yaml": "{{ .Values.name }}"})
    error = run_cli("install", "r", "c", "--ephemeral", "--explain-errors").stderr
    assert error.startswith("Error: INSTALLATION FAILED: YAML parse error on c/templates/t.yaml: ")
    assert '.Values.name = "web", set by c/values.yaml' in error


def test_lint_reports_schemas_and_values_on_request(chart, run_cli, golden):
    chart({"t.yaml": DEPLOYMENT})
    flags = ["--set", "replicas=many,relicas=1", "-f", "resources.yaml"]
    plain = run_cli("lint", "c", *flags)
    found = run_cli("lint", "c", *flags, "--validate-schema", "--check-values")
    assert (plain.exit, found.exit) == (0, 1)
    golden("../../golden/explain/lint.txt", found.stdout + found.stderr)
