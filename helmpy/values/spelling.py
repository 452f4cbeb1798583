"""Which known name a misspelt one may stand for: the "did you mean" of explanations and of lint.

Must not guess when nothing is near: a wrong hint costs more than none.
"""

from collections.abc import Iterable

_NEAR = 0.75


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like `name` (case, dashes and underscores count little), or None."""
    from difflib import SequenceMatcher

    def likeness(other: str) -> float:
        return SequenceMatcher(None, _bare(name), _bare(other)).ratio()

    def near(other: str) -> bool:
        bare, wanted = _bare(other), _bare(name)
        shorter, longer = sorted((bare, wanted), key=len)
        return likeness(other) >= _NEAR or (len(shorter) >= 4 and longer.startswith(shorter))

    found = [other for other in known if other != name and near(other)]
    return max(found, key=lambda other: (likeness(other), other), default=None)


def _bare(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
