import json
import time

import pytest

from helmpy.chart.versions import VersionError
from helmpy.errors import RepositoryError
from helmpy.repo import index
from helmpy.repo.index import Index

LEVELS = (f"{name}: &{name} [{','.join([f'*{below}'] * 9)}]\n" for below, name in zip("abcde", "bcdef", strict=True))
BOMB = ("a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(LEVELS)).encode()


def entry(version, name="a", **more):
    return {"name": name, "version": version, "urls": [f"{name}-{version}.tgz"], **more}


def made(*versions):
    text = {"apiVersion": "v1", "entries": {"a": [entry(version) for version in versions]}}
    return index.parse(json.dumps(text).encode(), "test")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("", "1.10.0"),
        ("1.9.0", "1.9.0"),
        ("^1", "1.10.0"),
        ("~1.9", "1.9.0"),
        (">0.0.0-0", "2.0.0-rc.1"),
        ("2.0.0-rc.1", "2.0.0-rc.1"),
        ("v1.9.0", "1.9.0"),
        ("1", "1.10.0"),
        ("3", None),
    ],
)
def test_get(wanted, found):
    known = made("1.9.0", "1.10.0", "2.0.0-rc.1", "bad")
    if found is None:
        with pytest.raises(RepositoryError, match="no chart version found for a-3"):
            known.get("a", wanted)
    else:
        assert known.get("a", wanted).version == found


def test_get_of_nothing():
    with pytest.raises(RepositoryError, match="no chart name found"):
        made("1.0.0").get("b")
    with pytest.raises(RepositoryError, match="no chart version found"):
        made().get("a")
    with pytest.raises(VersionError, match="improper constraint"):
        made("1.0.0").get("a", "???")


def test_falling_back_to_a_near_version_is_told(capsys):
    assert made("1.2.3").get("a", "1.2").version == "1.2.3"
    assert "unable to find exact version requested" in capsys.readouterr().err


def test_order_and_bad_versions(capsys):
    known = made("1.0.0", "bad", "1.10.0", "1.9.0", "1.10.0-rc")
    assert [found.version for found in known.entries["a"]] == ["1.10.0", "1.10.0-rc", "1.9.0", "1.0.0"]
    assert "skipping loading invalid entry for chart" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../evil", "a/b", "..", ""])
def test_entries_with_bad_names_are_left_out(name, capsys):
    text = {"apiVersion": "v1", "entries": {"a": [entry("1.0.0", name=name), None, entry("2.0.0")]}}
    known = index.parse(json.dumps(text).encode(), "test")
    assert [found.version for found in known.entries["a"]] == ["2.0.0"]
    capsys.readouterr()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "empty index.yaml file"),
        (b"{}", "no API version specified"),
        (b"null", "no API version specified"),
        (b"a: b: c", "error converting YAML to JSON: yaml: mapping values are not allowed"),
        (b"\xff\xfe\x00", "error converting YAML to JSON"),
        (b"apiVersion: [v1]", "cannot unmarshal array into Go struct field IndexFile.apiVersion of type string"),
        (
            b"entries: {a: [1]}",
            "cannot unmarshal number into Go struct field IndexFile.entries of type repo.ChartVersion",
        ),
        (
            BOMB,
            "excessive aliasing",
        ),
        (b"[" * 20_000, "yaml"),
    ],
)
def test_bad_texts(text, problem):
    started = time.process_time()
    with pytest.raises(RepositoryError, match=problem.replace("[", "\\[")):
        index.parse(text, "test")
    assert time.process_time() - started < 1


def test_cap_on_size(monkeypatch):
    monkeypatch.setattr(index, "MAX_BYTES", 100)
    with pytest.raises(RepositoryError, match="larger than 100 bytes"):
        index.parse(b"#" * 101, "test")


def test_written_and_read_again(tmp_path):
    known = made("1.0.0", "2.0.0")
    known.write(tmp_path / "index.yaml")
    assert index.load(tmp_path / "index.yaml").dump() == known.dump()
    with pytest.raises(RepositoryError, match="no such file or directory"):
        index.load(tmp_path / "no.yaml")


def test_merge_keeps_what_is_there():
    left, right = made("1.0.0"), made("1.0.0", "1.1.0")
    left.entries["a"][0].digest = "mine"
    left.merge(right)
    left.sort()
    assert [(found.version, found.digest) for found in left.entries["a"]] == [("1.1.0", ""), ("1.0.0", "mine")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "entries: {a: [{name: a, version: 2}]}",
            "number into Go struct field ChartVersion.entries.Metadata.version of type string",
        ),
        ("entries: {a: [{name: [x]}]}", "array into Go struct field ChartVersion.entries.Metadata.name of type string"),
        ("entries: {a: [{urls: x}]}", "string into Go struct field ChartVersion.entries.urls of type []string"),
        ("entries: {a: [{foo: x}]}", 'unknown field "foo"'),
        ('{"apiVersion": 1}', "number into Go struct field IndexFile.apiVersion of type string"),
    ],
)
def test_wrong_types(text, problem):
    with pytest.raises(RepositoryError) as caught:
        index.parse(text.encode(), "test")
    assert str(caught.value).endswith(problem)


def test_json_form_has_the_order_of_the_struct():
    known = made("1.0.0")
    known.generated = "T"
    known.entries["a"][0].metadata.description = "<&>"
    assert known.dump(as_json=True) == (
        '{\n  "apiVersion": "v1",\n  "generated": "T",\n  "entries": {\n    "a": [\n      {\n        "name": "a",\n'
        '        "version": "1.0.0",\n        "description": "\\u003c\\u0026\\u003e",\n        "apiVersion": "v1",\n'
        '        "urls": [\n          "a-1.0.0.tgz"\n        ],\n        "created": "0001-01-01T00:00:00Z"\n      }\n'
        "    ]\n  }\n}"
    )


def test_absent_lists_stay_absent():
    text = b"apiVersion: v1\nentries: {a: [{name: a, version: 1.0.0}]}\n"
    assert "urls: null" in index.parse(text, "test").dump()


def test_new_index_is_empty():
    assert Index().to_dict()["entries"] == {}
