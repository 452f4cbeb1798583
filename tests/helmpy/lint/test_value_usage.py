"""`lint --check-values`: values that nobody reads, and values that are read but never there."""

import pytest

from helmpy import lint
from helmpy.values.sources import ValueSources

CHART = "apiVersion: v2\nname: c\nversion: 1.0.0\nicon: http://x.dev/i.png\n"


def findings(tree, files, values=None, sources=None):
    """What --check-values adds: (path, text) of each message."""
    tree({"Chart.yaml": CHART, **files}, "c")
    plain = lint.run("c", values or {})
    checked = lint.run("c", values or {}, check_values=True, sources=sources or ValueSources())
    assert checked.messages[: len(plain.messages)] == plain.messages
    return [(message.path, message.text) for message in checked.messages[len(plain.messages) :]]


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(files, top):
        for name, text in files.items():
            path = tmp_path / top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return write


@pytest.mark.parametrize(
    "template",
    [
        "{{ .Values.m.k }}",
        "{{ if .Values.m.k }}a: 1{{ end }}",
        "{{ if false }}{{ .Values.m.k }}{{ end }}",
        "{{ toYaml .Values.m }}",
        "{{ .Values | toYaml }}",
        "{{ toYaml . }}",
        "{{ with .Values.m }}{{ .k }}{{ end }}",
        "{{ with .Values.m }}{{ $.Values.m.k }}{{ end }}",
        "{{ range .Values.m }}{{ . }}{{ end }}",
        "{{ range $key, $value := .Values.m }}{{ $value }}{{ end }}",
        "{{ range $key, $value := .Values.m }}{{ $key }}{{ end }}",
        '{{ index .Values "m" "k" }}',
        "{{ index .Values.m .Release.Name }}",
        '{{ get .Values.m "k" }}',
        '{{ dig "m" "k" "" .Values }}',
        '{{ dig "m" "k" "" (.Values | merge (dict)) }}',
        '{{ pluck "k" .Values.m | first }}',
        '{{ if hasKey .Values.m "k" }}a: 1{{ end }}',
        "{{ values .Values.m | first }}",
        "{{ keys .Values.m | first }}",
        "{{ $m := .Values.m }}{{ $m.k }}",
        "{{ $m := dict }}{{ range .Values.m }}{{ $m = . }}{{ end }}{{ $m }}",
        "{{ $c := .Values.m.k | default 1 }}{{ $c }}",
        "{{ $c := coalesce .Values.m.k 1 }}{{ $c }}",
        "{{ ternary .Values.m.k 1 true }}",
        '{{ include "t" . }}{{ define "t" }}{{ .Values.m.k }}{{ end }}',
        '{{ template "t" .Values.m }}{{ define "t" }}{{ .k }}{{ end }}',
        '{{ include "t" (dict "top" $ "k" 1) }}{{ define "t" }}{{ .top.Values.m.k }}{{ end }}',
        '{{ include "t" (list . 1) }}{{ define "t" }}{{ $top := index . 0 }}{{ $top.Values.m.k }}{{ end }}',
        '{{ include (print "t") . }}{{ define "t" }}{{ .Values.m.k }}{{ end }}',
        '{{ include "t" (merge (dict "a" 1) .) }}{{ define "t" }}{{ .Values.m.k }}{{ end }}',
        '{{ $x := dict }}{{ $_ := set $x "y" .Values.m }}{{ $x.y.k }}',
        '{{ tpl "{{ .Values.m.k }}" . }}',
        '{{ tpl (.Files.Get "f.txt") . }}',
        "{{ tpl .Values.text . }}",
        '{{ required "k" .Values.m.k }}',
        "{{ (.Values.m).k }}",
        "{{ mustDeepCopy .Values.m | toJson }}",
        "{{ .Values.AsMap }}",
    ],
)
def test_every_way_to_read_a_value(template, tree):
    files = {
        "templates/t.yaml": template,
        "values.yaml": "m: {k: 1}\ntext: '{{ .Values.m.k }}'\n",
        "f.txt": "{{ .Values.m.k }}",
    }
    assert [text for _, text in findings(tree, files) if '"text"' not in text] == []


@pytest.mark.parametrize(
    ("template", "values", "found"),
    [
        ("a: 1", "a: 1", [("values.yaml", 'no template reads "a"')]),
        ("a: {{ .Values.m.a }}", "m: {a: 1, b: 2}", [("values.yaml", 'no template reads "m.b"')]),
        ("a: 1", "m: {a: 1, b: {c: 2}}", [("values.yaml", 'no template reads "m"')]),
        ("{{ with .Values.m }}a: 1{{ end }}", "m: {a: 1}", [("values.yaml", 'no template reads "m.a"')]),
        ("{{ with .Values.m }}a: {{ .b }}{{ end }}", "m: {a: 1, b: 2}", [("values.yaml", 'no template reads "m.a"')]),
        (
            "a: {{ .Values.replicas | default 1 }}",
            "replica: 1",
            [("values.yaml", 'no template reads "replica"; did you mean "replicas"?')],
        ),
        ("a: {{ .Values.a }}", "a: []\nb: {}", [("values.yaml", 'no template reads "b"')]),
        ("a: 1", "x-anchor: {a: 1}\n_b: 1\nglobal: {a: 1}", []),
        ("{{/* .Values.a */}}", "a: 1", [("values.yaml", 'no template reads "a"')]),
        ('{{ define "unused" }}{{ .Values.a }}{{ end }}', "a: 1", [("values.yaml", 'no template reads "a"')]),
    ],
)
def test_values_that_nobody_reads(template, values, found, tree):
    assert findings(tree, {"templates/t.yaml": template, "values.yaml": values}) == found


@pytest.mark.parametrize(
    ("template", "values", "found"),
    [
        ("a: {{ .Values.a }}", "a: 1", None),
        ("a: {{ .Values.nam }}", "name: x", "line 1 reads .Values.nam, which nothing sets; did you mean .Values.name?"),
        ("\na: {{ .Values.m.b }}", "m: {a: 1}", "line 2 reads .Values.m.b, which nothing sets"),
        ("a: {{ .Values.m.b.c }}", "m: {a: 1}", "line 1 reads .Values.m.b, which nothing sets"),
        ("a: {{ .Values.b | quote }}", "a: 1", "line 1 reads .Values.b, which nothing sets"),
        ("a: {{ .Values.b }}", "a: 1\n# b: 2\n", None),
        ("a: {{ .Values.b }}", "b:\n", None),
        ("a: {{ .Values.m.b }}", "m: {}", None),
        ("a: {{ .Values.b | default 1 }}", "a: 1", None),
        ("a: {{ default 1 .Values.b }}", "a: 1", None),
        ("{{ if .Values.b }}a: {{ .Values.b }}{{ end }}", "a: 1", None),
        ("{{ if and .Values.a .Values.b }}a: {{ .Values.b.c }}{{ end }}", "a: 1", None),
        ('{{ if hasKey .Values "b" }}a: {{ .Values.b }}{{ end }}', "a: 1", None),
        ("{{ with .Values.b }}a: {{ .c }}{{ end }}", "a: 1", None),
        ("a: {{ .Values.global.b }}", "a: 1", None),
        ('{{ $_ := set .Values "b" 1 }}a: {{ .Values.b }}', "a: 1", None),
        ("a: {{ .Values.b }}", "a: 1\nschema: true", "line 1 reads .Values.b, which nothing sets"),
    ],
)
def test_values_that_are_not_there(template, values, found, tree):
    messages = dict(findings(tree, {"templates/t.yaml": template, "values.yaml": values}))
    assert messages.get("templates/t.yaml") == found


def test_values_that_the_schema_names_may_be_absent(tree):
    files = {
        "templates/t.yaml": "a: {{ .Values.b }}\nc: {{ .Values.c }}\n",
        "values.schema.json": '{"properties": {"b": {"type": "integer"}}}',
        "values.yaml": "{}",
    }
    assert findings(tree, files) == [("templates/t.yaml", "line 2 reads .Values.c, which nothing sets")]


def test_values_of_the_user_are_warned_of_by_flag(tree):
    files = {
        "templates/t.yaml": "a: {{ .Values.replicas }}",
        "values.yaml": "replicas: 1",
        "../prod.yaml": "relicas: 2",
    }
    sources = ValueSources(values=("prod.yaml",), set=("password=x",))
    assert findings(tree, files, {"relicas": 2, "password": "x"}, sources) == [
        ("-f prod.yaml", 'no template reads "relicas"; did you mean "replicas"?'),
        ("--set (hidden)", 'no template reads "password"'),
    ]
    strict = lint.run("c", {"relicas": 2}, strict=True, check_values=True)
    assert strict.failed


def test_subcharts(tree):
    sub = {
        "charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
        "charts/sub/values.yaml": "own: 1\n",
        "charts/sub/templates/t.yaml": "a: {{ .Values.a }}\nb: {{ .Values.nothing }}\ng: {{ .Values.global.g }}\n",
        "charts/idle/Chart.yaml": "apiVersion: v2\nname: idle\nversion: 1.0.0\n",
        "Chart.yaml": CHART + "dependencies:\n- {name: sub, version: '*', condition: sub.enabled, tags: [t]}\n"
        "- {name: idle, version: '*', condition: idle.enabled}\n",
        "values.yaml": "sub: {a: 1, b: 2, enabled: true, global: {x: 1}}\nidle: {enabled: false, z: 1}\ntags: {t: true}\n",
        "templates/t.yaml": "a: {{ .Values.sub.c | default 1 }}",
    }
    assert findings(tree, sub) == [("values.yaml", 'no template reads "sub.b"')]


def test_jinja_charts_are_read_by_name(tree):
    files = {
        "templates/t.yaml.j2": "a: {{ Values.a }}\n{% for x in Values.m.list %}- {{ x }}{% endfor %}\nb: {{ Values['b-c'].d }}\n",
        "values.yaml": "a: 1\nm: {list: [1], other: 2}\nb-c: {d: 1}\n",
    }
    assert findings(tree, files) == [("values.yaml", 'no template reads "m.other"')]


def test_templates_that_cannot_be_parsed_are_left_to_the_other_rules(tree):
    assert findings(tree, {"templates/t.yaml": "{{ if }}", "values.yaml": "a: 1"}) == []


def test_endless_recursion_ends(tree):
    loop = '{{ define "t" }}{{ include "t" (dict "in" .) }}{{ end }}{{ include "t" .Values }}'
    assert findings(tree, {"templates/t.yaml": "{{ if false }}" + loop + "{{ end }}", "values.yaml": "a: 1"}) == []
