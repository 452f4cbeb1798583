import hashlib
import json
from base64 import b64encode

import pytest

from helmpy.errors import ChartError, RepositoryError
from helmpy.repo import repositories
from helmpy.repo.access import Access
from helmpy.repo.downloader import Downloader, Verify, find_in_repository
from helmpy.repo.repositories import Entry, Repositories

BASIC = "Basic " + b64encode(b"u:p").decode()


def serve(site, data, url="app-1.0.0.tgz", digest=None, prefix=""):
    digest = hashlib.sha256(data).hexdigest() if digest is None else digest
    entry = {"name": "app", "version": "1.0.0", "urls": [url], "digest": digest}
    index = {"apiVersion": "v1", "entries": {"app": [entry]}}
    site.routes[f"{prefix}/index.yaml"] = (200, {}, json.dumps(index).encode())
    site.routes[f"{prefix}/app-1.0.0.tgz"] = (200, {}, data)


def add(paths, site, name="r", **credentials):
    entry = Entry(name, site.url, **credentials)
    Repositories([entry]).write(paths.repository_config)
    repositories.update_cache(entry, paths.repository_cache)


def test_from_a_repository(site, paths, package, tmp_path):
    serve(site, package())
    add(paths, site)
    found = Downloader(paths).download("r/app", "", tmp_path)
    assert found.path == tmp_path / "app-1.0.0.tgz"
    assert found.path.read_bytes() == package()


@pytest.mark.parametrize(
    ("reference", "version", "problem"),
    [
        ("x/app", "", "repo x not found"),
        ("r/no", "", 'chart "no" matching  not found in r index'),
        ("r/app", "9", 'chart "app" matching 9 not found in r index'),
        ("r/app", "???", "improper constraint"),
        ("app", "", "non-absolute URLs should be in form of repo_name/path_to_chart, got: app"),
        ("", "", "non-absolute URLs"),
        ("ftp://h/x.tgz", "", 'scheme "ftp" not supported'),
    ],
)
def test_bad_references(site, paths, package, tmp_path, reference, version, problem):
    serve(site, package())
    add(paths, site)
    with pytest.raises(RepositoryError) as caught:
        Downloader(paths).download(reference, version, tmp_path)
    assert problem in str(caught.value)


def test_wrong_digest_leaves_nothing(site, paths, package, tmp_path):
    serve(site, package(), digest="0" * 64)
    add(paths, site)
    out = tmp_path / "out"
    out.mkdir()
    for call in (
        lambda: Downloader(paths).download("r/app", "", out),
        lambda: Downloader(paths).download_to_cache("r/app"),
    ):
        with pytest.raises(RepositoryError, match="does not match the index"):
            call()
    assert list(out.iterdir()) == []
    assert not paths.content_cache.exists()


def test_cache_by_digest(site, paths, package):
    serve(site, package())
    add(paths, site)
    first = Downloader(paths).download_to_cache("r/app")
    asked = len(site.requests)
    assert Downloader(paths).download_to_cache("r/app").path == first.path
    assert len(site.requests) == asked
    first.path.write_bytes(b"spoiled")
    again = Downloader(paths).download_to_cache("r/app")
    assert again.path.read_bytes() == package()


def test_credentials_stay_with_the_repository(new_site, paths, package, tmp_path):
    home, other = new_site(), new_site()
    other.routes["/app-1.0.0.tgz"] = (200, {}, package())
    serve(home, package(), url=f"{other.url}/app-1.0.0.tgz")
    add(paths, home, username="u", password="p")
    Downloader(paths).download("r/app", "", tmp_path)
    assert home.authorizations() == [BASIC]
    assert other.authorizations() == [None]
    add(paths, home, username="u", password="p", pass_credentials_all=True)
    Downloader(paths).download("r/app", "", tmp_path)
    assert other.authorizations() == [None, BASIC]


def test_repo_flag_keeps_credentials_too(new_site, paths, package, tmp_path):
    home, other = new_site(), new_site()
    other.routes["/app-1.0.0.tgz"] = (200, {}, package())
    serve(home, package(), url=f"{other.url}/app-1.0.0.tgz")
    access = Access(home.url, "u", "p")
    source = find_in_repository(home.url, "app", "", access)
    Downloader(paths, access).download(source.url, "", tmp_path)
    assert (home.authorizations(), other.authorizations()) == ([BASIC], [None])
    with pytest.raises(RepositoryError, match=r'chart "no" version "1" not found in .* repository'):
        find_in_repository(home.url, "no", "1", access)
    with pytest.raises(RepositoryError, match="is not a valid chart repository or cannot be reached"):
        find_in_repository(other.url, "app", "", access)


def test_an_index_may_not_name_local_files(site, paths, package, tmp_path):
    (tmp_path / "secret.tgz").write_bytes(package())
    serve(site, package(), url=f"file://{tmp_path}/secret.tgz")
    add(paths, site)
    with pytest.raises(RepositoryError, match="may not refer to the local file"):
        Downloader(paths).download_to_cache("r/app")


def test_local_repositories(tmp_path, paths, package):
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "app-1.0.0.tgz").write_bytes(package())
    (folder / "index.yaml").write_text(
        "apiVersion: v1\nentries: {app: [{name: app, version: 1.0.0, urls: [app-1.0.0.tgz]}]}\n"
    )
    entry = Entry("r", f"file://{folder}")
    Repositories([entry]).write(paths.repository_config)
    repositories.update_cache(entry, paths.repository_cache)
    assert Downloader(paths).download_to_cache("r/app").path.read_bytes() == package()


@pytest.mark.parametrize("url", ["..", "x/..", "%2e%2e", "a%2fb.tgz", "a%5cb.tgz"])
def test_urls_that_name_other_files(site, paths, package, tmp_path, url):
    serve(site, package(), url=url)
    for path in ("/", "/x/..", "/..", "/%2e%2e", "/a%2fb.tgz", "/a%5cb.tgz"):
        site.routes[path] = (200, {}, package())
    add(paths, site)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(ChartError, match="no name for a package"):
        Downloader(paths).download("r/app", "", out)
    assert list(out.iterdir()) == []


def test_missing_provenance_fails_closed(site, paths, package, tmp_path):
    serve(site, package())
    add(paths, site)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(RepositoryError, match="failed to fetch provenance"):
        Downloader(paths, verify=Verify.ALWAYS, keyring="/no").download("r/app", "", out)
    with pytest.raises(RepositoryError, match="failed to fetch provenance"):
        Downloader(paths, verify=Verify.ALWAYS, keyring="/no").download_to_cache("r/app")
    assert list(out.iterdir()) == []
    kept = Downloader(paths, verify=Verify.IF_POSSIBLE).download("r/app", "", out)
    assert kept.notices.startswith("WARNING: Verification not found for r/app: failed to fetch")
    site.routes["/app-1.0.0.tgz.prov"] = (200, {}, b"junk")
    for verify in (Verify.ALWAYS, Verify.IF_POSSIBLE):
        with pytest.raises(ChartError, match="signature block not found"):
            Downloader(paths, verify=verify, keyring="/no").download("r/app", "", out)
    Downloader(paths, verify=Verify.LATER).download("r/app", "", out)
    assert (out / "app-1.0.0.tgz.prov").read_bytes() == b"junk"
