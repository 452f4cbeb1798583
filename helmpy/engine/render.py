"""The engine's public face: from a chart and the user's values to rendered files.

Called by actions and lint. Must not print (values that had to be skipped are logged), and reads nothing but its
arguments.
"""

from collections.abc import Callable

from helmpy.annotations import Any
from helmpy.chart.model import Chart
from helmpy.engine import context, go_dialect
from helmpy.engine.capabilities import Capabilities
from helmpy.engine.objects import Values, chart_object
from helmpy.records import FrozenRecord

Lookup = Callable[[str, str, str, str], dict[str, Any]]


class ReleaseOptions(FrozenRecord):
    """What `.Release` says."""

    name: str
    namespace: str
    revision: int = 1
    is_install: bool = True
    is_upgrade: bool = False


class EngineOptions(FrozenRecord):
    """How to render. `lookup` takes apiVersion, kind, namespace and name ("" for a list) and returns an object or {}."""

    strict: bool = False
    lint: bool = False
    enable_dns: bool = False
    lookup: Lookup | None = None


_DEFAULTS = EngineOptions()


def render_values(
    chart: Chart,
    user_values: dict[str, Any],
    release: ReleaseOptions,
    capabilities: Capabilities,
    skip_schema: bool = False,
) -> dict[str, Any]:
    """The top-level context: coalesced values, release, chart, capabilities.

    Raises SchemaError when the values violate a chart's schema, ValuesError when they cannot be coalesced.
    """
    from helmpy import log
    from helmpy.values.merge import coalesce

    values = coalesce(chart, user_values, warn=log.info)
    if not skip_schema:
        from helmpy.values import schema

        schema.validate(chart, values)
    return {
        "Chart": chart_object(chart.metadata, is_root=chart.is_root),
        "Capabilities": capabilities,
        "Release": {
            "Name": release.name,
            "Namespace": release.namespace,
            "IsUpgrade": release.is_upgrade,
            "IsInstall": release.is_install,
            "Revision": release.revision,
            "Service": "Helm",
        },
        "Values": Values(values),
    }


def render(chart: Chart, render_values: dict[str, Any], options: EngineOptions = _DEFAULTS) -> dict[str, str]:
    """`{template path: text}` of every file under templates/ that is not a partial, NOTES.txt included.

    Raises TemplateError, worded as Helm words it.
    """
    templates = context.renderables(chart, render_values)
    jinja = {path: template for path, template in templates.items() if path.endswith(".j2")}
    if not jinja:
        return go_dialect.render(templates, options)
    from helmpy.engine import jinja_dialect

    go = {path: template for path, template in templates.items() if path not in jinja}
    return go_dialect.render(go, options) | jinja_dialect.render(jinja, options, go)


def render_text(text: str, data: Any) -> str:
    """One template by itself, with the functions of Sprig and Go: `--name-template`, `--template`. Raises TemplateError."""
    from helmpy.errors import TemplateError
    from helmpy.golang.types import GoError

    try:
        return go_dialect.render_text(text, data)
    except GoError as error:
        raise TemplateError(str(error)) from error
