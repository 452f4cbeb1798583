"""What a hostile template may not do, however it runs."""

import pytest

from helmpy.golang.function import Function
from helmpy.golang.types import Uint64
from helmpy.gotemplate import limits
from helmpy.gotemplate.builtins import BUILTINS
from helmpy.gotemplate.errors import ExecError
from helmpy.gotemplate.templates import TemplateSet, Unit

FUNCTIONS = BUILTINS | {
    "big": Function("big", lambda: Uint64(2**64 - 1), (), "uint64"),
    "long": Function("long", lambda: "x" * 1_000_000, (), "string"),
}


@pytest.fixture(autouse=True, params=["interpreted", "compiled"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to run a template; limits that are soon reached."""
    monkeypatch.setattr(TemplateSet, "interprets", request.param == "interpreted")
    monkeypatch.setattr(limits, "MAX_STEPS", 20_000)
    monkeypatch.setattr(limits.Budget.__init__, "__defaults__", (20_000,))
    monkeypatch.setattr(limits, "MAX_TEXT", 10_000_000)


def _run(text: str) -> str:
    templates = TemplateSet(FUNCTIONS, {})
    templates.add(Unit.parsed("t", text, FUNCTIONS))
    return templates.execute("t", {"l": list(range(150))})


@pytest.mark.parametrize(
    "text",
    [
        "{{ range 1000000000 }}{{ end }}",
        "{{ range big }}{{ else }}none{{ end }}",
        "{{ range $i := 1000000000 }}{{ if $i }}{{ continue }}{{ end }}{{ end }}",
        "{{ range .l }}{{ range $.l }}{{ end }}{{ end }}",
        "{{ range $i, $v := .l }}{{ range $j, $w := $.l }}{{ end }}{{ end }}",
        '{{ range 99 }}{{ template "a" $.l }}{{ end }}{{ define "a" }}{{ range . }}{{ range 99 }}{{ end }}{{ end }}{{ end }}',
    ],
)
def test_steps_are_bounded(text: str) -> None:
    """Loops in loops, loops over any number, templates in loops."""
    with pytest.raises(
        ExecError, match=r"^template: t:1:\d+: executing .* at <.*>: the templates take more than 20000 "
    ):
        _run(text)


@pytest.mark.parametrize("text", ["{{ range 900 }}{{ long }}{{ end }}", "{{ range .l }}{{ print long }}{{ end }}"])
def test_output_is_bounded(text: str) -> None:
    """Text is counted while it is being written."""
    with pytest.raises(ExecError, match="the templates write more than 10000000 characters"):
        _run(text)


def test_what_is_within_the_limits() -> None:
    """A long loop that ends early costs what it ran."""
    assert _run("{{ range $i := 1000000000 }}{{ if eq $i 3 }}{{ break }}{{ end }}{{ $i }}{{ end }}") == "012"
    assert _run("{{ range 15000 }}{{ end }}{{ range 0 }}{{ else }}none{{ end }}") == "none"
