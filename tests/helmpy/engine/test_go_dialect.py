"""Charts in Go templates: include, tpl, required and the others, and how deep and long things may get."""

from collections.abc import Callable
from typing import Any

import pytest

from helmpy.engine.render import EngineOptions
from helmpy.errors import TemplateError
from helmpy.golang.types import GoError

Show = Callable[..., str]
HELPERS = {
    "templates/_h.tpl": '{{ define "up" }}{{ . | upper }}{{ end }}{{ define "nn" }}[{{ .Values.nope }}]{{ end }}'
}


@pytest.mark.parametrize(
    ("template", "output"),
    [
        ('{{ include "up" "a" }}{{ include "up" "b" | quote }}', 'A"B"'),
        ('{{ include "nn" . | len }}{{ include "nn" . }}', "12[]"),
        ('{{ "<no value>" }}{{ .Values.nope }}', ""),
        ('{{ tpl "{{ .x }}{{ $.x }}{{ .y }}" (dict "x" 1) }}', "11"),
        ('{{ tpl "plain <no value>" . }}', "plain "),
        (
            '{{ tpl `{{ define "loc" }}L{{ end }}{{ include "loc" . }}{{ tpl "{{ include \\"loc\\" . }}" . }}` . }}',
            "LL",
        ),
        ('{{ tpl `{{ define "up" }}mine{{ end }}{{ include "up" "a" }}` . }}{{ include "up" "a" }}', "mineA"),
        ('{{ required "m" 0 }}{{ required "m" false }}{{ required "m" (list) }}', "0false[]"),
        ('{{ lookup "v1" "Pod" "" "" }}{{ getHostByName "localhost" }}', "map[]"),
        ("{{ .Template.Name }} {{ .Template.BasePath }} {{ .Release.Name }}", "c/templates/t.yaml c/templates rel"),
    ],
)
def test_output(template: str, output: str, show: Show) -> None:
    """The functions that belong to one run."""
    assert show(template, **HELPERS) == output


@pytest.mark.parametrize(
    ("template", "error"),
    [
        ('{{ fail "no" }}', "execution error at (c/templates/t.yaml:1:3): no"),
        ('\n {{ required "need x" .Values.x }}', "execution error at (c/templates/t.yaml:2:4): need x"),
        ('{{ required "m" "" }}', "execution error at (c/templates/t.yaml:1:3): m"),
        (
            '{{ include "up" 1 }}',
            (
                'c/templates/t.yaml:1:3\n  executing "c/templates/t.yaml" at <include "up" 1>:\n    '
                'error calling include:\nc/templates/_h.tpl:1:24\n  executing "up" at <upper>:\n    '
                "wrong type for value; expected string; got int"
            ),
        ),
        ("{{ if }}", "parse error at (c/templates/t.yaml:1): missing value for if"),
        (
            '{{ tpl "{{ if }}" . }}',
            (
                'template: c/templates/t.yaml:1:3: executing "c/templates/t.yaml" at '
                '<tpl "{{ if }}" .>: error calling tpl: cannot parse template "{{ if }}": template: gotpl:1: missing value for if'
            ),
        ),
        (
            '{{ tpl "{{ upper 1 }}" . }}',
            (
                'template: c/templates/t.yaml:1:3: executing "c/templates/t.yaml" at '
                '<tpl "{{ upper 1 }}" .>: error calling tpl: error during tpl function execution for "{{ upper 1 }}": '
                'template: gotpl:1:9: executing "gotpl" at <1>: expected string; found 1'
            ),
        ),
        (
            '{{ tpl `{{ define "loc" }}{{ end }}` . }}{{ include "loc" . }}',
            (
                "c/templates/t.yaml:1:44\n  executing "
                '"c/templates/t.yaml" at <include "loc" .>:\n    error calling include:\n'
                'template: no template "loc" associated with template "gotpl"'
            ),
        ),
    ],
)
def test_errors(template: str, error: str, show: Show) -> None:
    """Helm's words for what fails where."""
    with pytest.raises(TemplateError) as caught:
        show(template, **HELPERS)
    assert str(caught.value) == error


def test_endless_recursion(show: Show) -> None:
    """Includes and tpl texts that never end are errors."""
    with pytest.raises(
        TemplateError, match="rendering template has a nested reference name: r: unable to execute template"
    ):
        show('{{ define "r" }}{{ include "r" . }}{{ end }}{{ include "r" . }}')
    with pytest.raises(TemplateError, match="exceeded maximum template depth"):
        show("{{ tpl .Values.t . }}", values='t: "{{ tpl .Values.t . }}"')


def test_options(show: Show) -> None:
    """strict, lint, lookup and DNS."""
    with pytest.raises(TemplateError, match="map has no entry for key"):
        show("{{ .Values.x }}", options=EngineOptions(strict=True))
    with pytest.raises(TemplateError, match="map has no entry for key"):
        show('{{ tpl "{{ .Values.x }}" . }}', options=EngineOptions(strict=True))
    assert show('{{ required "m" nil }}{{ fail "m" }}-', options=EngineOptions(lint=True)) == "-"
    asked: list[Any] = []

    def lookup(*query: str) -> dict[str, Any]:
        asked.append(query)
        return {"metadata": {"name": "x"}}

    assert show('{{ (lookup "v1" "Pod" "ns" "x").metadata.name }}', options=EngineOptions(lookup=lookup)) == "x"
    assert asked == [("v1", "Pod", "ns", "x")]

    def broken(*query: str) -> dict[str, Any]:
        raise GoError("no such kind")

    with pytest.raises(TemplateError, match="error calling lookup: no such kind"):
        show('{{ lookup "v1" "P" "" "" }}', options=EngineOptions(lookup=broken))
    assert show('{{ getHostByName "127.0.0.1" }}', options=EngineOptions(enable_dns=True)) == "127.0.0.1"


def test_values_are_shared_between_a_subchart_and_its_parent(rendered: Callable[..., dict[str, str]]) -> None:
    """Subcharts run first; what they set, the parent sees, and `.Values` has methods in both."""
    files = rendered(
        {
            "charts/s/Chart.yaml": "apiVersion: v2\nname: s\nversion: 0.1.0\n",
            "charts/s/values.yaml": "t: {a: 1}\n",
            "charts/s/templates/s.yaml": '{{ $_ := set .Values "k" "K" }}{{ $_ := set .Values.AsMap "m" "M" }}'
            '{{ (.Values.Table "t").a }}{{ .Values.PathValue "t.a" }}{{ typeOf .Values }}{{ .Values.m }}',
            "templates/p.yaml": "{{ .Values.s.k }}{{ .Values.s.m }}{{ typeOf .Values.s }}{{ typeOf .Values }}",
        }
    )
    assert files == {
        "c/charts/s/templates/s.yaml": "11common.ValuesM",
        "c/templates/p.yaml": "KMmap[string]interface {}common.Values",
    }


def test_functions_that_take_a_map_return_values_as_a_plain_map(rendered: Callable[..., dict[str, str]]) -> None:
    """Go converts `.Values` to map[string]interface {} for a parameter of that type; it is still the same map."""
    files = rendered(
        {
            "values.yaml": "a: {b: 1}\nx: {}\nTable: 1\n",
            "charts/s/Chart.yaml": "apiVersion: v2\nname: s\nversion: 0.1.0\n",
            "charts/s/values.yaml": "k: 1\n",
            "charts/s/templates/s.yaml": '{{ $v := set .Values "k2" 2 }}{{ typeOf $v }} {{ dig "k" 0 $v }}'
            '{{ $_ := unset $v "k" }} {{ .Values | toJson }} {{ $v | toJson }}',
            "templates/p.yaml": '{{ $v := merge .Values }}{{ $_ := set .Values "n" 3 }}{{ $_ := set $v "m" 4 }}'
            '{{ $_ := unset .Values "x" }}{{ typeOf $v }} {{ dig "a" "b" 0 $v }} {{ $v.Table }} {{ typeOf .Values }} '
            "{{ default .Values | typeOf }} {{ deepCopy .Values | typeOf }} {{ $v | toJson }} {{ .Values | toJson }}",
        }
    )
    both = '{"Table":1,"a":{"b":1},"m":4,"n":3,"s":{"global":{},"k2":2}}'
    assert files == {
        "c/charts/s/templates/s.yaml": 'map[string]interface {} 1 {"global":{},"k2":2} {"global":{},"k2":2}',
        "c/templates/p.yaml": f"map[string]interface {{}} 1 1 common.Values common.Values common.Values {both} {both}",
    }


@pytest.mark.parametrize(
    ("template", "output"),
    [
        (
            '{{ .Files.Get "a.txt" }}|{{ .Files.Get "nope" }}|{{ .Files.nope }}|{{ index .Files "a.txt" | len }}',
            "1\n2\n||[]|4",
        ),
        ('{{ .Files.Lines "a.txt" | toJson }}{{ .Files.Lines "nope" }}', '["1","2"][]'),
        ('{{ (.Files.Glob "d/*").AsConfig }}', "b.md: B"),
        ('{{ (.Files.Glob "d/**").AsSecrets }}', "b.md: Qg==\nc.md: Qw=="),
        (
            '{{ len (.Files.Glob "*.{txt,md}") }}{{ len (.Files.Glob "[!b].txt") }}{{ len (.Files.Glob "?.tx[t]") }}',
            "111",
        ),
        ('{{ len (.Files.Glob "[") }}{{ (.Files.Glob "nope").AsConfig }}', "3{}"),
    ],
)
def test_files(template: str, output: str, show: Show) -> None:
    """`.Files` and its globs."""
    assert show(template, **{"a.txt": "1\n2\n", "d/b.md": "B", "d/e/c.md": "C"}) == output


def test_globs_take_no_time(show: Show) -> None:
    """A hostile pattern is matched in linear time."""
    assert show('{{ len (.Files.Glob (repeat 2000 "*a")) }}', **{"a" * 3000: ""}) == "1"
