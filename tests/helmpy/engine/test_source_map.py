"""Source maps: which template line wrote which line of output, and what values it read."""

from pathlib import Path

import pytest

from helmpy.chart import loader
from helmpy.engine import capabilities, render, source_map
from helmpy.engine.origins import values_read
from helmpy.testing import make_chart
from helmpy.values import dependencies

EXAMPLES = sorted(Path(__file__).parents[3].glob("example_charts/*/Chart.yaml"))
VALUES = """
name: web
x: 3
labels: {a: b}
ports: [{name: http, port: 80}, {name: admin, port: 81}]
resources: {limits: {cpu: 1}}
text: "{{ .Values.name }}-x"
"""
HELPERS = """{{- define "labels" -}}
app: {{ .Values.name }}
{{- range $key, $value := .Values.labels }}
{{ $key }}: {{ $value }}
{{- end }}
{{- end -}}
{{- define "name" }}{{ .Values.name | upper }}{{ end -}}
"""


def render_twice(chart):
    """(what is rendered, the maps of a second rendering)."""
    known = capabilities.default(None)
    dependencies.process(chart, {})
    contexts = [render.render_values(chart, {}, render.ReleaseOptions("r", "d"), known) for _ in range(2)]
    return render.render(chart, contexts[0]), source_map.trace(chart, contexts[1], render.EngineOptions())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_a_map_holds_the_rendered_text(path):
    rendered, maps = render_twice(loader.load(path.parent))
    assert {name: found.text for name, found in maps.items()} == rendered
    for found in maps.values():
        for number, line in enumerate(found.text.split("\n"), 1):
            assert bool(found.origins(number)) == bool(line.strip())


@pytest.mark.parametrize(
    ("template", "line", "places", "reads"),
    [
        ("a: 1\nb: 2\n", 2, ["x.yaml:2:0"], []),
        ("a: {{ .Values.x }}", 1, ["x.yaml:1:6"], ["x"]),
        ("é: {{ .Values.x }}", 1, ["x.yaml:1:7"], ["x"]),
        ("{{ $n := .Values.x }}\na: {{ $n }}", 2, ["x.yaml:2:6"], ["x"]),
        ("a: {{ .Values.name }}:{{ .Values.x }}", 1, ["x.yaml:1:25"], ["name", "x"]),
        ('a:{{ include "labels" . | nindent 2 }}', 2, ["x.yaml:1:5", "_h.tpl:2:8"], ["name"]),
        ('a:{{ include "labels" . | nindent 2 }}', 3, ["x.yaml:1:5", "_h.tpl:4:15"], ["labels"]),
        ('a: {{ include "name" . | quote }}', 1, ["x.yaml:1:6", "_h.tpl:7:23"], ["name"]),
        ('{{ $x := include "name" . }}\na: {{ $x }}', 2, ["x.yaml:2:6", "_h.tpl:7:23"], ["name"]),
        ('{{ template "name" . }}', 1, ["_h.tpl:7:23"], ["name"]),
        ("{{ range .Values.ports }}\n- {{ .port }}\n{{ end }}", 4, ["x.yaml:2:5"], ["ports.1.port"]),
        ("{{ with .Values.resources }}\n{{ toYaml . }}\n{{ end }}", 3, ["x.yaml:2:3"], ["resources"]),
        ("{{ with .Values.x }}\na: {{ . }}\n{{ end }}", 2, ["x.yaml:2:6"], ["x"]),
        ('a: {{ index .Values "labels" "a" }}', 1, ["x.yaml:1:6"], ["labels.a"]),
        ('a: {{ get .Values.labels "a" }}', 1, ["x.yaml:1:6"], ["labels.a"]),
        ('a: {{ dig "limits" "cpu" 0 .Values.resources }}', 1, ["x.yaml:1:6"], ["resources.limits.cpu"]),
        ("a: {{ tpl .Values.text . }}", 1, ["x.yaml:1:6", "gotpl:1:3"], ["name"]),
        ("a: {{ .Values.nope }}", 1, ["x.yaml:1:6"], ["nope"]),
        ("a: {{ .Release.Name }}", 1, ["x.yaml:1:6"], []),
    ],
)
def test_a_line_leads_to_its_template_and_values(template, line, places, reads):
    chart = make_chart("c", templates={"x.yaml": template, "_h.tpl": HELPERS}, values__yaml=VALUES)
    origins = render_twice(chart)[1]["c/templates/x.yaml"].origins(line)
    assert [origin.location.removeprefix("c/templates/") for origin in origins] == places
    assert [".".join(path) for path in values_read(origins)] == reads


def test_values_of_subcharts_have_the_path_of_the_root_chart():
    chart = make_chart("c", values__yaml="sub: {a: 1}\n")
    chart.add(make_chart("sub", templates={"x.yaml": "a: {{ .Values.a }}\ng: {{ .Values.global.g }}\n"}))
    found = render_twice(chart)[1]["c/charts/sub/templates/x.yaml"]
    assert values_read(found.origins(1)) == (("sub", "a"),)
    assert found.origins(1)[0].location == "c/charts/sub/templates/x.yaml:1:6"


def test_jinja_lines_and_loops():
    text = "a: 1\nb: {{ Values.x }}\n{% for port in Values.ports %}\n- {{ port.name }}\n{% endfor %}\nc: 2\n"
    chart = make_chart("c", templates={"x.yaml.j2": text}, values__yaml=VALUES)
    found = render_twice(chart)[1]["c/templates/x.yaml.j2"]
    shown = {line: found.origins(number) for number, line in enumerate(found.text.split("\n"), 1) if line}
    assert [(line, origins[0].line, values_read(origins)) for line, origins in shown.items()] == [
        ("a: 1", 1, ()),
        ("b: 3", 2, (("x",),)),
        ("- http", 4, (("ports",),)),
        ("- admin", 4, (("ports",),)),
        ("c: 2", 6, ()),
    ]


def test_files_before_a_failure_are_mapped():
    chart = make_chart("c", templates={"b.yaml": "b: 1", "a.yaml": '{{ fail "no" }}'})
    context = render.render_values(chart, {}, render.ReleaseOptions("r", "d"), capabilities.default(None))
    assert list(source_map.trace(chart, context, render.EngineOptions())) == ["c/templates/b.yaml"]
