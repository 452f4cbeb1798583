"""What the extension functions on texts, lists and sets do (CEL's own extensions, and Kubernetes' for lists and regular expressions)."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from cluster_core.apimachinery.cel.errors import EvaluationError, no_overload
from cluster_core.apimachinery.cel.standard import FUNCTIONS as STANDARD
from cluster_core.apimachinery.cel.standard import double_text, duration_text, pattern_of, timestamp_text
from cluster_core.apimachinery.cel.values import Duration, Timestamp, TypeValue, UInt, contains, equal

_add, _less = STANDARD["_+_"], STANDARD["_<_"]
_ZEROS: dict[type, Any] = {int: 0, UInt: UInt(0), float: 0.0, Duration: Duration(0)}


def _in_range(text: str, place: int, *, end: bool = True) -> int:
    if not 0 <= place <= len(text) - (0 if end else 1):
        raise EvaluationError(f"index out of range: {place}")
    return place


def _char_at(text: str, place: int) -> str:
    return text[_in_range(text, place) : place + 1]


def _index_of(container: Any, wanted: Any, start: int = 0) -> int:
    if isinstance(container, list):
        return next((at for at, item in enumerate(container) if equal(item, wanted)), -1)
    if start:
        _in_range(container, start)
    return int(container.find(wanted, start))


def _last_index_of(container: Any, wanted: Any, start: int | None = None) -> int:
    if isinstance(container, list):
        return next((at for at in range(len(container) - 1, -1, -1) if equal(container[at], wanted)), -1)
    if start is None:
        return int(container.rfind(wanted))
    _in_range(container, start)
    return int(container.rfind(wanted, 0, start + len(wanted)))


def _replace(text: str, old: str, new: str, count: int = -1) -> str:
    return text.replace(old, new, count)


def _split(text: str, separator: str, limit: int = -1) -> list[str]:
    if limit == 0:
        return []
    if separator:
        return text.split(separator, limit - 1 if limit > 0 else -1)
    return list(text) if limit < 0 or limit > len(text) else [*text[: limit - 1], text[limit - 1 :]]


def _substring(text: str, start: int, end: int | None = None) -> str:
    stop = len(text) if end is None else end
    for place in (start, stop):
        _in_range(text, place)
    if start > stop:
        raise EvaluationError(f"invalid substring range. start: {start}, end: {stop}")
    return text[start:stop]


def _ascii(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: "".join(change(c) if c.isascii() else c for c in text)


def _join(items: list[Any], separator: str = "") -> str:
    if not all(isinstance(item, str) for item in items):
        raise no_overload()
    return separator.join(items)


def _trim(text: str) -> str:
    return text.strip(
        " \t\n\v\f\r\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
    )


def _quote(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)


def _find(text: str, pattern: str) -> str:
    match = pattern_of(pattern).search(text)
    return "" if match is None else str(match[0])


def _find_all(text: str, pattern: str, limit: int = -1) -> list[str]:
    found = [match[0] for match in pattern_of(pattern).finditer(text)]
    return found if limit < 0 else found[:limit]


# "%s".format([…])


def _format(text: str, args: list[Any]) -> str:
    parts: list[str] = []
    place = used = 0
    while place < len(text):
        if text[place] != "%":
            parts.append(text[place])
            place += 1
            continue
        place += 1
        if text[place : place + 1] == "%":
            parts.append("%")
            place += 1
            continue
        precision = 6
        if text[place : place + 1] == ".":
            end = place + 1
            while text[end : end + 1].isdigit():
                end += 1
            precision, place = int(text[place + 1 : end] or 0), end
        verb = text[place : place + 1]
        place += 1
        if used >= len(args):
            raise EvaluationError(f"index {used} out of range")
        if verb not in _VERBS:
            raise EvaluationError(f'could not parse formatting clause: unrecognized formatting clause "{verb}"')
        parts.append(_VERBS[verb](args[used], precision))
        used += 1
    return "".join(parts)


def _shown(value: Any, _precision: int = 0) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, float):
        return double_text(value)
    if isinstance(value, Timestamp):
        return timestamp_text(value)
    if isinstance(value, Duration):
        return duration_text(value)
    if isinstance(value, TypeValue):
        return value.name
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(sorted(f"{_shown(k)}: {_shown(v)}" for k, v in value.items())) + "}"
    return str(value)


def _decimal(value: Any, _precision: int) -> str:
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
        raise _no_clause("integer", value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _no_clause("integer", value)
    return str(int(value))


def _no_clause(kind: str, value: Any) -> EvaluationError:
    from cluster_core.apimachinery.cel.values import type_name

    clauses = f"{kind} clause can only be used on "
    allowed = {
        "integer": "integers", "fixed-point": "doubles", "scientific": "doubles", "binary": "integers and bools",
        "octal": "integers", "hex": "integers, byte buffers, and strings",
    }  # fmt: skip
    return EvaluationError(f"error during formatting: {clauses}{allowed[kind]}, was given {type_name(value)}")


def _fixed(value: Any, precision: int) -> str:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise _no_clause("fixed-point", value)
    return f"{float(value):.{precision}f}"


def _scientific(value: Any, precision: int) -> str:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise _no_clause("scientific", value)
    return f"{float(value):.{precision}e}"


def _based(kind: str, form: str) -> Callable[[Any, int], str]:
    def shown(value: Any, _precision: int) -> str:
        if form in "xX" and isinstance(value, (str, bytes)):
            digits = (value.encode() if isinstance(value, str) else value).hex()
            return digits.upper() if form == "X" else digits
        if isinstance(value, bool) and form == "b":
            return "1" if value else "0"
        if not isinstance(value, int) or isinstance(value, bool):
            raise _no_clause(kind, value)
        return format(int(value), form)

    return shown


_VERBS: dict[str, Callable[[Any, int], str]] = {
    "s": _shown,
    "d": _decimal,
    "f": _fixed,
    "e": _scientific,
    "b": _based("binary", "b"),
    "o": _based("octal", "o"),
    "x": _based("hex", "x"),
    "X": _based("hex", "X"),
}


# Lists


def _is_sorted(items: list[Any]) -> bool:
    return not any(_less(after, before) for before, after in pairwise(items))


def _extreme(name: str, better: Callable[[Any, Any], bool]) -> Callable[[list[Any]], Any]:
    def extreme(items: list[Any]) -> Any:
        if not items:
            raise EvaluationError(f"{name} called on empty list")
        best = items[0]
        for item in items[1:]:
            best = item if better(item, best) else best
        return best

    return extreme


def _sum(items: list[Any]) -> Any:
    if not items:
        return 0
    total = _ZEROS.get(type(items[0]))
    if total is None:
        raise no_overload()
    for item in items:
        total = _add(total, item)
    return total


def _slice(items: list[Any], start: int, end: int) -> list[Any]:
    if start < 0 or end < 0:
        raise EvaluationError(f"cannot slice({start}, {end}), negative indexes not supported")
    if start > end:
        raise EvaluationError(f"cannot slice({start}, {end}), start index must be less than or equal to end index")
    if end > len(items):
        raise EvaluationError(f"cannot slice({start}, {end}), list is length {len(items)}")
    return items[start:end]


def _flatten(items: list[Any], depth: int = 1) -> list[Any]:
    if depth < 0:
        raise EvaluationError("level must be non-negative")
    flat: list[Any] = []
    for item in items:
        if isinstance(item, list) and depth:
            flat.extend(_flatten(item, depth - 1))
        else:
            flat.append(item)
    return flat


def _sort(items: list[Any]) -> list[Any]:
    from functools import cmp_to_key

    return sorted(items, key=cmp_to_key(lambda a, b: -1 if _less(a, b) else int(_less(b, a))))


def _distinct(items: list[Any]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if not contains(found, item):
            found.append(item)
    return found


def _range(count: int) -> list[int]:
    if count > 1_000_000:
        raise EvaluationError("lists.range() is limited")
    return list(range(count))


def _subset(a: list[Any], b: list[Any]) -> bool:
    return all(contains(a, item) for item in b)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "charAt": _char_at,
    "indexOf": _index_of,
    "lastIndexOf": _last_index_of,
    "join": _join,
    "lowerAscii": _ascii(str.lower),
    "upperAscii": _ascii(str.upper),
    "replace": _replace,
    "split": _split,
    "substring": _substring,
    "trim": _trim,
    "format": _format,
    "strings.quote": _quote,
    "find": _find,
    "findAll": _find_all,
    "sets.contains": _subset,
    "sets.equivalent": lambda a, b: _subset(a, b) and _subset(b, a),
    "sets.intersects": lambda a, b: any(contains(a, item) for item in b),
    "slice": _slice,
    "flatten": _flatten,
    "sort": _sort,
    "distinct": _distinct,
    "reverse": lambda items: list(reversed(items)),
    "lists.range": _range,
    "isSorted": _is_sorted,
    "min": _extreme("min", _less),
    "max": _extreme("max", lambda a, b: _less(b, a)),
    "sum": _sum,
}
