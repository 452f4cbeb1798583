"""Where values come from."""

import pytest

from helmpy.chart import loader
from helmpy.values import dependencies, merge, provenance, sources

CHART = {
    "Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
    "values.yaml": "a: 1\nm: {x: 1, y: 2}\nsub: {k: parent}\nglobal: {g: parent}\n",
    "charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
    "charts/sub/values.yaml": "k: child\nonly: child\nglobal: {g: child}\n",
}
GIVEN = sources.ValueSources(values=("prod.yaml",), set=("a=3", "m=null"), set_string=("sub.k=flag",))


@pytest.mark.parametrize(
    ("path", "layers"),
    [
        ("a", [("c/values.yaml", 1), ("-f prod.yaml", 2), ("--set a=3", 3)]),
        ("m.x", [("c/values.yaml", 1), ("--set m=null", None)]),
        (
            "sub.k",
            [("c/charts/sub/values.yaml", "child"), ("c/values.yaml", "parent"), ("--set-string sub.k=flag", "flag")],
        ),
        ("sub.only", [("c/charts/sub/values.yaml", "child")]),
        (
            "sub.global.g",
            [("c/charts/sub/values.yaml", "child"), ("c/values.yaml", "parent"), ("-f prod.yaml", "prod")],
        ),
        ("nope.nope", []),
    ],
)
def test_names_every_source_in_order(path, layers, tree):
    tree(CHART, "c")
    tree({"prod.yaml": "a: 2\nglobal: {g: prod}\n"})
    chart = loader.load("c")
    values = sources.merge(GIVEN)
    dependencies.process(chart, values)
    assert provenance.explain(chart, GIVEN, path) == layers
    result = merge.coalesce(chart, values)
    for part in path.split("."):
        result = (result or {}).get(part)
    assert result == (layers[-1][1] if layers else None)


def test_imported_values_are_named(tree):
    tree(
        {
            "Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies:\n"
            "- {name: sub, version: '*', alias: s, import-values: [data, {child: k, parent: m}]}\n",
            "values.yaml": "m: {own: 1}\n",
            "charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
            "charts/sub/values.yaml": "exports: {data: {top: 1}}\nk: {x: 2, own: 2}\n",
        },
        "c",
    )
    chart = loader.load("c")
    dependencies.process(chart, {})
    given = sources.ValueSources()
    assert provenance.explain(chart, given, "top") == [("import-values c/charts/s: exports.data", 1)]
    assert provenance.explain(chart, given, "m.own") == [("import-values c/charts/s: k", 2), ("c/values.yaml", 1)]
    assert provenance.explain(chart, given, "s.k.x") == [("c/charts/s/values.yaml", 2)]
    assert merge.coalesce(chart, {})["m"] == {"own": 1, "x": 2}
