"""Whatever is in a file, reading it ends in fields or in one GoError."""

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from helmpy.chart import decode, loader
from helmpy.chart.metadata import METADATA, Metadata
from helmpy.chart.model import File
from helmpy.errors import ChartError
from helmpy.golang.types import GoError

SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=8)
)
KEYS = st.sampled_from([*METADATA.fields, "NAME", "tags", "x", "alias", "url", "email", "import-values"])
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4))


@settings(max_examples=200, deadline=None)
@given(VALUES, st.booleans(), st.booleans())
def test_any_value(value, strict, from_json):
    try:
        fields = decode.decode(value, METADATA, strict=strict, from_json=from_json)
    except GoError:
        return
    metadata = Metadata.from_dict(fields)
    try:
        metadata.validate()
    except ChartError:
        return
    assert Metadata.from_dict(decode.decode(metadata.to_dict(), METADATA)).to_dict() == metadata.to_dict()


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from(
        ["Chart.yaml", "values.yaml", "Chart.lock", "charts/a.tgz", "charts/a/Chart.yaml", "requirements.yaml"]
    ),
)
def test_any_bytes(data, name):
    files = [File("Chart.yaml", b"apiVersion: v2\nname: c\nversion: 0.1.0\n"), File(name, data)]
    with contextlib.suppress(ChartError):
        assert loader.load_files(files).name
