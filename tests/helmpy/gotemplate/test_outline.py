"""Outlines say what the parser says, or nothing."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmpy.engine.functions import TABLE
from helmpy.gotemplate import nodes, parser, plain_actions
from helmpy.gotemplate.compiler import generate
from helmpy.gotemplate.errors import ParseError
from helmpy.gotemplate.outline import outline
from helmpy.gotemplate.statements import (
    ACTION,
    BREAK,
    CONTINUE,
    IF,
    RANGE,
    TEMPLATE,
    TEXT,
    WITH,
    Outline,
    Statement,
    block_of,
)

GOLDEN = Path(__file__).parents[2] / "golden" / "render" / "language.jsonl"
TEXTS = [
    "",
    "plain",
    "{{ .a }}{{- .b -}} x {{ .a }}",
    "a\n  {{- /* } {{ */ -}}\n  b{{/* c */}}",
    '{{ `}}` }}{{ `{{` }}{{ "}}" }}{{ `}} }}` }}',
    "{{ `\n}}\n` }}{{ .a }}",
    "{{ if .a }}A{{ else if .b }}B{{ else if .c }}C{{ else }}D{{ end }}E",
    "{{ with .a }}A{{ else with .b }}B{{ end }}",
    "{{ range $i, $v := .l }}{{ $i }}{{ if $v }}{{ break }}{{ end }}{{ continue }}{{ else }}none{{ end }}",
    "{{ $x := 1 }}{{ if .a }}{{ $x = 2 }}{{ $x := 3 }}{{ $x }}{{ end }}{{ $x }}",
    '{{ define "a" }}{{ $x := . }}{{ $x }}{{ end }}{{ block "b" .x }}B{{ end }}{{ template "a" }}',
    '{{ define "a" }} {{ end }}{{ define "a" }}A{{ end }}{{ define "a" }}{{ end }}',
]
IRREGULAR = [
    "{{ if .a }}",
    "{{ end }}",
    "{{ else }}",
    "{{ if .a }}{{ else with .b }}{{ end }}",
    "{{ if .a }}{{ else }}{{ else }}{{ end }}",
    "{{ break }}",
    "{{ range .l }}{{ else }}{{ break }}{{ end }}",
    '{{ range .l }}{{ block "b" . }}{{ break }}{{ end }}{{ end }}',
    '{{ if .a }}{{ define "a" }}{{ end }}{{ end }}',
    '{{ define "a" }}A{{ end }}{{ define "a" }}B{{ end }}',
    "{{ $x }}",
    "{{ if $x := 1 }}{{ end }}{{ $x }}",
    "{{ nosuch }}",
    "{{ .a",
    "{{ `}}",
    "{{/* }}",
    "{{}}",
    "{{ 1 | 2 }}",
    "{{ $ := 5 }}{{ $ }}",
    "{{ ($x := 1) }}",
]


def _statements(body: list[Statement], found: Outline) -> list[Any]:
    """Statements of an outline as `_nodes` shows those of the parser."""
    shown: list[Any] = []
    for statement in body:
        kind, at = statement[:2]
        if kind == TEXT:
            shown.append(("text", at, statement[2]))
        elif kind in (BREAK, CONTINUE):
            shown.append("break" if kind == BREAK else "continue")
        else:
            pipe = _placed(found.shapes[statement[2]].pipe, at)
            if kind == ACTION:
                shown.append(("action", pipe))
            elif kind == TEMPLATE:
                shown.append(("template", statement[4], pipe))
            else:
                name = {IF: "if", WITH: "with", RANGE: "range"}[kind]
                orelse = statement[5]
                shown.append(
                    (
                        name,
                        pipe,
                        _statements(statement[4], found),
                        None if orelse is None else _statements(orelse, found),
                    )
                )
    return shown


def _described(node: Any) -> Any:
    """A node of a pipeline as (class, place, attribute, ...)."""
    if isinstance(node, nodes.Node):
        return (type(node).__name__, node.at, *[_described(getattr(node, name)) for name in type(node).__slots__])
    return [_described(item) for item in node] if isinstance(node, list) else node


def _placed(pipe: nodes.Pipe | None, start: int) -> Any:
    """A pipeline as data, with the positions that it has in the whole text."""

    def moved(data: Any) -> Any:
        if isinstance(data, list):
            return [moved(item) for item in data]
        if isinstance(data, tuple) and len(data) > 1 and isinstance(data[1], int):
            return (data[0], data[1] + start, *map(moved, data[2:]))
        return data

    return moved(_described(pipe))


def _nodes(block: nodes.Block) -> list[Any]:
    shown: list[Any] = []
    for node in block.nodes:
        if isinstance(node, nodes.Text):
            shown.append(("text", node.at, node.text))
        elif isinstance(node, nodes.Keyword):
            shown.append(node.word)
        elif isinstance(node, nodes.Action):
            shown.append(("action", _placed(node.pipe, 0)))
        elif isinstance(node, nodes.Template):
            shown.append(("template", node.name, _placed(node.pipe, 0)))
        else:
            assert isinstance(node, nodes.Branch)
            orelse = None if node.orelse is None else _nodes(node.orelse)
            shown.append((node.keyword, _placed(node.pipe, 0), _nodes(node.body), orelse))
    return shown


def _golden_texts() -> list[str]:
    rows = map(json.loads, GOLDEN.read_text("utf-8").splitlines())
    return [row["template"] for row in rows if "template" in row]


@pytest.mark.parametrize("text", TEXTS)
def test_outline_of_ordinary_texts(text: str) -> None:
    """They have one, twice the same, which is what the parser reads."""
    for _ in range(2):
        found = outline("t", text, TABLE)
        assert found is not None
        _compare(text, found)


def test_outlines_of_golden_texts() -> None:
    """No outline says anything else than the parser, and texts in error have none."""
    with_outline = 0
    texts = _golden_texts()
    for text in texts:
        found = outline("t", text, TABLE)
        if found is not None:
            with_outline += 1
            _compare(text, found)
    assert with_outline > 0.7 * len(texts)


def _compare(text: str, found: Outline) -> None:
    trees = parser.parse("t", text, TABLE)
    assert {name: _nodes(root) for name, root in trees.items()} == {
        name: _statements(program.body, found) for name, program in found.programs.items()
    }
    assert {name: nodes.is_empty(root) for name, root in trees.items()} == {
        name: program.empty for name, program in found.programs.items()
    }
    for name, program in found.programs.items():
        sources = [part.source for part in generate(block_of(program, found.shapes), TABLE).parts]
        assert sources == [part.source for part in generate(trees[name], TABLE).parts]


@pytest.mark.parametrize("text", IRREGULAR)
def test_irregular_texts_have_no_outline(text: str) -> None:
    """Most are errors, which the parser words; the others only the compiler can run."""
    assert outline("t", text, TABLE) is None


ACTIONS = [
    "{{.a}}",
    "{{ . }}",
    "{{- .a.b.c -}}",
    "{{ $ }}",
    "{{ $.a.b }}",
    "{{$x.a}}",
    '{{ `a\n"b` }}',
    '{{ "a" }}',
    '{{ "\u00e9\udcff" | quote }}',
    '{{ include "a" . | nindent 4 }}',
    '{{- include "a" (dict "b" .c "d" (list 1 2 $.e)) | nindent 08 -}}',
    "{{ if and .a (not .b) (eq .c.d 1) }}",
    "{{ else if ( eq 1 2 ) }}",
    "{{ else\n  with .a }}",
    "{{ else }}",
    "{{- end }}",
    "{{end}}",
    "{{ endx }}",
    "{{ $x := .a }}",
    "{{ $x:= .a }}",
    "{{ $x=1 }}",
    "{{ $x = 1 | add 2 }}",
    "{{ range $i, $v := .l }}",
    "{{ range $i,$v := .l }}",
    "{{ if $i, $v := .l }}",
    "{{ range $i , $v := .l }}",
    "{{ if ($x := 1) }}",
    "{{ .a | 1 }}",
    "{{ .a | }}",
    "{{ | .a }}",
    "{{ true | not }}",
    "{{ not true false }}",
    "{{ .a.b(list) }}",
    "{{ (list).a }}",
    '{{ "a""b" }}',
    '{{ "a"|quote }}',
    "{{ list(1) }}",
    "{{ list ()}}",
    "{{ (list }}",
    "{{ list) }}",
    "{{ nil }}",
    "{{ if }}",
    "{{ ifx }}",
    "{{ if.a }}",
    "{{- 3}}",
    "{{-3}}",
    "{{ -3 -}}",
    "{{ 1.5 }}",
    "{{ 09 }}",
    "{{ 99999999999999999999 }}",
    "{{ .1 }}",
    "{{ .a. }}",
    "{{ .a..b }}",
    "{{ .A-b }}",
    "{{ `a\rb` }}",
    "{{ nosuch }}",
    '{{ define "a" }}',
    '{{ template "a" . }}',
    "{{ break }}",
    "{{}}",
    "{{ }}",
    "{{- -}}",
]


def _as_parsed(action: str) -> Any:
    """What the parser makes of an action."""
    names = _Noted()
    try:
        word, pipe, _, _ = parser.read_action(action, TABLE, names)
    except ParseError:
        return None
    return word, _described(pipe), set(names.read) - {"$"}


class _Noted(list[str]):
    """A scope that has every variable, and notes which are looked for."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def __contains__(self, name: object) -> bool:
        self.read.append(str(name))
        return True


def _compare_action(action: str) -> bool:
    """Whether an action is plain; if so it must be what the parser says."""
    plain = plain_actions.read(action, TABLE)
    if plain is not None:
        assert (plain.word, _described(plain.pipe), set(plain.reads)) == _as_parsed(action), action
    return plain is not None


def test_plain_actions() -> None:
    """Reading them quickly gives what the parser gives."""
    assert sum(map(_compare_action, ACTIONS)) == 24


def test_plain_actions_of_golden_texts() -> None:
    """Those of everybody's texts, too."""
    actions = {action for text in _golden_texts() for action in re.findall(r"\{\{.*?\}\}", text)}
    assert sum(map(_compare_action, sorted(actions))) > 0.5 * len(actions)


@given(
    st.lists(st.sampled_from([*"  .$|()=,1`-", ":=", '"x"', ".a", "$x", "list", "if", "end", "else", "true", "nil"]))
)
def test_plain_actions_of_any_tokens(tokens: list[str]) -> None:
    """Nothing is read that the parser refuses."""
    _compare_action("{{" + "".join(tokens) + "}}")


def test_each_declaration_has_its_slot() -> None:
    """Variables of the same name are told apart."""
    found = outline("t", "{{ $x := 1 }}{{ if $x }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x = 3 }}", TABLE)
    assert found is not None
    first, branch, last = found.programs["t"].body
    assert first[3] == ((), (0,))
    assert branch[3] == ((("$x", 0),), ())
    assert [statement[3] for statement in branch[4]] == [((), (1,)), ((("$x", 1),), ())]
    assert last[3] == ((), (0,))
    assert found.programs["t"].size == 2


def test_hostile_delimiters_take_linear_time() -> None:
    """A string full of closing delimiters is read once."""
    text = "{{ `" + "}}" * 200_000
    assert outline("t", text, TABLE) is None
    with pytest.raises(ParseError, match="unterminated raw quoted string"):
        parser.parse("t", text, TABLE)
