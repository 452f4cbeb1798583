"""Execution: values, scopes, types, errors and bounds, without anything of Helm."""

import re
import sys
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from helmpy.golang.function import Function
from helmpy.golang.types import GoError, Int64, Struct, go_string
from helmpy.gotemplate.builtins import BUILTINS
from helmpy.gotemplate.errors import ExecError
from helmpy.gotemplate.templates import TemplateSet, Unit


class Point(Struct):
    """A struct with fields and methods, and Python attributes that no template may see."""

    GO_TYPE, GO_KIND = "*geo.Point", "ptr"
    GO_FIELDS: ClassVar[dict[str, str]] = {"X": "x", "Deep": "deep"}
    GO_METHODS: ClassVar[dict[str, str]] = {"Add": "add", "Fail": "fail", "Two": "two", "Sum": "sum"}
    GO_PARAMS: ClassVar[dict[str, tuple[str, ...]]] = {"Add": ("int",), "Sum": ("...any",)}
    GO_RETURNS: ClassVar[dict[str, tuple[str, ...]]] = {"Two": ("int", "int")}

    def __init__(self) -> None:
        self.x = 1
        self.deep = {"k": "v"}

    def add(self, number: int) -> int:
        return self.x + number

    def fail(self) -> None:
        raise GoError("method failed")

    def two(self) -> None:
        raise AssertionError("never called")

    def sum(self, *numbers: int) -> int:
        return sum(numbers)


def _explode() -> str:
    raise GoError("boom")


FUNCTIONS = BUILTINS | {
    function.name: function
    for function in (
        Function("list", lambda *values: list(values), ("...any",), "[]any"),
        Function("dict", lambda *pairs: dict(zip(pairs[::2], pairs[1::2], strict=True)), ("...any",), "map[string]any"),
        Function("upper", str.upper, ("string",), "string"),
        Function("twice", lambda number: number * 2, ("int",), "int"),
        Function("half", lambda number: number / 2, ("float64",), "float64"),
        Function("int64", lambda value: Int64(value), ("any",), "int64"),
        Function("flip", lambda value: not value, ("bool",), "bool"),
        Function("keys", lambda mapping: sorted(mapping), ("map[string]any",), "[]string"),
        Function("nothing", lambda: None, (), "any"),
        Function("explode", _explode, (), "string"),
    )
}
DATA: dict[str, Any] = {
    "s": "text",
    "i": 3,
    "f": 2.5,
    "none": None,
    "l": ["a", "b", None],
    "m": {"b": 2, "a": 1, "n": None},
    "e": [],
    "p": Point(),
    "raw": b"hi",
}


@pytest.fixture(autouse=True, params=["interpreted", "compiled"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to run a template."""
    monkeypatch.setattr(TemplateSet, "interprets", request.param == "interpreted")


def run(text: str, data: Any = DATA, *, strict: bool = False) -> str:
    """The output of one text."""
    templates = TemplateSet(FUNCTIONS, {}, strict=strict)
    templates.add(Unit.parsed("t", text, FUNCTIONS))
    return templates.execute("t", data)


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("{{ .s }}{{ .m.a }}{{ .nope }}{{ .none }}", "text1<no value><no value>"),
        ("{{ (.nope).deep }}{{ (.nope).a.b }}", "<no value><no value>"),
        ("{{ $x := .nope }}{{ $x.deep }}", "<no value>"),
        ("{{ 1 }}{{ 1.0 }}{{ 1e3 }}{{ 'a' }}{{ 0x10 }}{{ 1i }}{{ true }}{{ `r` }}", "111000971" + "6(0+1i)truer"),
        ("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $x := 3 }}{{ $x }}{{ end }}{{ $x }}", "32"),
        ("{{ range $i, $v := .l }}{{ $i }}{{ $v }};{{ end }}", "0a;1b;2<no value>;"),
        ("{{ range $k, $v := .m }}{{ $k }}{{ $v }};{{ end }}", "a1;b2;n<no value>;"),
        ("{{ range .m }}{{ . }};{{ end }}", "1;2;<no value>;"),
        ("{{ range 3 }}{{ . }}{{ end }}{{ range $i := 2 }}{{ $i }}{{ end }}", "01201"),
        ("{{ range int64 2 }}{{ printf `%T` . }}{{ end }}", "int64int64"),
        ("{{ range .raw }}{{ . }} {{ end }}", "104 105 "),
        ("{{ range .e }}x{{ else }}none{{ end }}{{ range .nope }}x{{ else }}nil{{ end }}", "nonenil"),
        ("{{ range .l }}{{ if . }}{{ if eq . `b` }}{{ break }}{{ end }}{{ . }}{{ end }}{{ end }}", "a"),
        ("{{ range $i, $v := .l }}{{ if not $i }}{{ continue }}{{ end }}{{ $i }}{{ end }}", "12"),
        ("{{ range $i, $v := .e }}x{{ else }}{{ $v }}{{ end }}", "[]"),
        ("{{ $v := 0 }}{{ range $v = .l }}{{ end }}{{ $v }}", "<no value>"),
        ("{{ with .m }}{{ .a }}{{ $.s }}{{ end }}{{ with .e }}x{{ else with .s }}{{ . }}{{ end }}", "1texttext"),
        ("{{ with $x := .i }}{{ $x }}{{ . }}{{ end }}", "33"),
        ("{{ and 1 0 (explode) }}{{ or `` `a` (explode) }}{{ 0 | or 1 }}{{ `z` | and 1 }}", "0a1z"),
        ("{{ and .nope 1 }}{{ or .nope .none }}{{ not .e }}", "<no value><no value>true"),
        ("{{ .p.X }}{{ .p.Deep.k }}{{ .p.Add 2 }}{{ 3 | .p.Add }}{{ .p.Sum 1 2 3 }}{{ .p.Sum }}", "1v3460"),
        ("{{ len .l }}{{ len .m }}{{ len `é` }}{{ .l | len }}", "3323"),
        ("{{ index .l 1 }}{{ index .m `a` }}{{ index `abc` 1 }}{{ index .m `zz` }}", "b198<no value>"),
        ("{{ slice `héllo` 1 3 }}{{ slice .l 0 1 }}", "é[a]"),
        (
            "{{ eq 1 1 }}{{ eq 1 2 1 }}{{ ne `a` `b` }}{{ lt 1 2 }}{{ ge `b` `a` }}{{ eq .nope `a` }}",
            "truetruetruetruetruefalse",
        ),
        ("{{ html `<a&'\">` }}{{ js `'<` }}{{ urlquery `a b&` }}", "&lt;a&amp;&#39;&#34;&gt;\\'\\u003Ca+b%26"),
        ("{{ twice 2 }}{{ half 3 }}{{ flip false }}{{ upper .s }}{{ .s | upper }}", "41.5trueTEXTTEXT"),
        ("{{ keys nil }}{{ print nil }}{{ printf `%v` nil }}{{ nothing }}", "[]<nil><nil><no value>"),
        (
            '{{ define "a" }}[{{ . }}{{ $ }}]{{ end }}{{ template "a" .i }}{{ template "a" }}',
            "[33][<no value><no value>]",
        ),
        ('{{ block "a" .i }}({{ . }}){{ end }}', "(3)"),
        ("{{ ($x := 1) }}{{ $x }}", "11"),
    ],
)
def test_output(text: str, output: str) -> None:
    """What templates print."""
    assert run(text) == output


@pytest.fixture
def deep_stack() -> Iterator[None]:
    """As many Python frames as the engine allows."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(15_000)
    yield
    sys.setrecursionlimit(limit)


def _nested(depth: int, head: str, body: str) -> str:
    return head * depth + body + "{{ end }}" * depth


_CHAIN = "".join(f"{{{{ else if eq .i {number} }}}}n{number}" for number in range(300, 0, -1))
_JUMP = _nested(120, "{{ if true }}", "{{ if eq $x 2 }}{{ break }}{{ end }}{{ if eq $x 1 }}{{ continue }}{{ end }}")
_COUNT = "{{ range $k := list 1 }}{{ $x = twice $x }}{{ if $x }}{{ $y = $x }}"


@pytest.mark.parametrize(
    ("text", "output"),
    [
        (_nested(300, "{{ if .m }}", "{{ .s }}"), "text"),
        ("{{ if false }}" + _CHAIN + "{{ end }}", "n3"),
        (_nested(150, "{{ with $.m }}", "{{ .a }}"), "1"),
        (_nested(60, "{{ range $i := list 7 }}", "{{ $i }}"), "7"),
        (_nested(130, "{{ range list 1 }}", "x{{ break }}{{ else }}y"), "x"),
        ("{{ $x := 1 }}" + _nested(120, "{{ if true }}{{ $x = twice $x }}", "{{ $x = 3 }}") + "{{ $x }}", "3"),
        (
            "{{ $x := 1 }}{{ $y := 0 }}" + _nested(30, _COUNT, "{{ end }}" * 30) + "{{ $x }} {{ $y }}",
            f"{2**30} {2**30}",
        ),
        ("{{ $x := 0 }}{{ range 9 }}{{ $x = . }}o" + _JUMP + "i{{ end }}{{ $x }}", "oioo2"),
        ("{{ $v := 0 }}" + _nested(110, "{{ if true }}", "{{ range $v = .l }}{{ end }}") + "{{ $v }}", "<no value>"),
    ],
)
@pytest.mark.usefixtures("deep_stack")
def test_depth(text: str, output: str) -> None:
    """Bodies may be nested deeper than Python's own blocks; variables and jumps reach through."""
    assert run(text) == output


@pytest.mark.usefixtures("deep_stack")
def test_depth_of_an_error() -> None:
    """The place of an error is told from inside deep bodies."""
    with pytest.raises(ExecError, match=re.escape('t:1:1325: executing "t" at <.s.x>: ')):
        run(_nested(110, "{{ if $.s }}", "{{ .s.x }}"))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{{ .nope.deep }}", '1:8: executing "t" at <.nope.deep>: nil pointer evaluating interface {}.deep'),
        ("\n {{ .nope.a.b }}", '2:9: executing "t" at <.nope.a.b>: nil pointer evaluating interface {}.a'),
        ("é{{ .s.x }}", '1:7: executing "t" at <.s.x>: can\'t evaluate field x in type interface {}'),
        ("{{ with .s }}{{ .x }}{{ end }}", '1:16: executing "t" at <.x>: can\'t evaluate field x in type string'),
        (
            "{{ range .l }}{{ .x }}{{ end }}",
            '1:17: executing "t" at <.x>: can\'t evaluate field x in type interface {}',
        ),
        ("{{ range list nil }}{{ .x }}{{ end }}", '1:23: executing "t" at <.x>: nil pointer evaluating interface {}.x'),
        ("{{ range 2 }}{{ .x }}{{ end }}", '1:16: executing "t" at <.x>: can\'t evaluate field x in type int'),
        ("{{ .p.x }}", '1:5: executing "t" at <.p.x>: can\'t evaluate field x in type interface {}'),
        (
            "{{ .p.__class__ }}",
            '1:5: executing "t" at <.p.__class__>: can\'t evaluate field __class__ in type interface {}',
        ),
        ("{{ .s.__len__ }}", '1:5: executing "t" at <.s.__len__>: can\'t evaluate field __len__ in type interface {}'),
        ("{{ .p.Add }}", '1:5: executing "t" at <.p.Add>: wrong number of args for Add: want 1 got 0'),
        ("{{ .p.Add `a` }}", '1:10: executing "t" at <`a`>: expected integer; found `a`'),
        ("{{ .p.Add .s }}", '1:10: executing "t" at <.s>: wrong type for value; expected int; got string'),
        ("{{ .p.Fail }}", '1:5: executing "t" at <.p.Fail>: error calling Fail: method failed'),
        (
            "{{ .p.Two }}",
            '1:5: executing "t" at <.p.Two>: invalid function signature for Two: second return value should be error; is int',
        ),
        ("{{ .p.X 1 }}", '1:5: executing "t" at <.p.X>: X has arguments but cannot be invoked as function'),
        ("{{ .m.a 1 }}", '1:5: executing "t" at <.m.a>: a is not a method but has arguments'),
        ("{{ .nope.Add 1 }}", '1:8: executing "t" at <.nope.Add>: nil pointer evaluating interface {}.Add'),
        ("{{ 1 2 }}", '1:3: executing "t" at <1>: can\'t give argument to non-function 1'),
        ("{{ nil }}", '1:3: executing "t" at <nil>: nil is not a command'),
        ("{{ upper }}", '1:3: executing "t" at <upper>: wrong number of args for upper: want 1 got 0'),
        ("{{ upper 5 }}", '1:9: executing "t" at <5>: expected string; found 5'),
        ("{{ upper .i }}", '1:9: executing "t" at <.i>: wrong type for value; expected string; got int'),
        ("{{ upper .nope }}", '1:9: executing "t" at <.nope>: wrong type for value; expected string; got interface {}'),
        ("{{ .nope | upper }}", '1:11: executing "t" at <upper>: invalid value; expected string'),
        ("{{ upper nil }}", '1:9: executing "t" at <nil>: cannot assign nil to string'),
        ("{{ twice 1.5 }}", '1:9: executing "t" at <1.5>: expected integer; found 1.5'),
        ("{{ flip 1 }}", '1:8: executing "t" at <1>: expected bool; found 1'),
        ("{{ half `a` }}", '1:8: executing "t" at <`a`>: expected float; found `a`'),
        ("{{ keys 1 }}", '1:8: executing "t" at <1>: can\'t handle 1 for arg of type map[string]interface {}'),
        ("{{ 1 | printf }}", '1:7: executing "t" at <printf>: wrong type for value; expected string; got int'),
        ("{{ explode }}", '1:3: executing "t" at <explode>: error calling explode: boom'),
        ("{{ list (explode) | len }}", '1:9: executing "t" at <explode>: error calling explode: boom'),
        (
            "{{ eq 1 1.0 }}",
            '1:3: executing "t" at <eq 1 1.0>: error calling eq: incompatible types for comparison: int and float64',
        ),
        ("{{ lt nil 1 }}", '1:3: executing "t" at <lt nil 1>: error calling lt: invalid type for comparison'),
        (
            "{{ eq .l .l }}",
            '1:3: executing "t" at <eq .l .l>: error calling eq: non-comparable type [a b <nil>]: []interface {}',
        ),
        ("{{ index .l 5 }}", '1:3: executing "t" at <index .l 5>: error calling index: index out of range: 5'),
        (
            "{{ index .l 1.0 }}",
            '1:3: executing "t" at <index .l 1.0>: error calling index: cannot index slice/array with type float64',
        ),
        ("{{ upper (or .i .s) }}", '1:13: executing "t" at <.i>: wrong type for value; expected string; got int'),
        ("{{ or .e .i | upper }}", '1:14: executing "t" at <upper>: wrong type for value; expected string; got int'),
        ("{{ range and .s (or .f 1) }}{{ end }}", '1:20: executing "t" at <.f>: range can\'t iterate over 2.5'),
        ("{{ (1).a }}", '1:4: executing "t" at <1>: can\'t evaluate field a in type int'),
        ("{{ range .s }}{{ end }}", '1:9: executing "t" at <.s>: range can\'t iterate over text'),
        ("{{ range .f }}{{ end }}", '1:9: executing "t" at <.f>: range can\'t iterate over 2.5'),
        (
            "{{ range $i, $v := 3 }}{{ end }}",
            '1:19: executing "t" at <3>: can\'t use 3 to iterate over more than one variable',
        ),
        ('{{ template "x" }}', '1:12: executing "t" at <{{template "x"}}>: template "x" not defined'),
        ("{{ $x = 1 }}", '1:8: executing "t" at <1>: undefined variable: $x'),
        ("{{ and false ($x := 1) }}{{ $x }}", '1:28: executing "t" at <$x>: undefined variable: $x'),
        ("{{ call .s }}", '1:3: executing "t" at <call .s>: error calling call: non-function .s of type string'),
    ],
)
def test_errors(text: str, error: str) -> None:
    """The place, the node and the words of Go."""
    with pytest.raises(ExecError) as caught:
        run(text)
    assert str(caught.value) == f"template: t:{error}"


def test_error_in_a_called_template_names_that_template() -> None:
    """`template` does not wrap errors."""
    with pytest.raises(ExecError) as caught:
        run('{{ define "a" }}\n{{ upper .i }}{{ end }}{{ template "a" . }}')
    assert str(caught.value).startswith('template: t:2:9: executing "a" at <.i>: ')


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{{ .nope }}", 'map has no entry for key "nope"'),
        ("{{ .m.nope }}", 'map has no entry for key "nope"'),
        ("{{ (.none).x }}", 'nil data; no entry for key "x"'),
    ],
)
def test_strict(text: str, error: str) -> None:
    """missingkey=error."""
    assert run("{{ .s }}{{ .m.a }}{{ .p.X }}", strict=True) == "text11"
    with pytest.raises(ExecError) as caught:
        run(text, strict=True)
    assert str(caught.value).endswith(error)


@pytest.mark.parametrize(
    "text",
    [
        '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}',
        '{{ define "a" }}{{ template "b" . }}{{ end }}{{ define "b" }}{{ template "a" . }}{{ end }}{{ template "a" . }}',
    ],
)
def test_endless_recursion_is_an_error(text: str) -> None:
    """Recursion ends in an error of the template, not of Python."""
    with pytest.raises(ExecError, match=r"exceeded maximum template depth \(100000\)$"):
        run(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ `'); import os; ('` }}",
        "{{ `\n x = 1` }}",
        "\\\n\"\"\"{{ .s }}'''",
        "{{ define \"x'); raise ('\" }}{{ end }}{{ template \"x'); raise ('\" }}",
    ],
)
def test_no_text_gets_into_the_code(text: str) -> None:
    """Literals and names are data, whatever they hold."""
    run(text)


def test_field_names_are_data() -> None:
    """A key may be any letters and digits, Python keywords included."""
    assert run("{{ .class.def.__import__ }}", {"class": {"def": {"__import__": 1}}}) == "1"


def test_bytes_that_are_not_utf8_survive() -> None:
    """Stray bytes pass through texts and literals."""
    text = go_string(b"\xff{{ `\xfe` }}{{ .s }}")
    assert run(text, {"s": "\udcfd"}).encode("utf-8", "surrogateescape") == b"\xff\xfe\xfd"


def test_child_sets_see_the_parent_and_hide_from_it() -> None:
    """What tpl needs: own definitions on top of all others, without copies."""
    parent = TemplateSet(FUNCTIONS, {})
    parent.add(Unit.parsed("t", '{{ define "a" }}A{{ template "b" }}{{ end }}{{ define "b" }}old{{ end }}', FUNCTIONS))
    child = TemplateSet(FUNCTIONS, {}, parent=parent)
    child.add(Unit.parsed("u", '{{ define "b" }}new{{ end }}{{ define "a" }}{{ end }}{{ template "a" }}', FUNCTIONS))
    assert child.execute("u", None) == "Anew"
    assert parent.execute("a", None) == "Aold"
    with pytest.raises(GoError, match=r'^template: no template "u" associated with template "gotpl"$'):
        parent.execute("u", None)


def test_restored_unit_runs_and_reports_as_before() -> None:
    """A unit needs no more than what can be marshalled."""
    text = '{{ define "a" }}{{ upper .x }}{{ end }}\n{{ template "a" . }}'
    first = Unit.parsed("t", text, FUNCTIONS)
    templates = TemplateSet(FUNCTIONS, {})
    templates.add(first)
    assert templates.execute("t", {"x": "y"}) == "\nY"
    again = TemplateSet(FUNCTIONS, {})
    again.add(Unit.restored("t", text, FUNCTIONS, [tree.kept for tree in first.trees.values()]))
    assert again.execute("t", {"x": "y"}) == "\nY"
    with pytest.raises(ExecError, match=r'^template: t:1:25: executing "a" at <\.x>: wrong type'):
        again.execute("t", {})
