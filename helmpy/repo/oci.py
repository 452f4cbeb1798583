"""Charts in OCI registries: pull, push, tags and credentials.

Speaks the distribution API over `http`; every blob is compared with its digest. A chart is a manifest with a config of its
metadata, one layer with the package and one with the .prov. Called by the downloader, the resolver and `push`.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

from helmpy import log
from helmpy.chart import loader
from helmpy.chart.metadata import Metadata
from helmpy.chart.versions import Constraint, Version, VersionError
from helmpy.errors import RepositoryError
from helmpy.repo import credentials, http, urls
from helmpy.repo.access import Access

CONFIG = "application/vnd.cncf.helm.config.v1+json"
CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
LEGACY_CHART = "application/tar+gzip"
PROVENANCE = "application/vnd.cncf.helm.chart.provenance.v1.prov"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_MAX_MANIFEST = 4 << 20
_MAX_TAG_PAGES = 200


@dataclass(frozen=True, slots=True)
class Reference:
    """`registry/repository:tag@digest`. A `+` of a version is written `_` in tags."""

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def file_name(self) -> str:
        """The name of the package that the reference stands for."""
        name = self.repository.rpartition("/")[2]
        return f"{name}-{self.tag.replace('_', '+')}.tgz" if self.tag else f"{name}.tgz"

    @property
    def target(self) -> str:
        """What follows /manifests/ in a request."""
        return self.digest or self.tag

    def with_tag(self, version: str) -> "Reference":
        """The same repository at a version."""
        return Reference(self.registry, self.repository, version.replace("+", "_"), self.digest)

    def __str__(self) -> str:
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.registry}/{self.repository}" + (f":{self.tag}" if self.tag else "") + digest


@dataclass(frozen=True, slots=True)
class Pulled:
    """A chart from a registry."""

    chart: bytes
    provenance: bytes | None
    digest: str
    notice: str


def parse(url: str) -> Reference:
    """Reads `oci://host/path:tag`; raises RepositoryError."""
    text, _, digest = url.removeprefix(urls.OCI).partition("@")
    registry, slash, path = text.partition("/")
    repository, _, tag = path.partition(":")
    tag = tag.replace("+", "_")
    problem = ""
    if not slash or not registry:
        problem = "missing registry or repository"
    elif not re.fullmatch(
        r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*", repository
    ):
        problem = f'invalid repository "{repository}"'
    elif tag and not re.fullmatch(r"\w[\w.-]{0,127}", tag, re.ASCII):
        problem = f'invalid tag "{tag}"'
    elif digest and not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        problem = f'invalid digest "{digest}"'
    if problem:
        raise RepositoryError(f"invalid reference: {problem}")
    return Reference(registry, repository, tag, digest)


class Client:
    """Requests to one registry after another, with credentials from the command line or the registry config file."""

    def __init__(self, access: Access, config: Path) -> None:
        self._access = access
        self._config = config
        self._tokens: dict[tuple[str, str], str] = {}

    def login(self, registry: str) -> None:
        """Ask a registry whether it takes the credentials of the command line, and remember them. Raises RepositoryError."""
        if "/" in registry:
            log.warn("registry login/logout only supports domain names, not full registry paths", value=registry)
        response = self._send("GET", f"{self._scheme(registry)}://{_host(registry)}/v2/", registry, "", {}, None)
        if response.status != 200:
            raise RepositoryError(
                f'authenticating to "{registry}": GET "{response.url}": response status code {response.status_text}'
            )
        credentials.store(self._config, registry, self._access.username, self._access.password)

    def resolve(self, reference: str, version: str = "") -> tuple[str, str]:
        """A reference and a version or range → the exact reference, and the manifest's digest if it was given."""
        ref = parse(reference)
        if version and ref.tag and ref.tag != version.replace("+", "_"):
            raise RepositoryError(f"chart reference and version mismatch: {version} is not {ref.tag}")
        version = version or ref.tag.replace("_", "+")
        if ref.digest:
            return reference, ""
        if not _is_version(version):
            version = self._newest(reference, ref, version)
        return urls.OCI + str(ref.with_tag(version)), ""

    def tags(self, reference: str) -> list[str]:
        """The versions of a chart, newest first; tags that are none are left out."""
        ref = parse(reference)
        versions = []
        for tag in self._all_tags(ref):
            try:
                versions.append(Version.parse_strict(tag.replace("_", "+")))
            except VersionError:
                continue
        versions.sort(reverse=True)
        return [str(version) for version in versions]

    def pull(self, reference: str, need_provenance: bool = False) -> Pulled:
        """Downloads a chart; raises RepositoryError if anything is missing or does not match its digest."""
        ref = parse(reference)
        data, digest = self._manifest(ref)
        layers = [layer for layer in data.get("layers", []) if isinstance(layer, dict)]
        if (data.get("config") or {}).get("mediaType") != CONFIG:
            raise RepositoryError(f"could not load config with mediatype {CONFIG}")
        chart = _layer(layers, CHART) or _layer(layers, LEGACY_CHART)
        if chart is None:
            raise RepositoryError(f"manifest does not contain a layer with mediatype {CHART}")
        prov = _layer(layers, PROVENANCE)
        if need_provenance and prov is None:
            raise RepositoryError(f"manifest does not contain a layer with mediatype {PROVENANCE}")
        content = self._blob(ref, chart)
        signed = self._blob(ref, prov) if need_provenance and prov else None
        return Pulled(content, signed, digest, f"Pulled: {ref}\nDigest: {digest}\n")

    def push(
        self, package: bytes, reference: str, provenance: bytes | None = None, created: str = ""
    ) -> tuple[str, str]:
        """Uploads a package as `reference` (which must end in /name:version); returns the reference and its digest."""
        metadata = loader.load_archive(package).metadata
        ref = parse(reference)
        if not reference.endswith(f"/{metadata.name}:{metadata.version}"):
            raise RepositoryError("strict mode enabled, ref basename and tag must match the chart name and version")
        layers = [self._upload(ref, CHART, package)]
        if provenance is not None:
            layers.append(self._upload(ref, PROVENANCE, provenance))
        config = self._upload(ref, CONFIG, _json(metadata.to_dict()))
        manifest = {
            "schemaVersion": 2,
            "config": config,
            "layers": sorted(layers, key=lambda layer: str(layer["digest"])),
            "annotations": dict(sorted(_annotations(metadata, created).items())),
        }
        body = _json(manifest)
        response = self._request("PUT", ref, f"manifests/{ref.tag}", body=body, headers={"Content-Type": _MANIFEST})
        _expect(response, (201,))
        return str(ref), _digest(body)

    def _newest(self, reference: str, ref: Reference, version: str) -> str:
        tags = self.tags(urls.OCI + str(Reference(ref.registry, ref.repository)))
        if not tags:
            raise RepositoryError(f"unable to locate any tags in provided repository: {reference}")
        if version in tags:
            return version
        try:
            constraint = Constraint(version or "*")
        except VersionError as error:
            raise RepositoryError(str(error)) from None
        found = next((tag for tag in tags if constraint.check(Version.parse(tag))), None)
        if found is None:
            raise RepositoryError(f"could not locate a version matching provided version string {version}")
        return found

    def _all_tags(self, ref: Reference) -> Iterable[str]:
        path = "tags/list"
        for _ in range(_MAX_TAG_PAGES):
            response = self._request("GET", ref, path, limit=_MAX_MANIFEST)
            _expect(response, (200,))
            data = _loads(response.body)
            yield from (tag for tag in data.get("tags") or [] if isinstance(tag, str))
            match = re.search(r'<([^>]+)>\s*;\s*rel="?next"?', response.headers.get("link", ""))
            if match is None:
                return
            path = urljoin(response.url, match.group(1))

    def _manifest(self, ref: Reference) -> tuple[dict[str, Any], str]:
        headers = {"Accept": f"{_MANIFEST}, {_INDEX}"}
        response = self._request("GET", ref, f"manifests/{ref.target}", headers=headers, limit=_MAX_MANIFEST)
        if response.status == 404:
            raise RepositoryError(f'failed to perform "FetchReference" on source: {ref}: not found')
        _expect(response, (200,))
        digest = _digest(response.body)
        if ref.digest and digest != ref.digest:
            raise RepositoryError(f"chart reference digest mismatch: {digest} is not {ref.digest}")
        return _loads(response.body), digest

    def _blob(self, ref: Reference, layer: Mapping[str, Any]) -> bytes:
        digest = str(layer.get("digest", ""))
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
            raise RepositoryError(f'invalid digest "{digest}" in the manifest of {ref}')
        response = self._request("GET", ref, f"blobs/{digest}")
        _expect(response, (200,))
        if _digest(response.body) != digest:
            raise RepositoryError(f"content of {ref} does not match its digest {digest}")
        return response.body

    def _upload(self, ref: Reference, media_type: str, data: bytes) -> dict[str, Any]:
        digest = _digest(data)
        if self._request("HEAD", ref, f"blobs/{digest}").status != 200:
            begun = self._request("POST", ref, "blobs/uploads/", body=b"")
            _expect(begun, (202,))
            location = urljoin(begun.url, begun.headers.get("location", ""))
            location += ("&" if "?" in location else "?") + urlencode({"digest": digest})
            headers = {"Content-Type": "application/octet-stream"}
            _expect(self._request("PUT", ref, location, body=data, headers=headers), (201,))
        return {"mediaType": media_type, "digest": digest, "size": len(data)}

    def _request(
        self,
        method: str,
        ref: Reference,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int = http.MAX_DOWNLOAD,
    ) -> http.Response:
        """One request of the distribution API; on 401 it asks for a token as the registry says, once."""
        base = f"{self._scheme(ref.registry)}://{_host(ref.registry)}/v2/{ref.repository}/"
        url = urljoin(base, path)
        scope = f"repository:{ref.repository}:" + (
            "pull" if method in ("GET", "HEAD") and body is None else "pull,push"
        )
        return self._send(method, url, ref.registry, scope, headers or {}, body, limit)

    def _send(
        self,
        method: str,
        url: str,
        registry: str,
        scope: str,
        headers: Mapping[str, str],
        body: bytes | None,
        limit: int = http.MAX_DOWNLOAD,
    ) -> http.Response:
        anonymous = Access(
            url,
            cert_file=self._access.cert_file,
            key_file=self._access.key_file,
            ca_file=self._access.ca_file,
            insecure_skip_tls_verify=self._access.insecure_skip_tls_verify,
            timeout=self._access.timeout,
        )
        sent = dict(headers)
        if token := self._tokens.get((registry, scope)):
            sent["Authorization"] = token
        response = http.request(method, url, anonymous, headers=sent, body=body, limit=limit)
        own = f"{self._scheme(registry)}://{_host(registry)}/"
        if response.status != 401 or urls.origin(url) != urls.origin(own):
            return response
        token = self._authorize(registry, response.headers.get("www-authenticate", ""), scope, anonymous)
        if not token:
            return response
        self._tokens[registry, scope] = sent["Authorization"] = token
        return http.request(method, url, anonymous, headers=sent, body=body, limit=limit)

    def _authorize(self, registry: str, challenge: str, scope: str, access: Access) -> str:
        """The Authorization header that a registry's challenge asks for; empty if there are no means."""
        basic = self._basic(registry)
        kind, _, rest = challenge.partition(" ")
        if kind.lower() == "basic":
            return basic
        if kind.lower() != "bearer":
            return ""
        fields = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        realm = fields.get("realm", "")
        if urls.parse(realm).scheme not in ("http", "https"):
            return ""
        asked = {"service": fields.get("service", ""), "scope": fields.get("scope") or scope}
        query = urlencode({name: value for name, value in asked.items() if value})
        if identity := self._identity_token(registry):
            form = f"{query}&{urlencode({'grant_type': 'refresh_token', 'refresh_token': identity, 'client_id': 'helmpy'})}"
            sent = {"Content-Type": "application/x-www-form-urlencoded"}
            response = http.request("POST", realm, access.for_url(realm), headers=sent, body=form.encode())
        else:
            url = realm + ("&" if "?" in realm else "?") + query
            headers = {"Authorization": basic} if basic else {}
            response = http.request("GET", url, access.for_url(url), headers=headers, limit=_MAX_MANIFEST)
        _expect(response, (200,))
        data = _loads(response.body)
        token = data.get("token") or data.get("access_token")
        return f"Bearer {token}" if token else ""

    def _identity_token(self, registry: str) -> str:
        """A password without a user is a refresh token of the registry's (OAuth 2)."""
        if self._access.username or self._access.password:
            return "" if self._access.username else self._access.password
        return credentials.identity_token(self._config, registry)

    def _basic(self, registry: str) -> str:
        if self._access.username:
            pair = f"{self._access.username}:{self._access.password}"
            return "Basic " + base64.b64encode(pair.encode()).decode()
        stored = credentials.basic(self._config, registry)
        return f"Basic {stored}" if stored else ""

    def _scheme(self, registry: str) -> str:
        return "http" if self._access.plain_http else "https"


def _annotations(metadata: Metadata, created: str) -> dict[str, str]:
    from helmpy.chart import timestamps

    prefix = "org.opencontainers.image."
    authors = ", ".join(m.name + (f" ({m.email})" if m.email else "") for m in metadata.maintainers)
    own = {
        "description": metadata.description,
        "title": metadata.name,
        "version": metadata.version,
        "url": metadata.home,
        "created": created or timestamps.utc_now(),
        "source": metadata.sources[0] if metadata.sources else "",
        "authors": authors,
    }
    annotations = {prefix + name: value for name, value in own.items() if value.strip()}
    fixed = (f"{prefix}title", f"{prefix}version")
    return {**annotations, **{k: v for k, v in (metadata.annotations or {}).items() if k not in fixed}}


def _layer(layers: list[dict[str, Any]], media_type: str) -> dict[str, Any] | None:
    return next((layer for layer in layers if layer.get("mediaType") == media_type), None)


def _is_version(text: str) -> bool:
    try:
        Version.parse(text)
    except VersionError:
        return False
    return True


def _host(registry: str) -> str:
    return "registry-1.docker.io" if registry == "docker.io" else registry


def _json(value: Any) -> bytes:
    from helmpy.golang import json as go_json

    return go_json.dumps(value).encode()


def _loads(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise RepositoryError("the registry's answer is no JSON object")
    return data


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _expect(response: http.Response, statuses: tuple[int, ...]) -> None:
    if response.status not in statuses:
        raise RepositoryError(f"{urls.printable(response.url)}: response status code {response.status_text}")
