import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "golden" / "render" / "package.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['about']} {' '.join(row['args'])}")
def test_golden(row, home, run_cli, write_tree, monkeypatch):
    write_tree(home / "c", row["chart"])
    write_tree(home, row.get("files", {}))
    for name, value in row.get("env", {}).items():
        monkeypatch.setenv(name, value)
    result = run_cli("package", "c", *row["args"])
    if "error" in row:
        assert (result.exit, result.stderr) == (1, row["error"].replace("DIR", str(home)))
        assert not list(home.glob("*.tgz"))
        return
    assert result.exit == 0, result.stderr
    assert result.stdout == row["stdout"].replace("DIR", str(home))
    data = next(home.rglob(Path(row["archive"]).name)).read_bytes()
    assert data[:10].hex() == row["gzip_header_hex"]
    assert row["gzip_extra"].encode() in data[:60]
    stream = gzip.decompress(data)
    with tarfile.open(fileobj=io.BytesIO(stream)) as tar:
        assert [info.name for info in tar] == [entry["name"] for entry in row["entries"]]
        for name, text in row["yaml"].items():
            assert tar.extractfile(name).read().decode() == text
    assert hashlib.sha256(stream).hexdigest() == row["tar_sha256"]


@pytest.mark.parametrize(
    ("epoch", "problem"),
    [
        ("x", 'invalid SOURCE_DATE_EPOCH: strconv.ParseInt: parsing "x": invalid syntax'),
        ("-1", "invalid SOURCE_DATE_EPOCH: must not be negative"),
    ],
)
def test_bad_epoch(epoch, problem, home, run_cli, monkeypatch):
    run_cli("create", "a")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    assert run_cli("package", "a") == (1, "", f"Error: {problem}\n")


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ([], "need at least one argument, the path to the chart"),
        (["no"], "no such file or directory"),
        (["a", "--sign"], "--key is required for signing a package"),
        (["a", "--version", "bad"], "invalid semantic version"),
        (["a", "-d", "/proc/x"], "Error: failed to save: mkdir /proc/x: no such file or directory\n"),
        (["a", "-d", "/proc"], "Error: failed to save: open /proc/a-0.1.0.tgz: no such file or directory\n"),
    ],
)
def test_bad_calls(args, problem, home, run_cli):
    run_cli("create", "a")
    result = run_cli("package", *args)
    assert result.exit == 1
    assert problem in result.stderr
    assert not list(home.glob("*.tgz"))
