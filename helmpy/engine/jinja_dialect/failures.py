"""Jinja's errors as Helm's users know them: file, line, and through which files it came.

`{% include %}` and macros show every file on the way: "execution error at (c/templates/_m.j2:3): …", "called from …".
"""

from types import TracebackType
from typing import NamedTuple

from jinja2 import TemplateNotFound, TemplateSyntaxError

from helmpy.engine.failures import message_of
from helmpy.errors import TemplateError


class _Place(NamedTuple):
    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


def template_error(path: str, error: BaseException) -> TemplateError:
    """What to tell the user about an exception that came out of the file `path`."""
    places = _places(error.__traceback__)
    if isinstance(error, TemplateSyntaxError):
        kind, found = "parse", _Place(error.name or path, error.lineno)
    else:
        kind, found = "execution", places.pop() if places else _Place(path, 1)
    callers = "".join(f"\n  called from {place}" for place in reversed(places) if place != found)
    return TemplateError(f"{kind} error at ({found}): {_message(error)}{callers}")


def _places(traceback: TracebackType | None) -> list[_Place]:
    """The lines of templates that were running, outermost first."""
    places: list[_Place] = []
    while traceback is not None:
        template = traceback.tb_frame.f_globals.get("__jinja_template__")
        if template is not None:
            place = _Place(template.name, template.get_corresponding_lineno(traceback.tb_lineno))
            if place not in places[-1:]:
                places.append(place)
        traceback = traceback.tb_next
    return places[:1] + places[-20:] if len(places) > 21 else places


def _message(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "templates or macros are nested too deeply"
    if isinstance(error, MemoryError):
        return "out of memory"
    if isinstance(error, TemplateNotFound):
        return f'template "{error.name}" not found'
    if isinstance(error, TemplateSyntaxError):
        return error.message or "syntax error"
    return message_of(str(error)) or type(error).__name__
