"""Values of whole charts: recorded results of the real Helm (files, --set, globals, nulls, dependencies, schemas)."""

import json
from pathlib import Path

import pytest

from helmpy.chart import dependencies as chart_dependencies
from helmpy.chart import loader
from helmpy.errors import HelmpyError
from helmpy.golang import json as go_json
from helmpy.values import dependencies, merge, schema, sources

GOLDEN = Path(__file__).parents[2] / "golden" / "render" / "values.jsonl"
ROWS = [json.loads(line) for line in GOLDEN.read_text().splitlines()]
SKIP_SCHEMA = "--skip-schema-validation"


def all_values(chart, values):
    """{chart path: its values as toJson prints them}, for the chart and everything below."""
    found = {chart.full_path: go_json.dumps(values)}
    for subchart in chart.dependencies:
        found |= all_values(subchart, values[subchart.name])
    return found


def render_values(value_sources, log, *, skip_schema=False):
    chart = loader.load("c")
    values = sources.merge(value_sources)
    if chart.metadata.api_version not in ("v1", "v2"):
        raise HelmpyError("invalid chart apiVersion")
    chart_dependencies.check_complete(chart)
    dependencies.process(chart, values, log=log)
    values = merge.coalesce(chart, values, warn=lambda text: log(f'level=INFO msg="{text}"'))
    if not skip_schema:
        schema.validate(chart, values)
    return all_values(chart, values)


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_values_are_those_of_helm(row, tree, sources_of, capsys):
    arguments = row.get("args") or []
    given = sources_of([argument for argument in arguments if argument != SKIP_SCHEMA])
    skip_schema = SKIP_SCHEMA in arguments
    tree(row["chart"], "c")
    tree(row.get("value_files") or {})
    logged = []
    if "error" in row:
        with pytest.raises(HelmpyError) as caught:
            render_values(given, logged.append, skip_schema=skip_schema)
        assert row["error"].endswith(f"{caught.value}\n")
        return
    found = render_values(given, logged.append, skip_schema=skip_schema)
    assert {path: found[path] for path in row["json"]} == row["json"]
    printed = capsys.readouterr().err.splitlines() + logged
    assert sorted(printed) == sorted((row.get("stderr") or "").splitlines())


def test_the_users_values_stay_as_they_are(tree):
    tree({"Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n", "values.yaml": "a: {b: 1, c: 2}\n"}, "c")
    chart, values = loader.load("c"), {"a": {"b": None, "x": [1]}}
    assert merge.coalesce(chart, values) == {"a": {"c": 2, "x": [1]}}
    assert values == {"a": {"b": None, "x": [1]}}
    assert chart.values == {"a": {"b": 1, "c": 2}}


@pytest.mark.parametrize(
    ("dst", "src", "result"),
    [
        ({"a": 1}, {"a": 2, "b": 3}, {"a": 1, "b": 3}),
        ({"a": None}, {"a": 2}, {}),
        ({"a": None}, {}, {"a": None}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
        ({"a": {"b": 1}}, {"a": 5}, {"a": {"b": 1}}),
    ],
)
def test_coalesce_tables(dst, src, result):
    assert merge.coalesce_tables(dst, src) == result
