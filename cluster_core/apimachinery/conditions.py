"""Status conditions: find, compare and set them in the upstream way, on read-only lists."""

from typing import Any

Condition = dict[str, Any]


def get(conditions: list[Condition] | None, type: str) -> Condition | None:
    """The condition of that type, None without one."""
    for condition in conditions or ():
        if condition["type"] == type:
            return condition
    return None


def is_true(conditions: list[Condition] | None, type: str) -> bool:
    """Whether the condition exists with status "True"."""
    condition = get(conditions, type)
    return condition is not None and condition["status"] == "True"


def with_condition(conditions: list[Condition] | None, new: Condition) -> list[Condition]:
    """A list with `new` in the place of the one of its type, or at the end.

    lastTransitionTime is kept from the old condition while the status stays the same.
    """
    result = list(conditions or ())
    for index, old in enumerate(result):
        if old["type"] == new["type"]:
            if old["status"] == new["status"] and "lastTransitionTime" in old:
                new = {**new, "lastTransitionTime": old["lastTransitionTime"]}
            result[index] = new
            return result
    result.append(new)
    return result
