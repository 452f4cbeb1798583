"""Field paths and field errors, worded as Kubernetes words them (k8s.io/apimachinery field.Error)."""

from typing import Any, NamedTuple


class FieldError(NamedTuple):
    """One problem of one field. `type` is the cause's reason ("FieldValueInvalid" …), `message` what follows the path."""

    path: str
    type: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


REQUIRED = "FieldValueRequired"
INVALID = "FieldValueInvalid"
DUPLICATE = "FieldValueDuplicate"
FORBIDDEN = "FieldValueForbidden"
NOT_SUPPORTED = "FieldValueNotSupported"
NOT_FOUND = "FieldValueNotFound"
TOO_LONG = "FieldValueTooLong"
TOO_MANY = "FieldValueTooMany"
TYPE_INVALID = "FieldValueTypeInvalid"
INTERNAL = "InternalError"


def required(path: str, detail: str = "") -> FieldError:
    """`Required value: detail`."""
    return FieldError(path, REQUIRED, "Required value" + (f": {detail}" if detail else ""))


def invalid(path: str, value: Any, detail: str) -> FieldError:
    """`Invalid value: <value>: detail`."""
    return FieldError(path, INVALID, f"Invalid value: {value_text(value)}" + (f": {detail}" if detail else ""))


def duplicate(path: str, value: Any) -> FieldError:
    """`Duplicate value: <value>`."""
    return FieldError(path, DUPLICATE, f"Duplicate value: {value_text(value)}")


def forbidden(path: str, detail: str) -> FieldError:
    """`Forbidden: detail`."""
    return FieldError(path, FORBIDDEN, f"Forbidden: {detail}" if detail else "Forbidden")


def not_supported(path: str, value: Any, supported: "list[str] | tuple[str, ...]") -> FieldError:
    """`Unsupported value: <value>: supported values: "a", "b"` (sorted)."""
    listed = ", ".join(f'"{s}"' for s in sorted(supported))
    return FieldError(path, NOT_SUPPORTED, f"Unsupported value: {value_text(value)}: supported values: {listed}")


def not_found(path: str, value: Any) -> FieldError:
    """`Not found: <value>`."""
    return FieldError(path, NOT_FOUND, f"Not found: {value_text(value)}")


def too_long(path: str, maximum: int) -> FieldError:
    """`Too long: may not be more than N bytes`."""
    return FieldError(path, TOO_LONG, f"Too long: may not be more than {maximum} bytes")


def too_many(path: str, actual: int, maximum: int) -> FieldError:
    """`Too many: N: must have at most M items`."""
    noun = "item" if maximum == 1 else "items"
    return FieldError(path, TOO_MANY, f"Too many: {actual}: must have at most {maximum} {noun}")


def value_text(value: Any) -> str:
    """A value as field errors show it: strings quoted, maps and lists as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, str):
        import json

        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (dict, list)):
        import orjson

        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return str(value)
