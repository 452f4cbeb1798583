import base64
import hashlib
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from helmpy.errors import RepositoryError
from helmpy.repo import credentials, oci
from helmpy.repo.access import Access
from helmpy.repo.downloader import Downloader

PLAIN = Access(plain_http=True)


@pytest.fixture
def registry(site):
    return make_registry(site)


def make_registry(site, token=""):
    """A distribution API for charts/app, in memory."""
    blobs: dict[str, bytes] = {}
    manifests: dict[str, bytes] = {}

    def answer(method, path, headers, body):
        bare, _, query = path.partition("?")
        if bare == "/token":
            good = headers.get("authorization") == "Basic " + base64.b64encode(b"u:p").decode()
            good = good or (method == "POST" and b"grant_type=refresh_token&refresh_token=i" in body)
            return (200, {}, json.dumps({"token": token}).encode()) if good else (401, {}, b"")
        if token and headers.get("authorization") != f"Bearer {token}":
            challenge = f'Bearer realm="{site.url}/token",service="s",scope="repository:charts/app:pull,push"'
            return 401, {"WWW-Authenticate": challenge}, b""
        if bare == "/v2/":
            return 200, {}, b"{}"
        match = re.fullmatch(r"/v2/charts/app/(blobs/uploads|blobs|manifests|tags)/(.*)", bare)
        if match is None:
            return 404, {}, b""
        kind, name = match.groups()
        if kind == "tags":
            return 200, {}, json.dumps({"name": "charts/app", "tags": [t for t in manifests if ":" not in t]}).encode()
        if kind == "blobs/uploads":
            if method == "POST":
                return 202, {"Location": "/v2/charts/app/blobs/uploads/1?s=2"}, b""
            blobs[re.search(r"digest=sha256%3A([0-9a-f]+)", query).group(1)] = body
            return 201, {}, b""
        if kind == "manifests" and method == "PUT":
            manifests[name] = manifests["sha256:" + hashlib.sha256(body).hexdigest()] = body
            return 201, {}, b""
        found = manifests.get(name) if kind == "manifests" else blobs.get(name.removeprefix("sha256:"))
        if found is None:
            return 404, {}, b""
        media = "application/vnd.oci.image.manifest.v1+json" if kind == "manifests" else "application/octet-stream"
        return (
            200,
            {"Content-Type": media, "Docker-Content-Digest": "sha256:" + hashlib.sha256(found).hexdigest()},
            found,
        )

    class Always(dict):
        def get(self, key, default=None):
            return answer

    site.routes = Always()
    site.blobs, site.manifests = blobs, manifests
    site.reference = site.url.replace("http://", "oci://") + "/charts/app"
    return site


def test_push_and_pull(registry, paths, package):
    client = oci.Client(PLAIN, paths.registry_config)
    data = package(version="1.0.0+build")
    reference, digest = client.push(data, f"{registry.reference}:1.0.0+build", b"signed", "2020-01-01T00:00:00Z")
    assert reference == registry.reference.removeprefix("oci://") + ":1.0.0_build"
    manifest = json.loads(registry.manifests["1.0.0_build"])
    assert digest == "sha256:" + hashlib.sha256(registry.manifests["1.0.0_build"]).hexdigest()
    assert manifest["annotations"]["org.opencontainers.image.version"] == "1.0.0+build"
    assert manifest["annotations"]["org.opencontainers.image.created"] == "2020-01-01T00:00:00Z"
    pulled = client.pull(f"{registry.reference}:1.0.0+build", need_provenance=True)
    assert (pulled.chart, pulled.provenance) == (data, b"signed")
    assert pulled.notice == f"Pulled: {reference}\nDigest: {digest}\n"


def test_versions(registry, paths, package, tmp_path):
    client = oci.Client(PLAIN, paths.registry_config)
    for version in ("1.0.0", "1.10.0", "1.9.0", "2.0.0-rc.1"):
        client.push(package(version=version), f"{registry.reference}:{version}")
    registry.manifests["latest"] = b"{}"
    assert client.tags(registry.reference) == ["2.0.0-rc.1", "1.10.0", "1.9.0", "1.0.0"]
    downloader = Downloader(paths, PLAIN)
    for wanted, found in (("", "1.10.0"), ("~1.9", "1.9.0"), ("1.0.0", "1.0.0"), (">0-0", "2.0.0-rc.1")):
        assert downloader.download(registry.reference, wanted, tmp_path).path.name == f"app-{found}.tgz"
    assert downloader.download_to_cache(f"{registry.reference}:1.9.0").path.read_bytes() == package(version="1.9.0")
    with pytest.raises(RepositoryError, match="could not locate a version matching provided version string"):
        downloader.resolve(registry.reference, "^9")
    with pytest.raises(RepositoryError, match=r"chart reference and version mismatch: 2 is not 1\.0\.0"):
        downloader.resolve(f"{registry.reference}:1.0.0", "2")


def test_tokens(site, paths, package):
    registry = make_registry(site, token="t")
    with pytest.raises(RepositoryError, match="401"):
        oci.Client(PLAIN, paths.registry_config).push(package(), f"{registry.reference}:1.0.0")
    paths.registry_config.write_text(
        json.dumps({"auths": {site.url.removeprefix("http://"): {"auth": base64.b64encode(b"u:p").decode()}}})
    )
    client = oci.Client(PLAIN, paths.registry_config)
    client.push(package(), f"{registry.reference}:1.0.0")
    given = oci.Client(Access(username="u", password="p", plain_http=True), paths.registry_config.with_name("none"))
    assert given.pull(f"{registry.reference}:1.0.0").chart == package()


def test_content_that_does_not_match_is_refused(registry, paths, package):
    client = oci.Client(PLAIN, paths.registry_config)
    client.push(package(), f"{registry.reference}:1.0.0")
    digest = hashlib.sha256(package()).hexdigest()
    registry.blobs[digest] = package(version="6.6.6")
    with pytest.raises(RepositoryError, match="does not match its digest"):
        client.pull(f"{registry.reference}:1.0.0")
    with pytest.raises(RepositoryError, match="not found"):
        client.pull(f"{registry.reference}:9.9.9")
    with pytest.raises(RepositoryError, match=r"manifest does not contain a layer with mediatype .*prov"):
        client.pull(f"{registry.reference}:1.0.0", need_provenance=True)


@pytest.mark.oracle
def test_helm_reads_and_writes_the_same(registry, paths, package, tmp_path):
    helm = Path(os.environ.get("HELMPY_ORACLE", Path.home() / ".cache" / "helmpy-oracle")) / "bin" / "helm4"
    if not helm.exists():
        pytest.skip("helm4 is not here")

    def run(*args):
        homes = {f"HELM_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "CACHE", "DATA")}
        command = [helm, *args, "--plain-http"]
        done = subprocess.run(command, cwd=tmp_path, env={**os.environ, **homes}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    client = oci.Client(PLAIN, paths.registry_config)
    reference, digest = client.push(package(version="1.0.0+b"), f"{registry.reference}:1.0.0+b")
    assert run("pull", registry.reference).startswith(f"Pulled: {reference}\nDigest: {digest}\n")
    assert (tmp_path / "app-1.0.0+b.tgz").read_bytes() == package(version="1.0.0+b")
    (tmp_path / "x.tgz").write_bytes(package(version="2.0.0"))
    run("push", "x.tgz", registry.reference.removesuffix("/app"))
    assert client.pull(f"{registry.reference}:2.0.0").chart == package(version="2.0.0")


@pytest.mark.parametrize(
    ("manifest", "problem"),
    [
        (b"junk", "no JSON object"),
        (b"[]", "no JSON object"),
        (b"{}", "could not load config with mediatype"),
        (json.dumps({"config": {"mediaType": oci.CONFIG}}).encode(), "does not contain a layer with mediatype"),
        (
            json.dumps(
                {"config": {"mediaType": oci.CONFIG}, "layers": [{"mediaType": oci.CHART, "digest": "../../x"}]}
            ).encode(),
            "invalid digest",
        ),
    ],
)
def test_bad_manifests(registry, paths, manifest, problem):
    registry.manifests["1.0.0"] = manifest
    with pytest.raises(RepositoryError, match=problem):
        oci.Client(PLAIN, paths.registry_config).pull(f"{registry.reference}:1.0.0")


@pytest.mark.parametrize(
    "reference",
    ["oci://", "oci://h", "oci://h/", "oci://h/A:1", "oci://h/a:b c", "oci://h/../a:1", "oci://h/a@sha256:x"],
)
def test_bad_references(reference):
    with pytest.raises(RepositoryError, match="invalid reference"):
        oci.parse(reference)


def test_names_must_match(registry, paths, package):
    with pytest.raises(RepositoryError, match="strict mode enabled"):
        oci.Client(PLAIN, paths.registry_config).push(package(), f"{registry.reference}:2.0.0")


@pytest.mark.parametrize(("username", "password"), [("u", "p"), ("", "i")], ids=["password", "identity token"])
def test_login_and_logout(site, paths, package, username, password):
    reference = make_registry(site, token="t").reference
    host, config = site.url.removeprefix("http://"), paths.registry_config
    with pytest.raises(RepositoryError, match="401"):
        oci.Client(Access(username="u", password="wrong", plain_http=True), config).login(host)
    assert not config.exists()
    config.write_text(json.dumps({"credsStore": "kept"}))
    oci.Client(Access(username=username, password=password, plain_http=True), config).login(host)
    assert config.stat().st_mode & 0o777 == 0o600
    oci.Client(PLAIN, config).push(package(), f"{reference}:1.0.0")
    credentials.remove(config, host)
    assert json.loads(config.read_text()) == {"credsStore": "kept", "auths": {}}
    with pytest.raises(RepositoryError, match="401"):
        oci.Client(PLAIN, config).pull(f"{reference}:1.0.0")
