"""Large bodies of conditions become functions of their own: nobody can tell."""

from typing import Any

import pytest

from helmpy.gotemplate import compiler, parser
from helmpy.gotemplate.builtins import BUILTINS
from helmpy.gotemplate.errors import ExecError
from helmpy.gotemplate.templates import TemplateSet, Unit

FILLER = "{{ .s }}" * 12
DATA: dict[str, Any] = {"s": "-", "yes": True, "no": False, "m": {"s": "+", "k": "v"}, "list": [1, 2, 3], "n": None}
TEXT = "-" * 12


def run(text: str) -> str:
    """The output of a text, its filler taken out."""
    templates = TemplateSet(BUILTINS, {})
    templates.add(Unit.parsed("t", text, BUILTINS))
    return templates.execute("t", DATA).replace(TEXT, "").replace("+" * 12, "")


def parts(text: str) -> int:
    """How many functions a text is made of, besides the main one."""
    return len(compiler.generate(parser.parse("t", text, BUILTINS)["t"], BUILTINS).parts) - 1


@pytest.mark.parametrize(
    ("text", "output", "functions"),
    [
        pytest.param(f"{{{{ if .yes }}}}A{FILLER}{{{{ end }}}}", "A", 1, id="if"),
        pytest.param(f"{{{{ if .no }}}}{FILLER}{{{{ else }}}}B{FILLER}{{{{ end }}}}", "B", 2, id="else"),
        pytest.param(f"{{{{ with .m }}}}{{{{ .k }}}}{FILLER}{{{{ end }}}}", "v", 1, id="with sets the dot"),
        pytest.param("{{ if .yes }}A{{ end }}", "A", 0, id="small"),
        pytest.param(f"{{{{ $x := 1 }}}}{{{{ if .yes }}}}{{{{ $x }}}}{FILLER}{{{{ end }}}}", "1", 1, id="variable read"),
        pytest.param(
            f"{{{{ $x := 1 }}}}{{{{ if .yes }}}}{{{{ $x = 2 }}}}{FILLER}{{{{ end }}}}{{{{ $x }}}}", "2", 0, id="set"
        ),
        pytest.param(
            f"{{{{ if .yes }}}}{{{{ $x := 1 }}}}{{{{ $x = 2 }}}}{{{{ $x }}}}{FILLER}{{{{ end }}}}", "2", 1, id="own set"
        ),
        pytest.param(
            f"{{{{ if .no }}}}{{{{ $x := 1 }}}}{{{{ else }}}}B{FILLER}{{{{ end }}}}", "B", 0, id="declared in the other"
        ),
        pytest.param(
            f"{{{{ if .no }}}}{{{{ $x := 1 }}}}{FILLER}{{{{ else if .yes }}}}B{FILLER}{{{{ else }}}}{FILLER}{{{{ end }}}}",
            "B",
            1,
            id="declared before else if",
        ),
        pytest.param(
            f"{{{{ if .yes }}}}{{{{ if .yes }}}}A{FILLER}{{{{ end }}}}{FILLER}{{{{ end }}}}", "A", 2, id="nested"
        ),
        pytest.param(
            f"{{{{ range .list }}}}{{{{ if eq . 2 }}}}{{{{ break }}}}{'{{ $.s }}' * 12}{{{{ end }}}}{{{{ . }}}}{{{{ end }}}}",
            "1",
            0,
            id="loop left",
        ),
    ],
)  # fmt: skip
def test_parts(text: str, output: str, functions: int) -> None:
    """The output, and into how many functions the text was cut."""
    assert run(text) == output
    assert parts(text) == functions


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            f"{{{{ if .yes }}}}\n{FILLER}{{{{ .n.x.y }}}}{{{{ end }}}}",
            'template: t:2:101: executing "t" at <.n.x.y>: nil pointer evaluating interface {}.x',
            id="place",
        ),
        pytest.param(
            f"{{{{ if .no }}}}{{{{ $x := 1 }}}}{FILLER}{{{{ else }}}}{{{{ $x }}}}{{{{ end }}}}",
            'template: t:1:134: executing "t" at <$x>: undefined variable: $x',
            id="declared in the other, which is a part",
        ),
        pytest.param(
            f"{{{{ if .no }}}}{{{{ $x := 1 }}}}{{{{ else }}}}{{{{ $x }}}}{FILLER}{{{{ end }}}}",
            'template: t:1:38: executing "t" at <$x>: undefined variable: $x',
            id="declared in the other",
        ),
    ],
)
def test_errors(text: str, message: str) -> None:
    """A fault in a part is placed in the template."""
    with pytest.raises(ExecError) as raised:
        run(text)
    assert str(raised.value).startswith(message)
