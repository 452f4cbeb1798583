"""One rendering of the Jinja templates of a chart and its subcharts.

Called by the package's `render`. Go definitions are parsed only when a template first asks for one.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from helmpy.engine import go_dialect
from helmpy.engine.jinja_dialect import budget, functions
from helmpy.engine.jinja_dialect.budget import Budget
from helmpy.engine.jinja_dialect.environment import Sandbox
from helmpy.engine.jinja_dialect.failures import template_error
from helmpy.engine.jinja_dialect.loader import ChartLoader
from helmpy.engine.jinja_dialect.values import plain, to_go
from helmpy.engine.objects import Values
from helmpy.errors import TemplateError
from helmpy.golang.types import GoError

if TYPE_CHECKING:
    from jinja2 import Template

    from helmpy.engine.context import Renderable
    from helmpy.engine.render import EngineOptions

STRICT_ANNOTATION = "helmpy.dev/jinja-undefined"
_RUN_FUNCTIONS = ("required", "fail", "lookup", "getHostByName")


class Run:
    """The templates, their sandboxes, and the file that is being rendered."""

    def __init__(
        self,
        templates: "Mapping[str, Renderable]",
        options: "EngineOptions",
        go_templates: "Mapping[str, Renderable]",
    ) -> None:
        self._templates = templates
        self._options = options
        self._go_templates = go_templates
        self._loader = ChartLoader(templates)
        self._limits = Budget()
        self._sandboxes: dict[bool, Sandbox] = {}
        self._variables: dict[int, dict[str, Any]] = {}
        self._context: dict[str, Any] = {}

    def file(self, path: str) -> str:
        """The output of one file. Raises TemplateError."""
        renderable = self._templates[path]
        self._context = renderable.context
        self._context["Template"] = Values(Name=path, BasePath=renderable.base_path)
        sandbox = self._sandbox(self._is_strict(renderable))
        try:
            return self._output(sandbox.get_template(path), renderable)
        except (TemplateError, KeyboardInterrupt, SystemExit):
            raise
        except Exception as error:
            raise template_error(path, error) from None

    def _output(self, template: "Template", renderable: "Renderable") -> str:
        variables = {**self._objects(renderable), "Template": dict(self._context["Template"])}
        pieces: list[str] = []
        size = 0
        for piece in self._yielded(template, template.root_render_func(template.new_context(variables)), renderable):
            size += len(piece)
            budget.check_text(size)
            pieces.append(piece)
        return "".join(pieces)

    def _yielded(self, template: "Template", pieces: Iterator[str], renderable: "Renderable") -> Iterator[str]:
        """The pieces of the output as they are made (a trace notes each)."""
        return pieces

    def _objects(self, renderable: "Renderable") -> dict[str, Any]:
        """The objects of a chart as Jinja's values, converted once per chart."""
        key = id(renderable.context)
        if key not in self._variables:
            self._variables[key] = _jinja_objects(renderable.context)
        return self._variables[key]

    def _is_strict(self, renderable: "Renderable") -> bool:
        annotations = renderable.context["Chart"]["Annotations"]
        return self._options.strict or annotations.get(STRICT_ANNOTATION) == "strict"

    def _sandbox(self, strict: bool) -> Sandbox:
        if strict not in self._sandboxes:
            self._sandboxes[strict] = Sandbox(self._loader, self._limits, self._calls(), strict=strict)
        return self._sandboxes[strict]

    # --- functions of the run ----------------------------------------------------------------------------------------

    def _calls(self) -> dict[str, Callable[..., Any]]:
        later = {name: self._later(name) for name in _RUN_FUNCTIONS}
        return {**functions.bound(later), "include": self._include, "tpl": self._tpl}

    def _later(self, name: str) -> Callable[..., Any]:
        return lambda *arguments: self._go[name](*arguments)

    @cached_property
    def _go(self) -> dict[str, Callable[..., Any]]:
        """The functions of a Go run over the chart's Go templates."""
        return go_dialect.calls(self._go_templates, self._options)

    def _include(self, name: Any, data: Any = None) -> str:
        return self._go_text("include", name, data)

    def _tpl(self, text: Any, data: Any = None) -> str:
        return self._go_text("tpl", text, data)

    def _go_text(self, function: str, subject: Any, data: Any) -> str:
        subject = to_go(subject)
        if not isinstance(subject, str):
            raise GoError(f"{function}: argument 1: expected string")
        try:
            return str(self._go[function](subject, self._context if data is None else to_go(data)))
        except GoError as error:
            raise GoError(f"{function}: {error}") from error


def _jinja_objects(context: dict[str, Any]) -> dict[str, Any]:
    """`Values`, `Chart` and the others; those of the subcharts too."""
    objects: dict[str, Any] = {name: context[name] for name in ("Files", "Capabilities") if name in context}
    objects |= {name: plain(context[name] or {}) for name in ("Chart", "Release", "Values")}
    subcharts = context.get("Subcharts") or {}
    objects["Subcharts"] = {name: _jinja_objects(subchart) for name, subchart in subcharts.items()}
    return objects
