"""Outlines say what the parser says, or nothing."""

import json
import marshal
from pathlib import Path
from typing import Any

import pytest

from helmpy.engine.functions import TABLE
from helmpy.gotemplate import nodes, parser
from helmpy.gotemplate.errors import ParseError
from helmpy.gotemplate.frozen import frozen
from helmpy.gotemplate.outline import (
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
    frozen_shape,
    outline,
    thawed_shape,
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


def _placed(pipe: nodes.Pipe | None, start: int) -> Any:
    """A pipeline as data, with the positions that it has in the whole text."""

    def moved(data: Any) -> Any:
        if isinstance(data, list):
            return [moved(item) for item in data]
        if isinstance(data, tuple) and data and isinstance(data[0], int):
            return (data[0], data[1] + start, *map(moved, data[2:]))
        return data

    return moved(frozen(pipe))


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


@pytest.mark.parametrize("text", IRREGULAR)
def test_irregular_texts_have_no_outline(text: str) -> None:
    """Most are errors, which the parser words; the others only the compiler can run."""
    assert outline("t", text, TABLE) is None


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


def test_shapes_survive_marshal() -> None:
    """A later run reads the same pipelines."""
    text = (
        "{{ if and (eq .a 1 1.5 0x10 'c' 1i) (not nil true `r` . $.b (list).c) }}{{ $x := index . 1 | len }}{{ end }}"
    )
    found = outline("t", text, TABLE)
    assert found is not None
    for shape in found.shapes.values():
        again = thawed_shape(marshal.loads(marshal.dumps(frozen_shape(shape))))
        assert (str(again.pipe), again.kind, again.name, again.at) == (
            str(shape.pipe),
            shape.kind,
            shape.name,
            shape.at,
        )
        assert frozen(again.pipe) == frozen(shape.pipe)


def test_hostile_delimiters_take_linear_time() -> None:
    """A string full of closing delimiters is read once."""
    text = "{{ `" + "}}" * 200_000
    assert outline("t", text, TABLE) is None
    with pytest.raises(ParseError, match="unterminated raw quoted string"):
        parser.parse("t", text, TABLE)
