"""Parsing: what text/template accepts, and its complaints."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmpy.gotemplate.errors import ParseError
from helmpy.gotemplate.parser import parse

FUNCTIONS = {"f", "len", "print", "_x1", "é"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a{{ .b.c }}d", "a{{.b.c}}d"),
        ("a  {{- .b -}}  \n c", "a{{.b}}c"),
        ("a {{- /* c */ -}} b", "ab"),
        ("{{/* \n */}}x", "x"),
        ("{{-3}} {{- 3 }}", "{{-3}}{{3}}"),
        ("{{if .a}}x{{else if .b}}y{{else}}z{{end}}", "{{if .a}}x{{else}}{{if .b}}y{{else}}z{{end}}{{end}}"),
        (
            "{{with $x := .a}}{{$x}}{{else with .b}}y{{end}}",
            "{{with $x := .a}}{{$x}}{{else}}{{with .b}}y{{end}}{{end}}",
        ),
        ("{{range $i, $v := .l}}{{break}}{{continue}}{{end}}", "{{range $i, $v := .l}}{{break}}{{continue}}{{end}}"),
        ("{{ f 1 .a | print `r` }}", "{{f 1 .a | print `r`}}"),
        ("{{ (f .a).b.c }} {{ f.a }}", "{{(f .a).b.c}} {{f.a}}"),
        ("{{ $x := 1 }}{{ $x = 2 }}{{ $.a.b }}", "{{$x := 1}}{{$x = 2}}{{$.a.b}}"),
        ('{{ template "t" . }}{{ template `t` }}', '{{template "t" .}}{{template "t"}}'),
        (
            "{{ 1 }}{{ 0x1F }}{{ 1_0 }}{{ 'a' }}{{ 1i }}{{ 1+2i }}{{ .5 }}",
            "{{1}}{{0x1F}}{{1_0}}{{'a'}}{{1i}}{{1+2i}}{{.5}}",
        ),
        ("{{ _x1 }}{{ é }}", "{{_x1}}{{é}}"),
        ("{{ f\n1\n}}", "{{f 1}}"),
        ("}} {", "}} {"),
    ],
)
def test_accepts(text: str, shown: str) -> None:
    """The tree prints as Go prints it."""
    assert str(parse("t", text, FUNCTIONS)["t"]) == shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{", "1: unclosed action"),
        ("{{ .", '1: illegal number syntax: "."'),
        ("\n{{ f\n", "3: unclosed action started at t:2"),
        ("\n{{ f\n~ }}", '3: unexpected "~" in operand'),
        ("{{/* a", "1: unclosed comment"),
        ("{{/* a */ }}", "1: comment ends before closing delimiter"),
        ("{{ }}", "1: missing value for command"),
        ("{{ if }}", "1: missing value for if"),
        ("{{ if .a }}", "1: unexpected EOF"),
        ("{{ end }}", "1: unexpected {{end}}"),
        ("{{ else }}", "1: unexpected {{else}}"),
        ("{{if .a}}{{else}}{{else}}{{end}}", "1: expected end; found {{else}}"),
        ("{{ nope }}", '1: function "nope" not defined'),
        ("{{ $x }}", '1: undefined variable "$x"'),
        ("{{if .a}}{{ $x := 1 }}{{end}}{{ $x }}", '1: undefined variable "$x"'),
        ("{{ $x, $y := 1 }}", "1: too many declarations in command"),
        ("{{ range $x, 1 }}{{end}}", "1: range can only initialize variables"),
        ("{{ .a-b }}", "1: bad character U+002D '-'"),
        ("{{ f\u00b2 }}", "1: bad character U+00B2 '²'"),
        ("{{ \x01 }}", "1: unrecognized character in action: U+0001"),
        ("{{ f:b }}", "1: expected :="),
        ('{{ "a }}', "1: unterminated quoted string"),
        ("{{ `a }}", "1: unterminated raw quoted string"),
        ("{{ 'a }}", "1: unterminated character constant"),
        ("{{ 'ab' }}", "1: malformed character constant: 'ab'"),
        ("{{ '\\'", "1: unterminated character constant"),
        ('{{ "\\q" }}', "1: invalid syntax"),
        ("{{ 3x }}", '1: bad number syntax: "3x"'),
        ("{{ 1e400 }}", '1: illegal number syntax: "1e400"'),
        ("{{ 99999999999999999999 }}", '1: integer overflow: "99999999999999999999"'),
        ("{{ (f }}", "1: unclosed left paren"),
        ("{{ f) }}", "1: unexpected right paren"),
        ('{{ "a".b }}', '1: unexpected . after term "\\"a\\""'),
        ("{{ nil.b }}", '1: unexpected . after term "nil"'),
        ("{{ f | 1 }}", "1: non executable command in pipeline stage 2"),
        ("{{ | f }}", '1: unexpected "|" in command'),
        ("{{ break }}", "1: {{break}} outside {{range}}"),
        ("{{ range .a }}{{ continue 1 }}{{ end }}", '1: unexpected "1" in {{continue}}'),
        ("{{ template }}", '1: unexpected "}}" in template clause'),
        ("{{ template f }}", '1: unexpected "f" in template clause'),
        ('{{ define "a" }}', "1: unexpected EOF"),
        ("{{ define a }}", '1: unexpected "a" in define clause'),
        ('{{if .a}}{{ define "a" }}{{end}}{{end}}', "1: unexpected <define> in command"),
        ('{{ define "a" }}x{{ end }}\n{{ define "a" }}y{{ end }}', '2: template: multiple definition of template "a"'),
        ("{{ end_of_a_long_word }}", '1: function "end_of_a_long_word" not defined'),
        ("{{ if .a }}{{ if 'very long constant' }}", "1: malformed character constant: 'very long constant'"),
        ("{{ block }}", '1: unexpected "}}" in block clause'),
        ("{{ f ,  }}", '1: unexpected "," in operand'),
    ],
)
def test_refuses(text: str, message: str) -> None:
    """Go's complaints, with the line."""
    with pytest.raises(ParseError) as caught:
        parse("t", text, FUNCTIONS)
    assert str(caught.value) == f"template: t:{message}"


def test_definitions() -> None:
    """A text defines itself, its define and its block clauses; an empty one gives way."""
    trees = parse(
        "t", '{{define "a"}} {{end}}{{define "a"}}x{{end}}{{define "a"}} {{end}}{{block "b" .}}y{{end}}', FUNCTIONS
    )
    assert {name: str(tree) for name, tree in trees.items()} == {"a": "x", "b": "y", "t": '{{template "b" .}}'}


def test_depth_is_bounded() -> None:
    """Endless nesting is a complaint, not a crash."""
    for text in ("{{" + "(" * 20_000, "{{if .}}" * 20_000, "{{" + "(" * 5000 + "1" + ")" * 5000 + "}}"):
        with pytest.raises(ParseError):
            parse("t", text, FUNCTIONS)


@given(st.text(alphabet="{}-.$|:=()\"'`/* \n1ax_\x00é", max_size=40))
def test_any_text_parses_or_complains(text: str) -> None:
    """No text breaks the parser in another way."""
    with suppress(ParseError):
        parse("t", "{{" + text, FUNCTIONS)
