"""Finding the file that `{% include %}`, `{% import %}` or `{% extends %}` names.

Only the chart's own `.j2` files can be found: names are compared, never opened.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from jinja2 import BaseLoader, Environment, TemplateNotFound

if TYPE_CHECKING:
    from helmpy.engine.context import Renderable


class ChartLoader(BaseLoader):
    """Template files by full path ("parent/charts/sub/templates/_x.j2")."""

    def __init__(self, templates: "Mapping[str, Renderable]") -> None:
        self._templates = templates

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Text, path and freshness, as Jinja wants them."""
        if template not in self._templates:
            raise TemplateNotFound(template)
        return self._templates[template].text, template, lambda: True

    def resolve(self, name: str, parent: str) -> str:
        """The full path that a name means in the file `parent`; the name itself if there is no such file."""
        return next((path for path in self._candidates(name, parent) if path in self._templates), name)

    def _candidates(self, name: str, parent: str) -> Iterator[str]:
        """In the same chart, in its templates folder, beside the parent, as a full path; each also without its suffix."""
        templates = self._templates[parent].base_path if parent in self._templates else ""
        chart = templates.removesuffix("/templates")
        folder = parent.rpartition("/")[0]
        for path in (f"{chart}/{name}", f"{templates}/{name}", f"{folder}/{name}", name):
            yield path
            yield f"{path}.j2"
