"""Charts in Go templates: which definition wins, the order of rendering, and the functions bound to one run.

Called by `render`. All templates of all charts share one namespace and one set of mutable values, as in Helm.
"""

import gc
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from helmpy import log
from helmpy.annotations import TYPE_CHECKING, Any
from helmpy.engine import cache, failures
from helmpy.engine.functions import SIGNATURES, TABLE
from helmpy.engine.objects import SharedValues, Values
from helmpy.golang.function import Function
from helmpy.golang.strconv import quote
from helmpy.golang.types import GoError
from helmpy.gotemplate.errors import ExecError
from helmpy.gotemplate.templates import TemplateSet

if TYPE_CHECKING:
    from helmpy.engine.context import Renderable
    from helmpy.engine.render import EngineOptions

_MAX_INCLUDES = 1000
_MAX_FRAMES = 15_000  # Python frames: templates that nest deeper fail instead of exhausting the stack
_NO_VALUE = "<no value>"


def render_order(paths: Mapping[str, object]) -> list[str]:
    """Deepest paths first, and among equals in reverse alphabetical order; the last definition wins."""
    return sorted(paths, key=lambda path: (path.count("/"), path.encode("utf-8", "surrogateescape")), reverse=True)


def render(templates: "Mapping[str, Renderable]", options: "EngineOptions") -> dict[str, str]:
    """The output of every file that is not a partial, in the order of rendering. Raises TemplateError."""
    return dict(files(templates, options))


def files(
    templates: "Mapping[str, Renderable]", options: "EngineOptions", make_set: Callable[..., TemplateSet] = TemplateSet
) -> Iterator[tuple[str, str]]:
    """Path and output of one file after the other; `make_set` takes the arguments of TemplateSet. Raises TemplateError."""
    order = render_order(templates)
    with cache.units([(path, templates[path].text) for path in order]) as units, _undisturbed():
        run = _loaded(templates, order, units, options, make_set)
        for path in order:
            if not _is_partial(path):
                yield path, run.file(path, templates[path])


def render_text(text: str, data: Any) -> str:
    """One template that belongs to no chart. Raises GoError."""
    from helmpy.gotemplate.templates import Unit

    templates = TemplateSet(TABLE, {})
    templates.add(Unit.parsed("name-template", text, TABLE))
    return templates.execute("name-template", data)


def calls(templates: "Mapping[str, Renderable]", options: "EngineOptions") -> dict[str, Callable[..., Any]]:
    """include, tpl, required and the others, over the definitions of these templates: for the other dialect."""
    order = render_order(templates)
    with cache.units([(path, templates[path].text) for path in order]) as units:
        run = _loaded(templates, order, units, options)
    return run.calls(lambda: run.templates)


def _loaded(
    templates: "Mapping[str, Renderable]",
    order: list[str],
    units: cache.Units,
    options: "EngineOptions",
    make_set: Callable[..., TemplateSet] = TemplateSet,
) -> "_Run":
    """A run that knows all these templates. Raises TemplateError."""
    run = _Run(options, make_set)
    for path in order:
        try:
            run.templates.add(units.get(path))
        except GoError as error:
            raise failures.parse_failure(path, error) from None
    return run


def _is_partial(path: str) -> bool:
    return path.rpartition("/")[2].startswith("_")


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Room for deeply nested includes, and no garbage collection meanwhile.

    Calls between Python functions take no C stack. Parsing makes many objects and no cycles: looking for some would take a
    third of the time.
    """
    limit, collecting = sys.getrecursionlimit(), gc.isenabled()
    sys.setrecursionlimit(max(limit, _MAX_FRAMES))
    gc.disable()
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
        if collecting:
            gc.enable()


class _Run:
    """One rendering of one chart: the functions that need to know the templates or the options."""

    def __init__(self, options: "EngineOptions", make_set: Callable[..., TemplateSet]) -> None:
        self.options = options
        self.make_set = make_set
        self.depth: dict[str, int] = {}
        self.templates = self._set(None)

    def file(self, path: str, renderable: "Renderable") -> str:
        """The output of one file."""
        context = renderable.context
        context["Template"] = Values(Name=path, BasePath=renderable.base_path)
        values = context["Values"]
        if isinstance(values, SharedValues):
            values.refresh()
        try:
            return self.templates.execute(path, context).replace(_NO_VALUE, "")
        except GoError as error:
            raise failures.execution_failure(path, error) from None

    def _set(self, parent: TemplateSet | None) -> TemplateSet:
        """Templates and the functions that see them; with a parent, those of a tpl text and all around it."""
        own = {
            name: Function(name, call, SIGNATURES[name].params) for name, call in self.calls(lambda: templates).items()
        }
        templates = self.make_set(TABLE, own, strict=self.options.strict, parent=parent)
        return templates

    def calls(self, templates: Callable[[], TemplateSet]) -> dict[str, Callable[..., Any]]:
        """The functions that need this run; `templates` are those that include and tpl see."""
        return {
            "required": self._required,
            "fail": self._fail,
            "lookup": self._lookup,
            "getHostByName": self._host_address,
            "include": lambda name, data: self._include(templates(), name, data),
            "tpl": lambda text, data: self._tpl(templates(), text, data),
        }

    # --- the functions ---

    def _include(self, templates: TemplateSet, name: str, data: Any) -> str:
        depth = self.depth.get(name, 0)
        if depth > _MAX_INCLUDES:
            raise GoError(f"rendering template has a nested reference name: {name}: unable to execute template")
        self.depth[name] = depth + 1
        output = templates.execute(name, data)
        self.depth[name] = depth
        return output

    def _tpl(self, templates: TemplateSet, text: str, data: Any) -> str:
        if "{{" not in text:
            return text.replace(_NO_VALUE, "")
        try:
            unit = cache.tpl_unit(templates.name, text)
        except GoError as error:
            raise ExecError(f"cannot parse template {quote(text)}: ", error) from None
        inner = templates
        if len(unit.trees) > 1:
            inner = self._set(templates)
            inner.add(unit)
        try:
            return inner.run(unit.trees[templates.name], data).replace(_NO_VALUE, "")
        except GoError as error:
            raise ExecError(f"error during tpl function execution for {quote(text)}: ", error) from None

    def _required(self, message: str, value: Any) -> Any:
        if value is not None and value != "":
            return value
        if not self.options.lint:
            raise GoError(failures.marked(message))
        log.warn("missing required value" if value is None else "missing required values", message=message)
        return ""

    def _fail(self, message: str) -> str:
        if not self.options.lint:
            raise GoError(failures.marked(message))
        log.info("funcMap fail", message=message)
        return ""

    def _lookup(self, api_version: str, kind: str, namespace: str, name: str) -> dict[str, Any]:
        if self.options.lookup is None or self.options.lint:
            return {}
        return self.options.lookup(api_version, kind, namespace, name)

    def _host_address(self, name: str) -> str:
        if not self.options.enable_dns:
            return ""
        import socket

        try:
            return str(socket.getaddrinfo(name, None)[0][4][0])
        except OSError:
            return ""
