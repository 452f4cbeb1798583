import errno
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import bcrypt
import pytest
import requests

from helmpy.errors import UsageError
from helmpy.repo import index
from repo_server.settings import ServerSettings, from_flags
from repo_server.testing import running

USER = ("u", "p")


@pytest.fixture
def url(folder):
    with running(ServerSettings(str(folder), users=dict([USER]))) as address:
        yield address


def upload(url, data, auth=USER, **options):
    return requests.post(f"{url}/api/charts", data=data, auth=auth, timeout=10, **options)


def served_index(url):
    return index.parse(requests.get(f"{url}/index.yaml", timeout=10).content, url)


def truth(folder):
    """What an index of the folder must say."""
    made = index.from_directory(folder)
    return {(e.name, e.version, e.digest) for versions in made.entries.values() for e in versions}


def told(url):
    return {(e.name, e.version, e.digest) for versions in served_index(url).entries.values() for e in versions}


def test_upload_and_download(url, folder, package):
    data = package()
    assert upload(url, data).status_code == 201
    answer = requests.get(f"{url}/app-1.0.0.tgz", timeout=10)
    assert (answer.status_code, answer.content) == (200, data)
    assert answer.headers["Content-Type"] == "application/gzip"
    assert requests.get(f"{url}/charts/app-1.0.0.tgz", timeout=10).content == data
    (entry,) = served_index(url).entries["app"]
    assert entry.digest == hashlib.sha256(data).hexdigest()
    assert entry.urls == ["app-1.0.0.tgz"]
    assert told(url) == truth(folder)


def test_put_needs_the_right_name(url, folder, package):
    put = lambda name: requests.put(f"{url}/{name}", data=package(), auth=USER, timeout=10).status_code  # noqa: E731
    assert put("app-2.0.0.tgz") == 400
    assert put("evil.txt") == 400
    assert put("app-1.0.0.tgz") == 201
    assert put("app-1.0.0.tgz") == 409
    assert [path.name for path in folder.iterdir()] == ["app-1.0.0.tgz"]


def test_forms_with_provenance(url, folder, package):
    prov = b"-----BEGIN PGP SIGNED MESSAGE-----\n\nname: app\n\n...\nfiles:\n  app-1.0.0.tgz: sha256:00\n-----BEGIN PGP SIGNATURE-----\n"
    files = {"chart": ("x.tgz", package()), "prov": ("x.prov", prov)}
    assert requests.post(f"{url}/api/charts", files=files, auth=USER, timeout=10).status_code == 201
    assert requests.get(f"{url}/app-1.0.0.tgz.prov", timeout=10).content == prov
    other = {"chart": ("x.tgz", package("b")), "prov": ("x.prov", prov)}
    assert requests.post(f"{url}/api/charts", files=other, auth=USER, timeout=10).status_code == 400
    assert requests.post(f"{url}/api/prov", data=prov, auth=USER, timeout=10).status_code == 409
    stranger = prov.replace(b"app-1.0.0", b"gone-1.0.0")
    assert requests.post(f"{url}/api/prov", data=stranger, auth=USER, timeout=10).status_code == 404
    assert requests.post(f"{url}/api/charts", files={"x": b"y"}, auth=USER, timeout=10).status_code == 400
    assert sorted(path.name for path in folder.iterdir()) == ["app-1.0.0.tgz", "app-1.0.0.tgz.prov"]


def test_same_version_twice(url, folder, package):
    assert upload(url, package()).status_code == 201
    before = (folder / "app-1.0.0.tgz").read_bytes()
    assert upload(url, package(extra="description: other\n")).status_code == 409
    assert (folder / "app-1.0.0.tgz").read_bytes() == before


def test_overwrite_where_allowed(folder, package):
    with running(ServerSettings(str(folder), anonymous_upload=True, allow_overwrite=True)) as url:
        assert upload(url, package(), auth=None).status_code == 201
        changed = package(extra="description: other\n")
        assert upload(url, changed, auth=None).status_code == 201
        assert requests.get(f"{url}/app-1.0.0.tgz", timeout=10).content == changed
        assert served_index(url).entries["app"][0].metadata.description == "other"


def test_names_that_meet_do_not_replace_each_other(url, package):
    assert upload(url, package("a-1", "2.0.0")).status_code == 201
    assert upload(url, package("a", "1-2.0.0")).status_code == 409


@pytest.mark.parametrize("auth", [None, ("u", "wrong"), ("nobody", "p"), ("u", ""), ("", "")])
def test_uploads_need_credentials(url, folder, package, auth):
    answer = upload(url, package(), auth=auth)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    for call in (requests.put, requests.delete):
        assert call(f"{url}/app-1.0.0.tgz", auth=auth, timeout=10).status_code in (401, 405)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("header", ["Basic", "Basic !!", "Basic dQ==", "Bearer x", "Basic " + "A" * 5000, "\xff"])
def test_odd_credentials(url, header):
    answer = requests.post(
        f"{url}/api/charts", data=b"x", headers={"Authorization": header.encode("latin-1")}, timeout=10
    )
    assert answer.status_code in (400, 401)


def test_without_users_nobody_uploads(folder, package):
    with running(ServerSettings(str(folder))) as url:
        assert upload(url, package()).status_code == 403


def test_bcrypt_users_and_closed_reading(folder, package, tmp_path):
    path = tmp_path / "htpasswd"
    path.write_text(f"# who\nu:{bcrypt.hashpw(b'p', bcrypt.gensalt(4)).decode().replace('$2b$', '$2y$')}\n\n")
    settings = from_flags(str(folder), htpasswd=str(path), auth_read=True)
    with running(settings) as url:
        assert requests.get(f"{url}/index.yaml", timeout=10).status_code == 401
        assert requests.get(f"{url}/health", timeout=10).json() == {"healthy": True}
        assert upload(url, package(), auth=("u", "x")).status_code == 401
        for _ in range(2):
            assert requests.get(f"{url}/index.yaml", auth=USER, timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        ({"user": "u"}, "--user and --password belong together"),
        ({"cert_file": "c"}, "--cert-file and --key-file belong together"),
        ({"auth_read": True}, "--auth-read needs"),
        ({"htpasswd": "/nonexistent"}, "No such file"),
    ],
)
def test_bad_flags(folder, flags, problem):
    with pytest.raises(UsageError, match=problem):
        from_flags(str(folder), **flags)
    with pytest.raises(UsageError, match="is not a directory"):
        from_flags(str(folder / "no"))


def test_weak_hashes_are_refused(folder, tmp_path):
    path = tmp_path / "htpasswd"
    path.write_text("u:{SHA}xyz\n")
    with pytest.raises(UsageError, match="htpasswd:1: want name:hash with a bcrypt hash"):
        from_flags(str(folder), htpasswd=str(path))


@pytest.mark.parametrize(
    "data",
    [b"", b"junk", b"\x1f\x8b\x08junk", b"\0" * 1000],
)
def test_bodies_that_are_no_charts(url, folder, data):
    assert upload(url, data).status_code == 400
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["../evil", ".", "a/b", "a b", ".hidden", "é"])
def test_names_that_reach_elsewhere(url, folder, package, name):
    from helmpy.chart import archive
    from helmpy.chart.metadata import Metadata
    from helmpy.chart.model import Chart

    data = archive.pack(Chart(Metadata(name=name, version="1.0.0", api_version="v2")))
    assert upload(url, data).status_code == 400
    assert list(folder.iterdir()) == []
    assert sorted(path.name for path in folder.parent.iterdir()) == ["charts"]


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.tgz",
        "/..%2fsecret.tgz",
        "/%2e%2e/secret.tgz",
        "/charts/../../secret.tgz",
        "//etc/passwd",
        "/.upload-x",
        "/app-1.0.0.tgz/",
        "/link.tgz",
        "/x%00.tgz",
    ],
)
def test_paths_outside(url, folder, package, path):
    (folder.parent / "secret.tgz").write_bytes(package())
    (folder / "link.tgz").symlink_to("../secret.tgz")
    (folder / ".upload-x").write_text("half")
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.split(b" ")[1] in (b"400", b"404")


def test_big_bodies_are_refused_early(folder, package):
    with running(ServerSettings(str(folder), anonymous_upload=True, max_upload=1000)) as url:
        assert upload(url, b"x" * 1001, auth=None).status_code == 413
        chunks = (b"x" * 100 for _ in range(100))
        assert upload(url, chunks, auth=None).status_code == 413
        form = {"chart": ("c", b"x" * 1001)}
        assert requests.post(f"{url}/api/charts", files=form, timeout=10).status_code == 413
        assert list(folder.iterdir()) == []


def test_half_an_upload_leaves_nothing(url, folder, package):
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as connection:
        head = f"POST /api/charts HTTP/1.1\r\nHost: x\r\nAuthorization: Basic dTpw\r\nContent-Length: {len(package())}\r\n\r\n"
        connection.sendall(head.encode() + package()[:50])
    time.sleep(0.1)
    assert list(folder.iterdir()) == []
    assert told(url) == set()


def test_index_etag(url, package):
    upload(url, package())
    first = requests.get(f"{url}/index.yaml", timeout=10)
    tag = first.headers["ETag"]
    again = requests.get(f"{url}/index.yaml", headers={"If-None-Match": tag}, timeout=10)
    assert (again.status_code, again.content) == (304, b"")
    upload(url, package(version="1.1.0"))
    changed = requests.get(f"{url}/index.yaml", headers={"If-None-Match": tag}, timeout=10)
    assert changed.status_code == 200
    assert [entry.version for entry in index.parse(changed.content, "").entries["app"]] == ["1.1.0", "1.0.0"]


def test_index_follows_the_folder(url, folder, package):
    (folder / "app-1.0.0.tgz").write_bytes(package())
    (folder / "deeper").mkdir()
    (folder / "deeper" / "b-1.0.0.tgz").write_bytes(package("b"))
    (folder / "junk.tgz").write_text("junk")
    (folder / "note.txt").write_text("x")
    assert told(url) == truth(folder)
    assert requests.get(f"{url}/deeper/b-1.0.0.tgz", timeout=10).content == package("b")
    assert requests.get(f"{url}/junk.tgz", timeout=10).status_code == 404
    assert requests.get(f"{url}/note.txt", timeout=10).status_code == 404
    (folder / "app-1.0.0.tgz").unlink()
    assert told(url) == truth(folder)


def test_listing_and_deleting(url, folder, package):
    upload(url, package())
    upload(url, package(version="1.1.0"))
    api = f"{url}/api/charts"
    assert [entry["version"] for entry in requests.get(f"{api}/app", timeout=10).json()] == ["1.1.0", "1.0.0"]
    assert requests.get(f"{api}/app/1.0.0", timeout=10).json()["name"] == "app"
    assert list(requests.get(api, timeout=10).json()) == ["app"]
    assert requests.get(f"{api}/no", timeout=10).status_code == 404
    assert requests.get(f"{api}/app/9", timeout=10).status_code == 404
    assert requests.delete(f"{api}/app/1.0.0", timeout=10).status_code == 401
    assert requests.delete(f"{api}/app/1.0.0", auth=USER, timeout=10).json() == {"deleted": True}
    assert requests.delete(f"{api}/app/1.0.0", auth=USER, timeout=10).status_code == 404
    assert requests.delete(f"{api}/..%2f..%2fx/1", auth=USER, timeout=10).status_code == 404
    assert told(url) == truth(folder)


def test_page_escapes_what_charts_say(url, package):
    upload(url, package(extra='description: "<script>alert(1)</script>"\n'))
    answer = requests.get(url, timeout=10)
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_many_uploads_at_once_of_one_version(url, folder, package):
    bodies = [package(extra=f"description: d{n}\n") for n in range(16)]
    with ThreadPoolExecutor(16) as pool:
        statuses = sorted(pool.map(lambda body: upload(url, body).status_code, bodies))
    assert statuses == [201] + [409] * 15
    assert (folder / "app-1.0.0.tgz").read_bytes() in bodies
    assert [path.name for path in folder.iterdir()] == ["app-1.0.0.tgz"]


def test_index_is_true_while_uploads_run(url, folder, package):
    bodies = [package(version=f"1.0.{n}") for n in range(20)]
    with ThreadPoolExecutor(4) as pool:
        running_uploads = [pool.submit(upload, url, body) for body in bodies]
        while not all(future.done() for future in running_uploads):
            for name, version, digest in told(url):
                data = requests.get(f"{url}/{name}-{version}.tgz", timeout=10).content
                assert hashlib.sha256(data).hexdigest() == digest
    assert told(url) == truth(folder)
    assert len(told(url)) == 20


def test_malformed_requests_do_not_stop_the_server(url):
    port = int(url.rpartition(":")[2])
    for junk in (
        b"\0\xff\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET " + b"/" * 100_000,
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(junk)
    assert requests.get(f"{url}/health", timeout=10).status_code == 200


def test_pipelined_requests(url):
    request = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=10) as connection:
        connection.sendall(request * 20)
        received = b""
        while received.count(b"healthy") < 20:
            received += connection.recv(65536)
    assert received.count(b"200 OK") == 20


def test_many_connections(url):
    port = int(url.rpartition(":")[2])
    connections = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(400)]
    try:
        assert requests.get(f"{url}/health", timeout=10).status_code == 200
    finally:
        for connection in connections:
            connection.close()


def test_a_full_disk_leaves_nothing(url, folder, package, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    answer = upload(url, package())
    assert (answer.status_code, answer.json()) == (507, {"error": "the storage failed: No space left on device"})
    assert list(folder.iterdir()) == []
    monkeypatch.undo()
    assert upload(url, package()).status_code == 201


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="looks up file names under /proc")
def test_uploads_are_on_disk_before_they_are_named(url, folder, package, monkeypatch):
    synced = []
    real = os.fsync

    def note(handle):
        synced.append((os.readlink(f"/proc/self/fd/{handle}"), (folder / "app-1.0.0.tgz").exists()))
        real(handle)

    monkeypatch.setattr(os, "fsync", note)
    upload(url, package())
    (file, named_before), (directory, named_then) = synced
    assert ".upload-" in file
    assert (named_before, directory, named_then) == (False, str(folder), True)


def test_object_stores(package):
    place = "memory://charts-of-this-test"
    with running(ServerSettings(place, anonymous_upload=True)) as url:
        assert told(url) == set()
        assert upload(url, package(), auth=None).status_code == 201
        assert upload(url, package(), auth=None).status_code == 409
        assert upload(url, package(version="1.1.0"), auth=None).status_code == 201
        assert requests.get(f"{url}/app-1.0.0.tgz", timeout=10).content == package()
        assert requests.get(f"{url}/app-9.tgz", timeout=10).status_code == 404
        assert requests.get(f"{url}/app-1.0.0.tgz.prov", timeout=10).status_code == 404
        assert [version for _, version, _ in sorted(told(url))] == ["1.0.0", "1.1.0"]
        assert requests.delete(f"{url}/api/charts/app/1.0.0", timeout=10).status_code == 200
        assert requests.delete(f"{url}/api/charts/app/1.0.0", timeout=10).status_code == 404
    with running(ServerSettings(place)) as url:
        assert [version for _, version, _ in told(url)] == ["1.1.0"]


def start(folder, *flags):
    command = [sys.executable, "-m", "repo_server", str(folder), "--port", "0", *flags]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    line = process.stdout.readline()
    assert line.startswith("Serving "), line + process.stdout.read()
    return process, line.strip().rpartition(" ")[2]


def test_killed_while_uploading(folder, package):
    process, url = start(folder, "--anonymous-upload")
    with process:
        pool = ThreadPoolExecutor(4)
        for number in range(40):
            pool.submit(lambda n=number: upload(url, package(version=f"1.0.{n}"), auth=None))
        time.sleep(0.3)
        os.kill(process.pid, signal.SIGKILL)
        pool.shutdown(wait=True, cancel_futures=True)
        process.stdout.close()
    complete = truth(folder)
    assert {path.name for path in folder.glob("*.tgz")} == {f"{name}-{version}.tgz" for name, version, _ in complete}
    (folder / ".upload-left").write_text("half a package")
    process, url = start(folder)
    with process:
        assert told(url) == complete
        assert not list(folder.glob(".upload-*"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        process.stdout.close()
