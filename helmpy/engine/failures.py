"""Template errors in the words of Helm.

Called by `go_dialect`. `fail` and `required` mark their message so that it alone is shown, at the outermost place.
"""

from helmpy.errors import TemplateError
from helmpy.golang.types import GoError
from helmpy.gotemplate.errors import ExecError
from helmpy.records import FrozenRecord

_START, _END = "HELM_ERR_START", "HELM_ERR_END"


def marked(message: str) -> str:
    """The message of `fail` or `required`, to be found again in the chain of errors around it."""
    return f"{_START}{message}{_END}"


def message_of(text: str) -> str:
    """The message of `fail` or `required` in a chain of errors, the whole text if there is none."""
    start, end = text.find(_START), text.rfind(_END)
    return text[start + len(_START) : end] if 0 <= start < end else text


def parse_failure(path: str, error: GoError) -> TemplateError:
    """A template that cannot be parsed."""
    tokens = str(error).split(": ")
    if len(tokens) == 1:
        return TemplateError(f"parse error in ({path}): {error}")
    return TemplateError(f"parse error at ({tokens[1]}): {tokens[-1]}")


def execution_failure(path: str, error: GoError) -> TemplateError:
    """A template that failed while it ran."""
    text = str(error)
    if not isinstance(error, ExecError):
        return TemplateError(text)
    tokens = text.split(": ", 2)
    if len(tokens) != 3:
        return TemplateError(f"execution error in ({path}): {text}")
    message = message_of(tokens[2])
    if message is not tokens[2]:
        return TemplateError(f"execution error at ({tokens[1]}): {message}")
    return TemplateError(_stack(error) or text)


class _Place(FrozenRecord):
    """One line of the stack that Helm shows."""

    location: str
    message: str
    executed: str = ""

    def __str__(self) -> str:
        location = f"{self.location}\n  " if self.location else ""
        executed = f"{self.executed}\n    " if self.executed else ""
        return location + executed + (f"{self.message}\n" if self.message else "")


def _stack(error: GoError) -> str | None:
    """The chain of errors, one place per line; None if one of them did not come from a template."""
    places: list[_Place] = []
    current: BaseException | None = error
    while current is not None:
        place = _place(str(current))
        if place is None:
            return None
        if not places or places[-1] != place:
            places.append(place)
        current = getattr(current, "wrapped", None)
    return "".join(map(str, places)).strip()


def _place(text: str) -> _Place | None:
    if not text.startswith("template: "):
        return None
    rest = text.removeprefix("template: ")
    if rest.startswith("no template "):
        return _Place("", text)
    return _executing(rest) or _simple(rest)


def _executing(rest: str) -> _Place | None:
    """`NAME: executing "FUNC" at <NODE>: MESSAGE`, without the errors that follow in the chain."""
    location, found, after = rest.partition(": executing ")
    if not found or not after.startswith('"') or '"' not in after[1:]:
        return None
    name, _, after = after[1:].partition('"')
    if not after.startswith(" at <"):
        return None
    node, found, message = after.removeprefix(" at <").partition(">: ")
    if not found:
        return None
    return _Place(location, message.partition(" template:")[0], f'executing "{name}" at <{node}>:')


def _simple(rest: str) -> _Place | None:
    location, found, message = rest.rpartition(": ")
    return _Place(location, message.partition(" template:")[0]) if found else None
