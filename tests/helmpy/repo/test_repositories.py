import stat

import pytest

from helmpy.errors import RepositoryError
from helmpy.repo import repositories
from helmpy.repo.repositories import Entry, Repositories

INDEX = b"apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0, urls: [a.tgz]}\n"


def test_file_is_what_helm_writes(tmp_path):
    path = tmp_path / "x" / "repositories.yaml"
    Repositories([Entry("n", "https://h", password="s")]).write(path)
    assert path.read_text() == (
        'apiVersion: ""\ngenerated: "0001-01-01T00:00:00Z"\nrepositories:\n- caFile: ""\n  certFile: ""\n'
        '  insecure_skip_tls_verify: false\n  keyFile: ""\n  name: "n"\n  pass_credentials_all: false\n  password: s\n'
        '  url: https://h\n  username: ""\n'
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert repositories.load(path).entries == [Entry("n", "https://h", password="s")]
    assert "password" not in repr(repositories.load(path))


def test_absent_and_broken_files(tmp_path):
    assert repositories.load(tmp_path / "no").entries == []
    path = tmp_path / "f"
    path.write_text("repositories: x")
    with pytest.raises(RepositoryError, match=r"cannot unmarshal string into Go struct field File\.repositories"):
        repositories.load(path)
    path.write_text("repositories: [null, {name: a, url: u, new: 1}]")
    assert repositories.load(path).entries == [Entry("a", "u")]


def test_put_and_remove():
    known = Repositories()
    known.put(Entry("a", "u"))
    known.put(Entry("b", "v"))
    known.put(Entry("a", "w"))
    assert [(entry.name, entry.url) for entry in known.entries] == [("a", "w"), ("b", "v")]
    known.remove("a")
    with pytest.raises(RepositoryError, match='no repo named "a" found'):
        known.remove("a")


def test_cache(site, tmp_path):
    site.routes["/r/index.yaml"] = (200, {}, INDEX)
    cache = tmp_path / "cache"
    repositories.update_cache(Entry("n", f"{site.url}/r"), cache)
    assert (cache / "n-index.yaml").read_bytes() == INDEX
    assert (cache / "n-charts.txt").read_text() == "a\n"
    site.routes["/r/index.yaml"] = (200, {}, b"junk: [")
    with pytest.raises(RepositoryError):
        repositories.update_cache(Entry("n", f"{site.url}/r"), cache)
    assert (cache / "n-index.yaml").read_bytes() == INDEX
    repositories.drop_cache(cache, "n")
    repositories.drop_cache(cache, "n")
    assert list(cache.iterdir()) == []
