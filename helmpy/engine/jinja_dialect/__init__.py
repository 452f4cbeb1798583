"""Charts in Jinja2: every file under templates/ whose name ends in `.j2`.

`render` is called by helmpy.engine.render. What a chart author can rely on:

- The objects are those of Go templates, without the leading dot: `Release`, `Chart`, `Values`, `Files`, `Capabilities`,
  `Template`, `Subcharts`. Whole numbers are ints, keys win over the methods of a map (`Values.items` is the key, if there).
- Output is YAML's: `true`, `false`, nothing for null, maps and lists as JSON.
- Jinja's own filters keep their names; all of Sprig's and Helm's functions are globals (`trunc(63, name)`) and, where Jinja
  has no filter of that name, filters whose input is the last argument (`name | trunc(63)`). camelCase names are also there
  in snake_case. `range`, `cycler`, `joiner` and `namespace` are Jinja's, `dict` takes both pairs and keywords.
- `include("name")` runs a definition of the chart's Go templates with the whole context, or with its second argument;
  `tpl(text)` likewise. `{% include %}`, `{% import %}` and `{% extends %}` find files by their path in the same chart
  ("templates/_macros.j2" or just "_macros.j2"), or by full path ("parent/charts/common/templates/_macros.j2").
- `helmpy.dev/jinja-undefined: strict` in the annotations of Chart.yaml makes undefined names errors.
- The sandbox forbids whatever reaches into Python, and bounds loops, calls and the size of every text.

Inside: `run` renders, `environment` is the sandbox, `budget` its limits, `functions` what can be called, `values` turns values
into Jinja's and back, `loader` finds files, `failures` words errors.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helmpy.engine.context import Renderable
    from helmpy.engine.render import EngineOptions

SUFFIX = ".j2"
_NOTES = "NOTES.txt"


def render(
    templates: "Mapping[str, Renderable]",
    options: "EngineOptions",
    go_templates: "Mapping[str, Renderable] | None" = None,
) -> dict[str, str]:
    """The output of every file that is not a partial, by path. Raises TemplateError with file and line.

    `go_templates` are the Go templates of the same chart, whose definitions `include` finds. A path keeps its `.j2`, except
    that of notes, which are known by their name.
    """
    from helmpy.engine.jinja_dialect.run import Run

    run = Run(templates, options, go_templates or {})
    return {_output_path(path): run.file(path) for path in sorted(templates) if not _is_partial(path)}


def _is_partial(path: str) -> bool:
    return path.rpartition("/")[2].startswith("_")


def _output_path(path: str) -> str:
    plain = path.removesuffix(SUFFIX)
    return plain if plain.endswith(_NOTES) else path
