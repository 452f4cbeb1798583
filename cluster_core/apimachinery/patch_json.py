"""JSON patch (RFC 6902) on read-only objects, with the error texts of the server's library."""

from typing import Any

from cluster_core.apimachinery.meta import deep_copy

MAX_OPERATIONS = 10_000


class PatchError(ValueError):
    """The patch is malformed or does not apply."""


class TestFailedError(PatchError):
    """A test operation found another value."""


def apply(document: Any, operations: Any) -> Any:
    """The patched document, sharing nothing with the old one; raises PatchError."""
    result = deep_copy(document)
    for operation in operations:
        result = _apply_one(result, operation)
    return result


def _apply_one(document: Any, operation: Any) -> Any:
    kind, path = operation.get("op"), operation.get("path")
    if not isinstance(path, str):
        raise PatchError("operation missing path field")
    if kind in ("add", "replace", "test"):
        return _OPERATIONS[kind](document, path, operation.get("value"))
    if kind == "remove":
        return _remove(document, path)
    if kind in ("move", "copy"):
        source = operation.get("from")
        if not isinstance(source, str):
            raise PatchError("operation missing from field")
        value = _find(document, source, kind)
        if kind == "move":
            document = _remove(document, source, "move")
        else:
            value = deep_copy(value) if isinstance(value, (dict, list)) else value
        return _add(document, path, value, kind)
    raise PatchError(f"Unexpected kind: {kind}" if kind is not None else "Unexpected kind: unknown")


def _tokens(path: str) -> list[str]:
    return [t.replace("~1", "/").replace("~0", "~") for t in path.split("/")[1:]]


def _missing(kind: str, path: str, token: str) -> PatchError:
    if kind == "remove":
        return PatchError(f"remove operation does not apply: doc is missing path: {path}: missing value")
    return PatchError(f"{kind} operation does not apply: doc is missing path: {path}: missing value")


def _container(document: Any, path: str, kind: str) -> tuple[Any, str]:
    tokens = _tokens(path)
    container = document
    for token in tokens[:-1]:
        container = _step(container, token)
        if not isinstance(container, (dict, list)):
            raise _missing(kind, path, token)
    return container, tokens[-1] if tokens else ""


def _step(container: Any, token: str) -> Any:
    if isinstance(container, dict):
        return container.get(token)
    try:
        index = int(token)
        return container[index] if -len(container) <= index < len(container) else None
    except ValueError:
        return None


def _find(document: Any, path: str, kind: str) -> Any:
    if path == "":
        return document
    container, token = _container(document, path, kind)
    if isinstance(container, dict):
        if token not in container and kind == "move":
            raise _missing(kind, path, token)
        return container.get(token)
    return container[_index(container, token, kind, path)]


def _index(container: list[Any], token: str, kind: str, path: str) -> int:
    try:
        index = int(token)
    except ValueError:
        raise PatchError(
            f'{kind} operation does not apply: doc is missing key: {path}: strconv.Atoi: parsing "{token}": invalid syntax'
        ) from None
    if not -len(container) <= index < len(container):
        raise PatchError(
            f"{kind} operation does not apply: doc is missing path: {path}: missing value"
            if kind == "remove"
            else f"Unable to access invalid index: {index}: invalid index referenced"
        )
    return index


def _add(document: Any, path: str, value: Any, kind: str = "add") -> Any:
    if path == "":
        return value
    container, token = _container(document, path, kind)
    if isinstance(container, dict):
        container[token] = value
        return document
    if token == "-":
        container.append(value)
        return document
    try:
        index = int(token)
    except ValueError:
        text = f'{kind} operation does not apply: doc is missing path: "{path}": strconv.Atoi: parsing "{token}": invalid syntax'
        raise PatchError(text) from None
    if not -len(container) - 1 <= index <= len(container):
        raise PatchError(
            f'{kind} operation does not apply: doc is missing path: "{path}": Unable to access invalid index: {index}: invalid index referenced'
        )
    container.insert(index if index >= 0 else len(container) + 1 + index, value)
    return document


def _replace(document: Any, path: str, value: Any) -> Any:
    if path == "":
        return value
    container, token = _container(document, path, "replace")
    if isinstance(container, dict):
        container[token] = value
    else:
        container[_index(container, token, "replace", path)] = value
    return document


def _remove(document: Any, path: str, kind: str = "remove") -> Any:
    if path == "":
        raise PatchError("remove operation does not apply: the whole document")
    container, token = _container(document, path, kind)
    if isinstance(container, dict):
        if token not in container:
            raise PatchError(
                f"{kind} operation does not apply: Unable to remove nonexistent key: {token}: missing value"
            )
        del container[token]
    else:
        del container[_index(container, token, kind, path)]
    return document


def _test(document: Any, path: str, value: Any) -> Any:
    try:
        actual = _find(document, path, "test")
    except PatchError:
        actual = None
    if actual != value:
        raise TestFailedError(f"testing value {path} failed: test failed")
    return document


_OPERATIONS = {"add": _add, "replace": _replace, "test": _test}
