"""The sandbox: Jinja2 with Helm's functions, YAML's way of printing, and limits on everything that can grow.

Made once per run by `run`. Nothing of Python can be reached: names with underscores are refused by Jinja's own sandbox, and
of Go objects only what they declare is visible.
"""

from collections.abc import Callable, Iterable, Mapping
from string import Formatter
from typing import Any

from jinja2 import StrictUndefined, Undefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedFormatter

from helmpy.engine.jinja_dialect import budget, functions
from helmpy.engine.jinja_dialect.budget import Budget
from helmpy.engine.jinja_dialect.loader import ChartLoader
from helmpy.engine.jinja_dialect.values import text
from helmpy.golang.types import GoError

_MAP_METHODS = frozenset(("get", "items", "keys", "values"))
_SIZED_FILTERS = ("batch", "center", "indent", "round", "slice", "truncate", "wordwrap")
_REMOVED_FILTERS = ("attr", "pprint", "urlize", "xmlattr")  # reach into objects, or are of no use in YAML


class _Formatter(SandboxedFormatter):
    """str.format whose widths are bounded."""

    def format_field(self, value: Any, format_spec: str) -> str:
        budget.check_format(format_spec)
        return str(Formatter.format_field(self, value, format_spec))


class _Generator(CodeGenerator):
    """Jinja's compiler, with a `~` that prints as `{{ }}` does."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - the visitor's naming
        self.write("environment.join_texts((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment of one run."""

    code_generator_class = _Generator
    intercepted_binops = frozenset(("*", "**", "+", "%"))

    def __init__(
        self, loader: ChartLoader, limits: Budget, calls: Mapping[str, Callable[..., Any]], *, strict: bool
    ) -> None:
        super().__init__(
            loader=loader,
            autoescape=False,
            keep_trailing_newline=True,
            optimized=False,  # nothing runs before the limits are in force
            undefined=StrictUndefined if strict else Undefined,
            finalize=text,
            extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        )
        self._charts = loader
        self._limits = limits
        self._install(calls)

    def _install(self, calls: Mapping[str, Callable[..., Any]]) -> None:
        own = {**functions.library(), **functions.with_snake_case(calls)}
        kept = {name: self.globals[name] for name in ("range", "cycler", "joiner", "namespace")}
        self.globals = {**own, **kept, "dict": functions.make_dict}
        for name in _REMOVED_FILTERS:
            del self.filters[name]
        for name in _SIZED_FILTERS:
            self.filters[name] = _guarded(self.filters[name], budget.check_filter)
        self.filters["format"] = _guarded(self.filters["format"], budget.check_format)
        self.filters["replace"] = _after_context(self.filters["replace"], budget.check_replacement)
        self.filters["join"] = _join
        self.filters["string"] = text
        self.filters = {**{name: functions.as_filter(found) for name, found in own.items()}, **self.filters}

    # --- what templates do -------------------------------------------------------------------------------------------

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`obj.attribute`: of Go objects what they declare, of maps the key before the method."""
        if functions.is_object(obj):
            return self._member(obj, attribute)
        if isinstance(obj, dict):
            return obj[attribute] if attribute in obj else self._map_method(obj, attribute)
        if isinstance(obj, str) and attribute in ("format", "format_map"):
            return self._formatting(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`obj[argument]`."""
        if isinstance(obj, dict):
            return obj[argument] if self._has(obj, argument) else self.undefined(obj=obj, name=argument)
        if isinstance(argument, str) and (functions.is_object(obj) or isinstance(obj, str)):
            return self.getattr(obj, argument)
        return super().getitem(obj, argument)

    @staticmethod
    def _has(mapping: dict[Any, Any], key: Any) -> bool:
        try:
            return key in mapping
        except TypeError:
            return False

    def _member(self, obj: Any, name: str) -> Any:
        try:
            return functions.member(obj, name)
        except KeyError:
            return self._map_method(obj, name)

    def _map_method(self, obj: Any, name: str) -> Any:
        if isinstance(obj, dict) and name in _MAP_METHODS:
            return getattr(obj, name)
        return self.undefined(obj=obj, name=name)

    def _formatting(self, template: str, method: str) -> Callable[..., str]:
        formatter = _Formatter(self)

        def apply(*arguments: Any, **named: Any) -> str:
            if method == "format_map":
                formatted = formatter.vformat(template, (), dict(*arguments))
            else:
                formatted = formatter.vformat(template, arguments, named)
            budget.check_text(len(formatted))
            return formatted

        return apply

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """`obj(…)`."""
        self._limits.step()
        owner = getattr(obj, "__self__", None)
        if isinstance(owner, str):
            budget.check_method(owner, getattr(obj, "__name__", ""), args)
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """`left * right` and the other operators whose results can be large."""
        budget.check_operation(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def bounded(self, values: Iterable[Any]) -> Iterable[Any]:
        """What a for loop goes over."""
        return self._limits.rounds(values)

    def join_texts(self, values: Iterable[Any]) -> str:
        """`a ~ b`."""
        return budget.join(map(text, values))

    def concat(self, pieces: Iterable[str]) -> str:
        """The text of a macro, a block or a set block."""
        return budget.join(pieces)

    # --- compiling ---------------------------------------------------------------------------------------------------

    def join_path(self, template: str, parent: str) -> str:
        """The full path of a template that `parent` names."""
        return self._charts.resolve(template, parent)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for loop in tree.find_all(nodes.For):
            counter = nodes.EnvironmentAttribute("bounded", lineno=loop.lineno)
            loop.iter = nodes.Call(counter, [loop.iter], [], None, None, lineno=loop.lineno)
        tree.set_environment(self)
        return tree


def _guarded(native: Callable[..., Any], check: Callable[..., None]) -> Callable[..., Any]:
    """A filter of Jinja's whose arguments are checked first."""

    def apply(*arguments: Any, **named: Any) -> Any:
        values = tuple(value for value in arguments if not _is_jinja_argument(value))
        check(*values, **named)
        return native(*arguments, **named)

    return _like(native, apply)


def _after_context(native: Callable[..., Any], check: Callable[..., None]) -> Callable[..., Any]:
    def apply(context: Any, *arguments: Any, **named: Any) -> Any:
        check(*arguments)
        return native(context, *arguments, **named)

    return _like(native, apply)


def _like(native: Callable[..., Any], apply: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a wrapper to get what the wrapped filter gets from Jinja (environment, context)."""
    apply.__dict__.update(native.__dict__)
    return apply


def _is_jinja_argument(value: Any) -> bool:
    return isinstance(value, ImmutableSandboxedEnvironment)


def _join(values: Any, separator: Any = "", attribute: str | None = None) -> str:
    """Jinja's join, with texts as `{{ }}` prints them."""
    items = list(values)
    if attribute is not None:
        items = [_part(item, attribute) for item in items]
    texts = [text(item) for item in items]
    glue = text(separator)
    budget.check_text(sum(map(len, texts)) + len(glue) * len(texts))
    return glue.join(texts)


def _part(item: Any, attribute: str) -> Any:
    for step in attribute.split("."):
        if not isinstance(item, dict):
            raise GoError(f"join: cannot look up {attribute!r} in {text(item)!r}")
        item = item.get(step)
    return item
