"""From the tree to Python closures: `compile_node(node)` gives a function of the variables.

Variables travel in one dict; `BUDGET` in it counts work down, so that no expression runs for long.
"""

from collections.abc import Callable, Iterable
from typing import Any

from cluster_core.apimachinery.cel import nodes
from cluster_core.apimachinery.cel.errors import (
    CostLimitError,
    EvaluationError,
    InstantiationError,
    no_overload,
)
from cluster_core.apimachinery.cel.library import FORMATS
from cluster_core.apimachinery.cel.standard import CONVERSIONS, FUNCTIONS, index, optional_index
from cluster_core.apimachinery.cel.values import NOTHING, Optional, TypeValue

Variables = dict[str, Any]
Code = Callable[[Variables], Any]
BUDGET = "#"


def spend(variables: Variables, amount: int = 1) -> None:
    """Count work; raises CostLimitError."""
    budget = variables[BUDGET]
    budget[0] -= amount
    if budget[0] < 0:
        raise CostLimitError


def compile_node(node: nodes.Node) -> Code:
    """The code of a checked tree; raises InstantiationError."""
    return _COMPILERS[type(node)](node)


def _literal(node: nodes.Literal) -> Code:
    value = node.value
    return lambda _: value


def _ident(node: nodes.Ident) -> Code:
    name, fallback = node.name, TypeValue(node.name)

    return lambda variables: variables.get(name, fallback)


def _select(node: nodes.Select) -> Code:
    operand, field = compile_node(node.operand), node.field
    qualified = nodes.qualified_name(node)

    def plain(variables: Variables) -> Any:
        if qualified in variables:
            return variables[qualified]
        value = operand(variables)
        if isinstance(value, TypeValue):
            return TypeValue(qualified)
        return optional_index(value, field) if isinstance(value, Optional) else index(value, field)

    def test(variables: Variables) -> bool:
        value = operand(variables)
        if isinstance(value, Optional):
            return bool(optional_index(value, field).held)
        if not isinstance(value, dict):
            raise no_overload()
        return field in value

    if node.test:
        return test
    return (lambda variables: optional_index(operand(variables), field)) if node.optional else plain


def _call(node: nodes.Call) -> Code:
    if node.name in ("_&&_", "_||_"):
        return _logic(node)
    if node.name == "_?_:_":
        return _choice(node)
    name = node.resolved or node.name
    function = implementation(name)
    parts = [] if node.target is None or name != node.name else [node.target]
    codes = [compile_node(part) for part in [*parts, *node.args]]
    if name in CONVERSIONS and node.args and isinstance(node.args[0], nodes.Literal):
        return _converted(function, node.args[0].value)
    if len(codes) == 2:
        first, second = codes

        def two(variables: Variables) -> Any:
            spend(variables)
            return function(first(variables), second(variables))

        return two

    def code(variables: Variables) -> Any:
        spend(variables)
        return function(*[each(variables) for each in codes])

    return code


def _converted(function: Callable[[Any], Any], value: Any) -> Code:
    try:
        result = function(value)
    except EvaluationError as error:
        raise InstantiationError(str(error)) from None
    return lambda _: result


def implementation(name: str) -> Callable[..., Any]:
    """The function of that name."""
    found = FUNCTIONS.get(name)
    if found is not None:
        return found
    from cluster_core.apimachinery.cel import authorization, kubernetes, texts

    found = texts.FUNCTIONS.get(name) or kubernetes.FUNCTIONS.get(name) or authorization.FUNCTIONS.get(name)
    if found is not None:
        return found
    kind = name.removeprefix("format.")
    assert kind in FORMATS, name
    return lambda: kubernetes.Format(kind)


def _decided(terms: Iterable[tuple[Code, Variables]], decisive: bool) -> bool:
    """The first term that is `decisive` decides, whatever failed before it; else a failure does."""
    failure: EvaluationError | None = None
    for term, variables in terms:
        try:
            value = term(variables)
        except CostLimitError:
            raise
        except EvaluationError as error:
            failure = failure or error
            continue
        if value is decisive:
            return value is True
        if not isinstance(value, bool):
            failure = failure or no_overload()
    if failure is not None:
        raise failure
    return not decisive


def _logic(node: nodes.Call) -> Code:
    """Either side may decide alone, even if the other one fails."""
    sides = tuple(map(compile_node, node.args))
    decisive: bool = node.name == "_||_"

    def code(variables: Variables) -> bool:
        return _decided(((each, variables) for each in sides), decisive)

    return code


def _choice(node: nodes.Call) -> Code:
    condition, yes, no = map(compile_node, node.args)

    def code(variables: Variables) -> Any:
        chosen = condition(variables)
        if not isinstance(chosen, bool):
            raise no_overload()
        return yes(variables) if chosen else no(variables)

    return code


def _list(node: nodes.ListNode) -> Code:
    codes, optional = [compile_node(item) for item in node.items], node.optional

    def code(variables: Variables) -> list[Any]:
        found: list[Any] = []
        for place, each in enumerate(codes):
            value = each(variables)
            if place in optional:
                found.extend(value.held)
            else:
                found.append(value)
        spend(variables, len(found))
        return found

    return code


def _map(node: nodes.MapNode) -> Code:
    codes = [(compile_node(key), compile_node(value), optional) for key, value, optional in node.entries]

    def code(variables: Variables) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key_code, value_code, optional in codes:
            key, value = key_code(variables), value_code(variables)
            if optional:
                if not value.held:
                    continue
                value = value.held[0]
            if isinstance(key, (list, dict, float)) or key is None:
                raise EvaluationError("unsupported key type")
            if key in found:
                raise EvaluationError(f"duplicate key in map: {key}")
            found[key] = value
        return found

    return code


# Loops


def _bindings(node: nodes.Macro) -> Callable[[Variables], Iterable[Variables]]:
    """The variables of each turn: the outer ones and the loop's own."""
    source, names = compile_node(node.range), node.variables

    def turns(variables: Variables) -> Iterable[Variables]:
        found = source(variables)
        if not isinstance(found, (list, dict)):
            raise no_overload()
        inner = dict(variables)
        pairs = found.items() if isinstance(found, dict) else enumerate(found)
        for key, value in pairs:
            spend(variables, 2)
            if len(names) == 2:
                inner[names[0]], inner[names[1]] = key, value
            else:
                inner[names[0]] = key if isinstance(found, dict) else value
            yield inner

    return turns


def _macro(node: nodes.Macro) -> Code:
    return _LOOPS[node.name](_bindings(node), node, [compile_node(arg) for arg in node.args])


def _any_or_all(turns: Any, node: nodes.Macro, codes: list[Code]) -> Code:
    predicate, decisive = codes[0], node.name == "exists"

    def code(variables: Variables) -> bool:
        return _decided(((predicate, inner) for inner in turns(variables)), decisive)

    return code


def _exists_one(turns: Any, _node: nodes.Macro, codes: list[Code]) -> Code:
    predicate = codes[0]
    return lambda variables: sum(_true(predicate(inner)) for inner in turns(variables)) == 1


def _true(value: Any) -> bool:
    if not isinstance(value, bool):
        raise no_overload()
    return value


def _filter(turns: Any, node: nodes.Macro, codes: list[Code]) -> Code:
    predicate, name = codes[0], node.variables[0]
    return lambda variables: [inner[name] for inner in turns(variables) if _true(predicate(inner))]


def _transform(turns: Any, _node: nodes.Macro, codes: list[Code]) -> Code:
    transform = codes[-1]
    if len(codes) == 1:
        return lambda variables: [transform(inner) for inner in turns(variables)]
    predicate = codes[0]
    return lambda variables: [transform(inner) for inner in turns(variables) if _true(predicate(inner))]


def _transform_map(turns: Any, node: nodes.Macro, codes: list[Code]) -> Code:
    transform, name, whole = codes[-1], node.variables[0], node.name == "transformMapEntry"
    predicate = codes[0] if len(codes) == 2 else None

    def code(variables: Variables) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for inner in turns(variables):
            if predicate is not None and not _true(predicate(inner)):
                continue
            made = transform(inner)
            for key, value in made.items() if whole else ((inner[name], made),):
                if key in found:
                    raise EvaluationError(f"insert failed: key {key} already exists")
                found[key] = value
        return found

    return code


_LOOPS: dict[str, Callable[[Any, nodes.Macro, list[Code]], Code]] = {
    "all": _any_or_all,
    "exists": _any_or_all,
    "exists_one": _exists_one,
    "filter": _filter,
    "map": _transform,
    "transformList": _transform,
    "transformMap": _transform_map,
    "transformMapEntry": _transform_map,
}


def _opt_map(node: nodes.OptMap) -> Code:
    target, body, name = compile_node(node.target), compile_node(node.body), node.variable
    flat = node.name == "optFlatMap"

    def code(variables: Variables) -> Optional:
        found = target(variables)
        if not isinstance(found, Optional):
            raise no_overload()
        if not found.held:
            return NOTHING
        value = body({**variables, name: found.held[0]})
        return value if flat else Optional((value,))

    return code


_COMPILERS: dict[type, Callable[[Any], Code]] = {
    nodes.Literal: _literal,
    nodes.Ident: _ident,
    nodes.Select: _select,
    nodes.Call: _call,
    nodes.ListNode: _list,
    nodes.MapNode: _map,
    nodes.Macro: _macro,
    nodes.OptMap: _opt_map,
}
