"""Values of a chart and its subcharts made one: what the user gave wins, a null from the user takes a default away.

Called by the engine (`coalesce`), by dependency processing and by actions that reuse values (`coalesce_tables`). Inputs
are never changed unless the docstring says so. Must not read files.
"""

from collections.abc import Callable

from helmpy.annotations import Any
from helmpy.chart.model import Chart
from helmpy.errors import ValuesError
from helmpy.golang import fmt

GLOBAL = "global"
Warn = Callable[[str], None]


def _silent(_message: str) -> None:
    pass


def coalesce(chart: Chart, user_values: dict[str, Any], *, warn: Warn = _silent) -> dict[str, Any]:
    """All values a chart renders with: its own, those of each subchart under the subchart's name, globals passed down.

    Nulls remove defaults. `warn` gets one message for each value that had to be skipped. Raises ValuesError where a
    subchart's name holds something other than a mapping.
    """
    return _Merger(warn, keep_nulls=False).chart(chart, copy(user_values), "")


def merge_values(chart: Chart, values: dict[str, Any], *, warn: Warn = _silent) -> dict[str, Any]:
    """As `coalesce`, but nulls stay, for steps that coalesce again later."""
    return _Merger(warn, keep_nulls=True).chart(chart, copy(values), "")


def coalesce_tables(dst: dict[str, Any], src: dict[str, Any], *, warn: Warn = _silent) -> dict[str, Any]:
    """Puts `src` under `dst`, in place, and returns `dst`; a null in `dst` removes what `src` has there."""
    return _Merger(warn, keep_nulls=False).tables(dst, copy(src), "")


def merge_tables(dst: dict[str, Any], src: dict[str, Any], *, warn: Warn = _silent) -> dict[str, Any]:
    """Puts `src` under `dst`, in place, and returns `dst`; nulls stay."""
    return _Merger(warn, keep_nulls=True).tables(dst, copy(src), "")


def copy(value: Any) -> Any:
    """A deep copy of mappings and lists; everything else in values is immutable."""
    if isinstance(value, dict):
        return {key: copy(item) if isinstance(item, (dict, list)) else item for key, item in value.items()}
    if isinstance(value, list):
        return [copy(item) if isinstance(item, (dict, list)) else item for item in value]
    return value


class _Merger:
    def __init__(self, warn: Warn, *, keep_nulls: bool) -> None:
        self._warn = warn
        self._keep_nulls = keep_nulls

    def chart(self, chart: Chart, values: dict[str, Any], prefix: str) -> dict[str, Any]:
        """Fill `values`, in place, with the defaults of the chart and of its subcharts."""
        path = _joined(prefix, chart.name)
        self._defaults(chart, values, path)
        for subchart in chart.dependencies:
            below = values.setdefault(subchart.name, {})
            if not isinstance(below, dict):
                raise ValuesError(fmt.sprintf("type mismatch on %s: %t", subchart.name, below))
            self._globals(below, values, path)
            self.chart(subchart, below, path)
        return values

    def _defaults(self, chart: Chart, values: dict[str, Any], path: str) -> None:
        subcharts = {subchart.name for subchart in chart.dependencies}
        for key, default in copy(chart.values).items():
            keep_nulls = self._keep_nulls or key in subcharts
            if key not in values:
                self._add_default(values, key, default)
            elif values[key] is None and not self._keep_nulls:
                del values[key]
            elif isinstance(values[key], dict):
                self._default_table(values[key], default, _joined(path, key), keep_nulls=keep_nulls)

    def _add_default(self, values: dict[str, Any], key: str, default: Any) -> None:
        if not self._keep_nulls:
            if default is None:
                return
            if isinstance(default, dict):
                _drop_nulls(default)
        values[key] = default

    def _default_table(self, table: dict[str, Any], default: Any, path: str, *, keep_nulls: bool) -> None:
        if not isinstance(default, dict):
            if default is not None:
                self._warn(f"warning: skipped value for {path}: Not a table.")
            return
        if not keep_nulls:
            _drop_nulls(default)
        _Merger(self._warn, keep_nulls=keep_nulls).tables(table, default, path)

    def _globals(self, below: dict[str, Any], above: dict[str, Any], path: str) -> None:
        """Pass the parent's globals down; its values win over the subchart's."""
        own, given = below.get(GLOBAL, {}), above.get(GLOBAL, {})
        if not isinstance(own, dict):
            self._warn(f"warning: skipping globals because destination {GLOBAL} is not a table.")
            return
        if not isinstance(given, dict):
            self._warn(f"warning: skipping globals because source {GLOBAL} is not a table.")
            return
        for key, value in given.items():
            if isinstance(value, dict):
                self._global_table(own, key, dict(value), _joined(path, key))
            elif isinstance(own.get(key), dict):
                self._warn(f"key {key} is table. Skipping")
            else:
                own[key] = value
        below[GLOBAL] = own

    def _global_table(self, own: dict[str, Any], key: str, given: dict[str, Any], path: str) -> None:
        if key in own:
            if not isinstance(own[key], dict):
                self._warn(fmt.sprintf("Conflict: cannot merge map onto non-map for %q. Skipping.", key))
                return
            _Merger(self._warn, keep_nulls=True).tables(given, own[key], path)
        own[key] = given

    def tables(self, dst: dict[str, Any], src: dict[str, Any], path: str) -> dict[str, Any]:
        """Put `src` under `dst`, in place. `src` is used up."""
        had_value = {key for key, value in src.items() if value is not None}
        src.update((key, None) for key, value in dst.items() if value is None)
        for key, value in src.items():
            full_key = _joined(path, key)
            if key not in dst:
                dst[key] = value
            elif dst[key] is None and key in had_value and not self._keep_nulls:
                del dst[key]
            elif isinstance(value, dict):
                if isinstance(dst[key], dict):
                    self.tables(dst[key], value, full_key)
                else:
                    text = fmt.value_text(value)
                    self._warn(f"warning: cannot overwrite table with non table for {full_key} ({text})")
            elif isinstance(dst[key], dict) and value is not None:
                text = fmt.value_text(value)
                self._warn(f"warning: destination for {full_key} is a table. Ignoring non-table value ({text})")
        return dst


def _joined(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def _drop_nulls(table: dict[str, Any]) -> None:
    for key, value in list(table.items()):
        if value is None:
            del table[key]
        elif isinstance(value, dict):
            _drop_nulls(value)
