"""Charts in Jinja2: what templates print, what they can call, how they fail, and what they cannot do."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helmpy.engine.jinja_dialect.functions import snake_case
from helmpy.engine.jinja_dialect.values import from_go, text
from helmpy.errors import TemplateError
from helmpy.golang import json

Render = Callable[..., dict[str, str]]
VALUES = """
num: 3
big: 1000000
half: 1.5
t: true
nothing: null
s: hello
l: [b, a, 2]
m: {x: 1, sub: {z: deep}}
odd: {items: 7, get: 8}
"""


@pytest.fixture
def show(rendered: Render) -> Callable[..., str]:
    """The output of one Jinja text, with further files of the chart if given."""

    def run(template: str, files: dict[str, Any] | None = None) -> str:
        tree = {"templates/t.yaml.j2": template, "values.yaml": VALUES, **(files or {})}
        return rendered(tree)["c/templates/t.yaml.j2"]

    return run


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        # printing
        ("{{ Values.num }} {{ Values.big }} {{ Values.half }}", "3 1000000 1.5"),
        ("{{ Values.t }} {{ 1 == 2 }} [{{ Values.nothing }}] [{{ Values.nope }}]", "true false [] []"),
        ("{{ Values.l }} {{ Values.m }} {{ (1, 2) }}", '["b","a",2] {"sub":{"z":"deep"},"x":1} [1,2]'),
        ("{{ Values.t ~ '-' ~ Values.num ~ Values.nothing }}", "true-3"),
        ("{{ [true, 1, 'x'] | join('-') }} {{ true | string }}", "true-1-x true"),
        ("{{ 7 / 2 }} {{ 6 / 2 }} {{ Values.num + 1 }} {{ 2.7 | round }}", "3.5 3 4 3"),
        ("{{ 1234567.8 | round }} {{ 2000000 | center(9) }}", "1234568  2000000 "),
        ("<b> & {{ '<b>' }}\n", "<b> & <b>\n"),
        # objects
        ("{{ Release.Name }}/{{ Release.Namespace }} {{ Release.IsInstall }}", "rel/ns true"),
        ("{{ Chart.Name }}-{{ Chart.Version }} {{ Template.Name }}", "c-0.1.0 c/templates/t.yaml.j2"),
        ("{{ Values.odd.items }} {{ Values.odd.get }} {{ Values.odd['items'] }}", "7 8 7"),
        ("{% for k, v in Values.m.sub.items() %}{{ k }}={{ v }}{% endfor %}", "z=deep"),
        ("{% for i in range(Values.num) %}{{ i }}{{ ',' if not loop.last }}{% endfor %}", "0,1,2"),
        ("{{ Capabilities.KubeVersion.Major }}.{{ Capabilities.kube_version.minor }}", "1.37"),
        ("{{ Capabilities.APIVersions.Has('apps/v1') }} {{ Capabilities.APIVersions.has('x/v1') }}", "true false"),
        ("{{ Files.Get('a.txt') }} {{ Files.get('a.txt') }} {{ Files['a.txt'] }}", "one one one"),
        ("{% for name, data in Files.items() %}{{ name }}={{ data }}{% endfor %}", "a.txt=one"),
        ("{{ Capabilities.APIVersions[0] }} {{ Values.l[0] }} {{ Values.s[0] }} {{ Values.l[9] }}", "v1 b h "),
        ("{{ Files.Glob('*.txt').AsConfig() }}", "a.txt: one"),
        ("{{ (to_date('2006-01-02', '2020-05-06')).Year() }}", "2020"),
        ("{{ semver('1.2.3').major() }} {{ semver('1.2.3') }}", "1 1.2.3"),
        # functions: globals take arguments in Go's order, filters take the last one from the left
        ("{{ trunc(2, Values.s) }} {{ Values.s | trunc(2) }} {{ Values.s | b64enc }}", "he he aGVsbG8="),
        ("{{ Values.m | toYaml }}|{{ Values.m | to_json }}", 'sub:\n  z: deep\nx: 1|{"sub":{"z":"deep"},"x":1}'),
        ("a:{{ Values.m.sub | toYaml | nindent(2) }}", "a:\n  z: deep"),
        ("{{ Values.nope | default('d') }} {{ default('d', Values.nope) }}", "d d"),
        ("{{ '' | default('d') }}|{{ '' | default('d', true) }}|{{ default('d', '') }}", "|d|d"),
        ("{{ list(1, 2) }} {{ dict('a', 1) }} {{ dict(a=1) }}", '[1,2] {"a":1} {"a":1}'),
        ("{{ quote(5) }} {{ 5 | quote }} {{ [3, 1] | sort }}", '"5" "5" [1,3]'),
        ("{{ add(Values.num, 2) }} {{ 2 | add(1) }} {{ until(3) }}", "5 3 [0,1,2]"),
        ("{{ semverCompare('>=1.20', '1.25.0') }} {{ regexReplaceAll('l+', 'hello', 'L') }}", "true heLo"),
        ("{{ merge({'a': 1}, {'b': 2}) }} {{ ternary('y', 'n', true) }}", '{"a":1,"b":2} y'),
        ("{{ Values.s | required('missing') }} {{ lookup('v1', 'Pod', '', '') }}", "hello {}"),
        ("{{ printf('%05d', 42) }} {{ len(Values.l) }} {{ fromYaml('a: 5').a + 1 }}", "00042 3 6"),
        # Go's definitions
        ("{{ include('go.name') }} {{ include('go.arg', {'x': 5}) }}", "rel-3 <5>"),
        ("{{ tpl('{{ .Values.s }}') }} {{ tpl('{{ .a }}', {'a': 1}) }}", "hello 1"),
        # Jinja's own
        ("{% import '_m.j2' as m %}{{ m.hi(Values.s) }}", "hi hello"),
        ("{% from 'templates/_m.j2' import hi %}{{ hi('x') }}", "hi x"),
        ("{% include 'c/templates/_i.j2' %}", "included in c/templates/t.yaml.j2 for rel"),
        ("{% extends '_base.j2' %}{% block body %}B{% endblock %}", "<B>"),
        ("{% for i in Values.l %}{% if i == 'a' %}{% break %}{% endif %}{{ i }}{% endfor %}", "b"),
        ("{% set ns = namespace(x=1) %}{% set ns.x = ns.x + 1 %}{{ ns.x }}{% do [] %}", "2"),
        ("{{ '%s-%d' | format('a', 3) }} {{ '{}:{x}'.format(1, x=2) }}", "a-3 1:2"),
        ("{% raw %}{{ x }}{% endraw %}{# gone #}\n", "{{ x }}\n"),
    ],
)
def test_output(show: Callable[..., str], template: str, wanted: str) -> None:
    """What a template prints."""
    files = {
        "a.txt": "one",
        "templates/_h.tpl": '{{ define "go.name" }}{{ .Release.Name }}-{{ .Values.num }}{{ end }}'
        '{{ define "go.arg" }}<{{ .x }}>{{ end }}',
        "templates/_m.j2": "{% macro hi(x) -%} hi {{ x }} {%- endmacro %}",
        "templates/_i.j2": "included in {{ Template.Name }} for {{ Release.Name }}",
        "templates/_base.j2": "<{% block body %}{% endblock %}>",
    }
    assert show(template, files) == wanted


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (
            "a\n{{ Values.nope.deep }}",
            "execution error at (c/templates/t.yaml.j2:2): 'dict object' has no attribute 'nope'",
        ),
        ("{% if %}", "parse error at (c/templates/t.yaml.j2:1): Expected an expression, got 'end of statement block'"),
        ("\n{{ nofunc(1) }}", "execution error at (c/templates/t.yaml.j2:2): 'nofunc' is undefined"),
        ("{{ 1 | nofilter }}", "parse error at (c/templates/t.yaml.j2:1): No filter named 'nofilter'."),
        ("{{ fail('stop') }}", "execution error at (c/templates/t.yaml.j2:1): stop"),
        ("{{ Values.nope | required('need nope') }}", "execution error at (c/templates/t.yaml.j2:1): need nope"),
        (
            "{{ trunc(1) }}",
            "execution error at (c/templates/t.yaml.j2:1): trunc: wrong number of arguments: want 2, got 1",
        ),
        ("{{ trim({}) }}", "execution error at (c/templates/t.yaml.j2:1): trim: argument 1: expected string, got map"),
        (
            "{{ nope | upper | trim }}{{ trim(nope) }}",
            "(c/templates/t.yaml.j2:1): trim: argument 1: expected string, got null",
        ),
        ("{{ semver('x') }}", "execution error at (c/templates/t.yaml.j2:1): semver: invalid semantic version"),
        ("{{ 1 / 0 }}", "execution error at (c/templates/t.yaml.j2:1): division by zero"),
        ("{% include 'gone.j2' %}", 'execution error at (c/templates/t.yaml.j2:1): template "gone.j2" not found'),
        ("{% include '../../etc/passwd' %}", 'template "../../etc/passwd" not found'),
        ("{% include '/etc/passwd' %}", 'template "/etc/passwd" not found'),
        ("{{ include('gone') }}", 'include: template: no template "gone" associated with template "gotpl"'),
        (
            "\n{% from '_m.j2' import outer %}\n{{ outer() }}",
            "(c/templates/_m.j2:1): inner\n  called from c/templates/_m.j2:2\n  called from c/templates/t.yaml.j2:3",
        ),
        ("{% include '_bad.j2' %}", "parse error at (c/templates/_bad.j2:2): unexpected '}'"),
    ],
)
def test_errors(show: Callable[..., str], template: str, message: str) -> None:
    """Errors name the file and the line, and through which files they came."""
    files = {
        "templates/_m.j2": "{% macro inner() %}{{ fail('inner') }}{% endmacro %}\n{% macro outer() %}{{ inner() }}{% endmacro %}",
        "templates/_bad.j2": "\n{{ } }}",
    }
    with pytest.raises(TemplateError) as caught:
        show(template, files)
    assert message in str(caught.value)
    assert "Traceback" not in str(caught.value)


def _growing(expression: str) -> str:
    return (
        "{% set ns = namespace(x='aaaaaaaaaa') %}{% for i in range(99) %}{% set ns.x = "
        + expression
        + " %}{% endfor %}"
    )


@pytest.mark.parametrize(
    "template",
    [
        # reaching into Python
        "{{ ''.__class__ }}",
        "{{ ''['__class__'] }}",
        "{{ '' | attr('__class__') }}",
        "{{ Values.__class__.__mro__ }}",
        "{{ Files.__init__.__globals__ }}",
        "{{ Files.base }}{{ Files._x }}{{ Files.of.x }}",
        "{{ Capabilities.__dict__ }}",
        "{{ toYaml.__globals__ }}",
        "{{ toYaml._find }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ '{x.__class__}'.format_map({'x': 1}) }}",
        "{{ ''.format.__self__ }}",
        "{% for x in [1] %}{{ loop.__init__ }}{% endfor %}",
        "{{ self._TemplateReference__context }}",
        "{{ [''] | map(attribute='__class__') | join }}",
        "{% macro m() %}{% endmacro %}{{ m.__call__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os }}",
        "{{ namespace.__init__ }}",
        "{{ Values.l.append(1) }}",
        "{{ Values.m.update({'a': 1}) }}",
        "{{ Values.m.pop('x') }}",
        "{{ lipsum(5).__class__ }}",
        # growing without end
        "{{ 'a' * 1000000000 }}",
        "{{ 1000000000 * [1] }}",
        "{{ 10 ** (10 ** 10) }}",
        "{{ 2 ** 100000 * 3 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '%*d' % (999999999, 1) }}",
        "{{ '%999999999d' | format(1) }}",
        "{{ '{:>999999999}'.format(1) }}",
        "{{ '{:>{w}}'.format(1, w=999999999) }}",
        "{{ 'a'.ljust(999999999) }}",
        "{{ 'a'.zfill(999999999) }}",
        "{{ 'a' | center(999999999) }}",
        "{{ 'a' | indent(999999999) }}",
        "{{ 1.5 | round(999999999) }}",
        "{{ [1] | batch(999999999, 'x') | list }}",
        "{{ [1] | slice(999999999) | list }}",
        "{{ range(999999999) | list }}",
        "{{ until(999999999) }}",
        "{{ repeat(999999999, 'abc') }}",
        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
        "{% for a in range(9999) %}{% for b in range(9999) %}{{ 'xxxxxxxxxx' * 1000 }}{% endfor %}{% endfor %}",
        _growing("ns.x + ns.x"),
        _growing("ns.x ~ ns.x"),
        _growing("ns.x | replace('a', 'aaaaaaaaaa')"),
        _growing("ns.x.replace('a', 'aaaaaaaaaa')"),
        _growing("[ns.x, ns.x] | join(ns.x)"),
        _growing("ns.x.join([ns.x, ns.x])"),
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(n) %}{{ m(n + 1) }}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
        "{% include 't.yaml.j2' %}",
        "{{ include('r') }}",
        "{{ " + "(" * 5000 + ")" * 5000 + " }}",
        "{{ " + "not " * 20000 + "1 }}",
    ],
)
def test_hostile_templates_fail_quickly(show: Callable[..., str], template: str) -> None:
    """No way into Python, and no way to fill memory or time; or nothing is printed."""
    files = {"templates/_r.tpl": '{{ define "r" }}{{ include "r" . }}{{ end }}'}
    started = time.monotonic()
    with suppress(TemplateError):
        assert show(template, files).strip() == ""
    assert time.monotonic() - started < 5


def test_a_chart_can_ask_for_strict_names(rendered: Render) -> None:
    """The annotation turns undefined names into errors, in that chart only."""
    chart = 'apiVersion: v2\nname: {}\nversion: 0.1.0\nannotations:\n  helmpy.dev/jinja-undefined: "{}"\n'
    template = "[{{ Values.nope }}]"
    lenient = {"Chart.yaml": chart.format("c", "lenient"), "templates/a.j2": template}
    assert rendered(lenient) == {"c/templates/a.j2": "[]"}
    strict_child = {
        **lenient,
        "charts/sub/Chart.yaml": chart.format("sub", "strict"),
        "charts/sub/templates/b.j2": template,
    }
    with pytest.raises(
        TemplateError, match=r"\(c/charts/sub/templates/b.j2:1\): 'dict object' has no attribute 'nope'"
    ):
        rendered(strict_child)


def test_charts_share_macros_and_have_values_of_their_own(rendered: Render) -> None:
    """A parent imports a library chart's macros by full path; each chart sees its own values and Subcharts."""
    out = rendered(
        {
            "values.yaml": "k: parent\nlib: {k: child}\n",
            "templates/a.j2": "{% from 'charts/lib/templates/_m.j2' import show %}{{ show(Values.k) }} "
            "{{ Subcharts.lib.Values.k }} {{ Subcharts.lib.Chart.Name }}",
            "templates/b.yaml": 'k: {{ include "name" . }}\n',
            "templates/_n.tpl": '{{ define "name" }}{{ .Chart.Name }}{{ end }}',
            "charts/lib/Chart.yaml": "apiVersion: v2\nname: lib\nversion: 0.1.0\n",
            "charts/lib/templates/_m.j2": "{% macro show(x) %}<{{ x }}>{% endmacro %}",
            "charts/lib/templates/c.j2": "{{ Values.k }} {{ include('name') }}{% import '_m.j2' as m %}{{ m.show(1) }}",
        }
    )
    assert out == {
        "c/templates/a.j2": "<parent> child lib",
        "c/templates/b.yaml": "k: c\n",
        "c/charts/lib/templates/c.j2": "child lib<1>",
    }


def test_partials_and_notes(rendered: Render) -> None:
    """Files that begin with an underscore are not rendered; notes are known by their name without the suffix."""
    out = rendered({"templates/_x.j2": "{{ fail('no') }}", "templates/NOTES.txt.j2": "bye {{ Release.Name }}"})
    assert out == {"c/templates/NOTES.txt": "bye rel"}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("toYaml", "to_yaml"),
        ("genCAWithKey", "gen_ca_with_key"),
        ("b64enc", "b64enc"),
        ("sha256sum", "sha256sum"),
        ("APIVersions", "api_versions"),
        ("mustRegexReplaceAllLiteral", "must_regex_replace_all_literal"),
    ],
)
def test_snake_case(name: str, wanted: str) -> None:
    """Names as Python writes them."""
    assert snake_case(name) == wanted


plain_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(plain_values)
def test_numbers_keep_their_value(value: Any) -> None:
    """Turning Go's floats into Jinja's ints changes no value, and printing never fails."""
    assert from_go(value) == value
    assert json.dumps([text(value)])
