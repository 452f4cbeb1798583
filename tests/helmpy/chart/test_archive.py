import gzip
import io
import tarfile
import tracemalloc

import pytest

from helmpy.chart import archive, limits, loader, tarball
from helmpy.chart.model import File
from helmpy.errors import ChartError

CHART = ("c/Chart.yaml", b"apiVersion: v2\nname: c\nversion: 0.1.0\n")


def member(name, kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def test_read(tgz):
    data = tgz(member("c", tarfile.DIRTYPE), CHART, ("c/a/b.txt", b"\xef\xbb\xbfx"), ("c\\w\\in.txt", b"y"))
    assert [(file.name, file.data) for file in archive.read(data)] == [
        ("Chart.yaml", CHART[1]),
        ("a/b.txt", b"x"),
        ("w/in.txt", b"y"),
    ]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("c/../../x", "chart illegally references parent directory"),
        ("c/..", "chart illegally references parent directory"),
        ("c/a/../../../x", "chart illegally references parent directory"),
        ("c\\..\\x", "chart illegally references parent directory"),
        ("c//etc/passwd", "chart illegally contains absolute paths"),
        ("/etc", None),
        ("x", 'chart illegally contains content outside the base directory: "x"'),
        ("c/.", 'chart illegally contains content outside the base directory: "c/."'),
        ("c/C:/x", "chart contains illegally named files"),
        ("Chart.yaml/x", "chart yaml not in base directory"),
    ],
)
def test_names_that_leave_the_chart(tgz, name, problem):
    if problem is None:
        assert [file.name for file in archive.read(tgz((name, b"")))] == ["etc"]
        return
    with pytest.raises(ChartError) as caught:
        archive.read(tgz(CHART, (name, b"x")))
    assert str(caught.value) == problem


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(tgz, kind):
    with pytest.raises(ChartError, match="not a regular file"):
        archive.read(tgz(CHART, member("c/link", kind, "/etc/passwd")))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "EOF"),
        (b"PK\x03\x04", "unexpected EOF"),
        (b"PK\x03\x04" * 5, "gzip: invalid header"),
        (gzip.compress(b"", mtime=0), "no files in chart archive|damaged"),
        (gzip.compress(b"not a tar file" * 100, mtime=0), "damaged"),
        (gzip.compress(b"x" * 2000, mtime=0)[:-20], "damaged|gzip"),
    ],
)
def test_junk(data, problem):
    with pytest.raises(ChartError, match=problem):
        archive.read(data)


def test_every_cut_of_an_archive_is_refused(tgz):
    data = tgz(CHART, ("c/a", b"x" * 100))
    for cut in range(3, len(data) - 8, 7):
        with pytest.raises(ChartError):
            loader.load_archive(data[:cut])


def test_bombs_are_refused_without_memory():
    info = tarfile.TarInfo("c/bomb")
    info.size = 1 << 33
    bomb = gzip.compress(info.tobuf() + bytes(10_000_000))
    tracemalloc.start()
    with pytest.raises(ChartError, match="larger than the maximum"):
        archive.read(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 << 20


def test_too_many_members_are_refused(monkeypatch):
    monkeypatch.setattr(limits, "MAX_MEMBERS", 1000)
    header = tarfile.TarInfo("c/empty").tobuf()
    with pytest.raises(ChartError, match="more than 1000 members"):
        archive.read(gzip.compress(header * 1010))


def test_files_past_the_cap(tgz):
    with pytest.raises(ChartError, match="larger than the maximum file size"):
        archive.read(tgz(CHART, ("c/big", b"\0" * (limits.MAX_FILE_BYTES + 1))))


def test_save_writes_all_or_nothing(chart_dir, tmp_path):
    chart = loader.load(chart_dir({"values.schema.json": "{bad"}))
    with pytest.raises(ChartError, match=r"invalid JSON in values.schema.json"):
        archive.save(chart, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    chart.metadata.name = "../evil"
    with pytest.raises(ChartError, match=r"chart validation: validation: chart\.metadata\.name"):
        archive.save(chart, tmp_path)


def test_save_replaces_a_link_and_does_not_follow_it(chart_dir, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("keep")
    out = tmp_path / "out"
    out.mkdir()
    (out / "c-0.1.0.tgz").symlink_to(victim)
    archive.save(loader.load(chart_dir({})), out)
    assert victim.read_text() == "keep"
    assert not (out / "c-0.1.0.tgz").is_symlink()


def test_same_chart_same_bytes(chart_dir):
    path = chart_dir({"a": "1", "templates/t": "2"})
    first, second = (archive.pack(loader.load(path), 1_600_000_000.0) for _ in range(2))
    assert first == second
    assert first[:10].hex() == "1f8b08140000000000ff"


@pytest.mark.parametrize(
    "name", ["c/a", "c/" + "d/" * 60 + "x", "c/é", "c/" + "n" * 120, "é" * 80 + "/x", "c/" + "l" * 98]
)
def test_tar_members_of_any_name_are_readable(name):
    stream = tarball.member(name, b"data", 1_600_000_000.5) + tarball.end()
    with tarfile.open(fileobj=io.BytesIO(stream)) as tar:
        (info,) = tar.getmembers()
        assert (info.name, info.size, info.mtime, info.mode) == (name, 4, 1_600_000_001, 0o644)


def test_unpack_makes_a_new_folder_or_nothing(tmp_path):
    files = [File("Chart.yaml", b"x"), File("a/b", b"y")]
    archive.unpack(files, tmp_path / "new" / "c")
    assert (tmp_path / "new" / "c" / "a" / "b").read_bytes() == b"y"
    with pytest.raises(ChartError, match="already exists"):
        archive.unpack(files, tmp_path / "new" / "c")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["c"]
