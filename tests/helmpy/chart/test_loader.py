import os

import pytest

from helmpy.chart import archive, limits, loader
from helmpy.errors import ChartError

SUB = "apiVersion: v2\nname: sub\nversion: 1.2.3\n"


def test_a_directory_becomes_a_chart(chart_dir):
    path = chart_dir(
        {
            "values.yaml": "a: 1\n---\na: {b: 2}\n",
            "values.schema.json": "{}",
            "templates/a.yaml": "x",
            "templates/z/b.yaml": "y",
            "README.md": "\ufeffr",
            "crds/c.yaml": "k: 1",
            "crds/not.txt": "",
            "Chart.lock": "digest: d\n",
            "charts/sub/Chart.yaml": SUB,
            "charts/sub/crds/s.json": "{}",
            "charts/_ignored/x": "",
            "charts/.hidden": "",
        }
    )
    chart = loader.load(path)
    assert chart.values == {"a": {"b": 2}}
    assert chart.schema == b"{}"
    assert [file.name for file in chart.templates] == ["templates/a.yaml", "templates/z/b.yaml"]
    assert [file.name for file in chart.files] == ["README.md", "crds/c.yaml", "crds/not.txt"]
    assert chart.files[0].data == b"r"
    assert chart.lock
    assert chart.lock.digest == "d"
    (sub,) = chart.dependencies
    assert (sub.full_path, sub.dotted_path, sub.root, sub.is_root) == ("c/charts/sub", "c.sub", chart, False)
    assert [crd.name for crd in chart.crds] == ["c/crds/c.yaml", "c/charts/sub/crds/s.json"]


def test_a_packed_chart_is_the_same_chart(chart_dir, tmp_path):
    chart = loader.load(chart_dir({"values.yaml": "a: 1", "charts/sub/Chart.yaml": SUB, "x.bin": b"\x00\xff"}))
    packed = loader.load(archive.save(chart, tmp_path))
    assert packed.metadata == chart.metadata
    assert (packed.values, packed.files[0].data) == ({"a": 1}, b"\x00\xff")
    assert [sub.name for sub in packed.dependencies] == ["sub"]


def test_requirements_of_v1(chart_dir):
    path = chart_dir(
        {
            "Chart.yaml": "name: c\nversion: 0.1.0\n",
            "requirements.yaml": "dependencies: [{name: sub, version: 1.x}]\n",
            "requirements.lock": "digest: d\n",
        }
    )
    chart = loader.load(path)
    assert chart.metadata.api_version == "v1"
    assert [dependency.name for dependency in chart.metadata.dependencies] == ["sub"]
    assert [file.name for file in chart.files] == ["requirements.lock", "requirements.yaml"]


def test_requirements_of_v2_are_told_about(chart_dir, capsys):
    loader.load(chart_dir({"requirements.yaml": ""}))
    assert "Dependencies are handled in Chart.yaml" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"Chart.yaml": "[a]"}, "cannot load Chart.yaml: error unmarshaling JSON"),
        ({"Chart.yaml": "{"}, "cannot load Chart.yaml: error converting YAML to JSON: yaml: line 1: did not find"),
        ({"Chart.yaml": ""}, "validation: chart.metadata.name is required"),
        ({"Chart.yaml": "apiVersion: v9"}, "unsupported chart version"),
        ({"values.yaml": "- a"}, "cannot load values.yaml: cannot unmarshal yaml document: error unmarshaling JSON"),
        ({"Chart.lock": "[]"}, "cannot load Chart.lock: error unmarshaling JSON"),
        ({"charts/README.md": "x"}, "error unpacking subchart README.md in c: Chart.yaml file is missing"),
        ({"charts/a.tgz": "x"}, "error unpacking subchart a.tgz in c: unexpected EOF"),
        ({"charts/a.tgz/b": "x"}, "error unpacking subchart tar in c: expected a.tgz, got a.tgz/b"),
        ({".helmignore": "a**b"}, "double-star (**) syntax is not supported"),
        ({".helmignore": "*.yaml"}, "Chart.yaml file is missing"),
    ],
)
def test_bad_charts(chart_dir, files, problem):
    with pytest.raises(ChartError) as caught:
        loader.load(chart_dir(files))
    assert problem in str(caught.value)


def test_missing_paths(tmp_path):
    for path, problem in (
        (tmp_path / "no", f"stat {tmp_path}/no: no such file or directory"),
        (tmp_path, f"unable to detect chart at {tmp_path}/Chart.yaml: open {tmp_path}/Chart.yaml: no such file"),
    ):
        with pytest.raises(ChartError) as caught:
            loader.load(path)
        assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("v.yaml", b"a: 1", "seems to be a YAML file, but expected a gzipped archive"),
        ("v.txt", b"a: 1", "does not appear to be a gzipped archive; got 'application/octet-stream'"),
        ("v.txt", b"a: 1\n" * 200, "does not appear to be a gzipped archive; got 'text/plain; charset=utf-8'"),
        ("v.tgz", b"\n<html><p>404", "does not appear to be a gzipped archive; got 'text/html; charset=utf-8'"),
        ("v.tgz", b'<?xml version="1.0"?>', "does not appear to be a gzipped archive; got 'text/xml; charset=utf-8'"),
        ("v.zip", b"PK\x03\x04", "does not appear to be a gzipped archive; got 'application/zip'"),
        ("v.tgz", b"\x1f\x8b\x08broken at last", "unable to load chart archive: chart archive is damaged"),
    ],
)
def test_files_that_are_no_archives(tmp_path, name, content, problem):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ChartError, match=problem.replace("(", "\\(")):
        loader.load(path)


def test_links_inside_the_chart_are_followed(chart_dir, capsys):
    path = chart_dir({"files/a.txt": "a"})
    (path / "b.txt").symlink_to("files/a.txt")
    (path / "more").symlink_to("files")
    names = [file.name for file in loader.load(path).files]
    assert names == ["b.txt", "files/a.txt", "more/a.txt"]
    assert "found symbolic link in path" in capsys.readouterr().err


def test_links_out_of_the_chart_are_refused(chart_dir, tmp_path):
    (tmp_path / "secret").write_text("s")
    (tmp_path / "dir").mkdir()
    for target in ("../secret", "../dir", "/etc/passwd", "missing"):
        path = chart_dir({})
        link = path / "templates" if target == "../dir" else path / "x"
        link.symlink_to(target)
        with pytest.raises(ChartError, match=r"leads outside the chart|error evaluating symlink"):
            loader.load(path)
        link.unlink()


def test_a_link_to_a_device_is_no_regular_file(chart_dir):
    path = chart_dir({})
    (path / "null").symlink_to(os.devnull)
    with pytest.raises(ChartError, match="cannot load irregular file"):
        loader.load(path)


def test_helmignore_as_a_link_out_is_refused(chart_dir, tmp_path):
    (tmp_path / "rules").write_text("*.md\n")
    path = chart_dir({})
    (path / ".helmignore").symlink_to("../rules")
    with pytest.raises(ChartError, match="leads outside"):
        loader.load(path)


def test_link_cycles_and_pipes_are_refused(chart_dir):
    path = chart_dir({"a/b.txt": ""})
    (path / "a" / "loop").symlink_to("..")
    with pytest.raises(ChartError, match="leads back"):
        loader.load(path)
    (path / "a" / "loop").unlink()
    os.mkfifo(path / "pipe")
    with pytest.raises(ChartError, match="cannot load irregular file"):
        loader.load(path)


def test_big_files_are_refused(chart_dir, monkeypatch):
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", 1000)
    path = chart_dir({"big": "x" * 1001})
    with pytest.raises(ChartError, match="larger than the maximum file size"):
        loader.load(path)


def test_all_files_together_are_capped(chart_dir):
    path = chart_dir({f"f{n}": "x" * 400 for n in range(5)})
    budget = limits.Budget(1500)
    with pytest.raises(ChartError, match="larger than the maximum size"):
        list(loader._DirectoryWalk(str(path), budget).files())


def test_archives_in_archives_share_one_budget(chart_dir, tmp_path):
    inner = archive.pack(loader.load(chart_dir({"zeroes": b"\0" * 4_000_000})))
    files = [f for f in loader.load(chart_dir({"zeroes": ""})).raw if f.name == "Chart.yaml"]
    many = [archive.File(f"charts/s{n}.tgz", inner) for n in range(5)]
    with pytest.raises(ChartError, match="larger than the maximum size"):
        loader.load_files(files + many, limits.Budget(12_000_000))


def test_deep_nesting_is_refused(files_of):
    prefix = "".join(f"charts/s{n}/" for n in range(60))
    files = {f"{prefix[:cut]}Chart.yaml": SUB for cut in range(1, len(prefix) + 1) if prefix[cut - 1] == "/"}
    depths = {name: text for name, text in files.items() if name.count("/") % 2 == 0}
    with pytest.raises(ChartError, match="nested more than"):
        loader.load_files(files_of(depths))
