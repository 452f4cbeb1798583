"""A chart reference → an archive on disk, checked.

References are `repository/chart`, a URL of a package, or `oci://…`. Whatever is downloaded is compared with the digest of
the index before it gets its name; with verification asked for, a missing or wrong .prov is an error and nothing is kept.
Called by `pull`, `locate` and the dependency manager. Must not unpack anything.
"""

import hashlib
import posixpath
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from helmpy.chart import archive, provenance
from helmpy.chart.provenance import Verification
from helmpy.chart.versions import VersionError
from helmpy.errors import ChartError, RepositoryError
from helmpy.repo import getters, index, oci, repositories, urls
from helmpy.repo.access import ANONYMOUS, Access, Paths

_ACCEPT = "application/gzip,application/octet-stream"


class Verify(Enum):
    """What to do about provenance: nothing, check if there is any, demand it, or only fetch it."""

    NEVER = "never"
    IF_POSSIBLE = "if possible"
    ALWAYS = "always"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a chart really is: the URL of its package, the access it needs, and the digest promised ("" if unknown)."""

    url: str
    access: Access
    digest: str = ""

    @property
    def file_name(self) -> str:
        """The name of the package on disk."""
        if urls.is_oci(self.url):
            return oci.parse(self.url).file_name
        return unquote(posixpath.basename(urls.parse(self.url).path))


@dataclass(frozen=True, slots=True)
class Package:
    """A downloaded archive, with the result of verification if there was one, and lines for the user."""

    path: Path
    verification: Verification | None = None
    notices: str = ""


@dataclass(frozen=True, slots=True)
class Downloader:
    """Finds and fetches charts. `access` comes from the command line; what a repository was added with goes before it."""

    paths: Paths
    access: Access = ANONYMOUS
    verify: Verify = Verify.NEVER
    keyring: str = ""

    def resolve(self, reference: str, version: str = "") -> Source:
        """Looks a reference up; raises RepositoryError."""
        if urls.is_oci(reference):
            client = oci.Client(self.access, self.paths.registry_config)
            url, digest = client.resolve(reference, version)
            return Source(url, self.access, digest)
        parts = urls.parse(reference)
        if parts.scheme and (parts.netloc or parts.scheme == "file") and parts.path:
            return Source(reference, self._access_for_url(reference))
        name, slash, chart = parts.path.partition("/")
        if not slash or parts.scheme:
            raise RepositoryError(f"non-absolute URLs should be in form of repo_name/path_to_chart, got: {reference}")
        return self._from_repository(reference, name, chart, version)

    def download(self, reference: str, version: str, directory: Path) -> Package:
        """Fetches a chart into a folder under its package's name; raises RepositoryError or ChartError."""
        source = self.resolve(reference, version)
        name = _checked_name(source.file_name)
        data, notices = self._fetch(source)
        prov, warning = self._fetch_provenance(source, reference)
        verification = self._verify(data, prov, name)
        path = directory / name
        archive.write_atomically(path, data)
        if prov is not None:
            archive.write_atomically(directory / f"{name}.prov", prov)
        return Package(path, verification, notices + warning)

    def download_to_cache(self, reference: str, version: str = "") -> Package:
        """Fetches a chart into the cache of charts by digest, or finds it there; raises RepositoryError or ChartError."""
        source = self.resolve(reference, version)
        digest = _bare_digest(source.digest)
        path = self._cached(digest) if digest and not urls.is_oci(source.url) else None
        notices = ""
        if path is None:
            data, notices = self._fetch(source)
            path = self._cached_path(hashlib.sha256(data).hexdigest())
            path.parent.mkdir(parents=True, exist_ok=True)
            archive.write_atomically(path, data)
        verification = None
        if self.verify is not Verify.NEVER:
            prov, warning = self._fetch_provenance(source, reference)
            verification, notices = self._verify(path.read_bytes(), prov, source.file_name), notices + warning
        return Package(path, verification, notices)

    def _from_repository(self, reference: str, name: str, chart: str, version: str) -> Source:
        entry = repositories.load(self.paths.repository_config).get(name)
        if entry is None:
            raise RepositoryError(f"repo {name} not found")
        try:
            known = index.load(repositories.index_path(self.paths.repository_cache, name), cached=True)
        except RepositoryError as error:
            raise RepositoryError(f"no cached repo found. (try 'helm repo update'): {error}") from None
        try:
            found = known.get(chart, version)
        except (RepositoryError, VersionError) as error:
            raise RepositoryError(
                f"chart \"{chart}\" matching {version} not found in {name} index. (try 'helm repo update'): {error}"
            ) from None
        if not found.urls:
            raise RepositoryError(f'chart "{reference}" has no downloadable URLs')
        return Source(urls.resolve(entry.url, found.urls[0]), self._combined(entry), found.digest)

    def _access_for_url(self, url: str) -> Access:
        """A package's URL may belong to a repository that has credentials or certificates."""
        for entry in repositories.load(self.paths.repository_config).entries:
            try:
                known = index.load(repositories.index_path(self.paths.repository_cache, entry.name), cached=True)
            except RepositoryError as error:
                raise RepositoryError(f"no cached repo found. (try 'helm repo update'): {error}") from None
            versions = (version for entries in known.entries.values() for version in entries)
            if any(urls.equal(url, link) for version in versions for link in version.urls):
                return self._combined(entry)
        return self.access if self.access.url else self.access.for_url(url)

    def _combined(self, entry: repositories.Entry) -> Access:
        """The access of a repository, filled up from the command line."""
        own = entry.access(self.access.timeout)
        combined = replace(self.access, url=own.url)
        if own.username and own.password:
            combined = replace(
                combined, username=own.username, password=own.password, pass_credentials=own.pass_credentials
            )
        if own.cert_file or own.key_file or own.ca_file:
            combined = replace(combined, cert_file=own.cert_file, key_file=own.key_file, ca_file=own.ca_file)
        if own.insecure_skip_tls_verify:
            combined = replace(combined, insecure_skip_tls_verify=True)
        return combined

    def _fetch(self, source: Source) -> tuple[bytes, str]:
        """The package, compared with its digest, and lines for the user."""
        if urls.is_oci(source.url):
            pulled = oci.Client(source.access, self.paths.registry_config).pull(source.url)
            return pulled.chart, pulled.notice
        digest = _bare_digest(source.digest)
        cached = self._cached(digest) if digest else None
        if cached is not None:
            return cached.read_bytes(), ""
        data = getters.get(source.url, source.access, _ACCEPT)
        if digest and hashlib.sha256(data).hexdigest() != digest:
            raise RepositoryError(
                f"digest of {urls.printable(source.url)} does not match the index: "
                f"want {digest}, got {hashlib.sha256(data).hexdigest()}"
            )
        return data, ""

    def _fetch_provenance(self, source: Source, reference: str) -> tuple[bytes | None, str]:
        """The .prov if it is wanted, and a warning if it may be missing and is."""
        if self.verify is Verify.NEVER:
            return None, ""
        url = f"{source.url}.prov"
        try:
            if urls.is_oci(source.url):
                client = oci.Client(source.access, self.paths.registry_config)
                return client.pull(source.url, need_provenance=True).provenance, ""
            return getters.get(url, source.access), ""
        except RepositoryError as error:
            if self.verify is Verify.ALWAYS:
                raise RepositoryError(f'failed to fetch provenance "{url}"') from None
            return None, f"WARNING: Verification not found for {reference}: {error}\n"

    def _verify(self, data: bytes, prov: bytes | None, name: str) -> Verification | None:
        if prov is None or self.verify is Verify.LATER:
            return None
        return provenance.verify(data, prov, name, self.keyring)

    def _cached_path(self, digest: str) -> Path:
        return self.paths.content_cache / digest[:2] / f"{digest}.chart"

    def _cached(self, digest: str) -> Path | None:
        """The cached package, if its content still is what its name says."""
        path = self._cached_path(digest)
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest:
            return path
        return None


class ChartRequest(Protocol):
    """The flags that say how a chart is fetched, and where the user's files are (`actions.chart_source.ChartSource` has them)."""

    @property
    def wanted_version(self) -> str: ...
    @property
    def repo(self) -> str: ...
    @property
    def username(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def pass_credentials(self) -> bool: ...
    @property
    def ca_file(self) -> str: ...
    @property
    def cert_file(self) -> str: ...
    @property
    def key_file(self) -> str: ...
    @property
    def insecure_skip_tls_verify(self) -> bool: ...
    @property
    def plain_http(self) -> bool: ...
    @property
    def verify(self) -> bool: ...
    @property
    def keyring(self) -> str: ...
    @property
    def repository_config(self) -> str: ...
    @property
    def repository_cache(self) -> str: ...
    @property
    def content_cache(self) -> str: ...
    @property
    def registry_config(self) -> str: ...


def access_of(request: ChartRequest) -> Access:
    """Credentials and TLS of a request; they belong to the origin of `--repo`, or to whatever is asked first."""
    return Access(
        request.repo,
        request.username,
        request.password,
        request.cert_file,
        request.key_file,
        request.ca_file,
        request.insecure_skip_tls_verify,
        request.pass_credentials,
        request.plain_http,
    )


def paths_of(request: ChartRequest) -> Paths:
    """The user's files of a request."""
    return Paths(
        Path(request.repository_config),
        Path(request.repository_cache),
        Path(request.content_cache),
        Path(request.registry_config),
    )


def for_request(request: ChartRequest, verify: Verify) -> Downloader:
    """A downloader that does as the flags say."""
    return Downloader(paths_of(request), access_of(request), verify, request.keyring)


def reference_of(name: str, request: ChartRequest) -> str:
    """With `--repo`, the URL of the chart in that repository; else the name itself. Raises RepositoryError."""
    if not request.repo:
        return name
    return find_in_repository(request.repo, name, request.wanted_version, access_of(request)).url


def locate(name: str, request: ChartRequest) -> str:
    """Downloads a chart into the cache and returns its absolute path; raises RepositoryError or ChartError."""
    downloader = for_request(request, Verify.ALWAYS if request.verify else Verify.NEVER)
    package = downloader.download_to_cache(reference_of(name, request), request.wanted_version)
    return str(package.path.absolute())


def find_in_repository(url: str, chart: str, version: str, access: Access) -> Source:
    """The package of a chart in a repository that was not added (`--repo URL`); raises RepositoryError."""
    entry = repositories.Entry(
        "",
        url,
        access.username,
        access.password,
        access.cert_file,
        access.key_file,
        access.ca_file,
        access.insecure_skip_tls_verify,
        access.pass_credentials,
    )
    try:
        known, _ = repositories.fetch_index(entry, access.timeout)
    except RepositoryError as error:
        raise RepositoryError(
            f'looks like "{url}" is not a valid chart repository or cannot be reached: {error}'
        ) from None
    wanted = f'chart "{chart}"' + (f' version "{version}"' if version else "")
    try:
        found = known.get(chart, version)
    except (RepositoryError, VersionError):
        raise RepositoryError(f"{wanted} not found in {url} repository") from None
    if not found.urls:
        raise RepositoryError(f"{wanted} has no downloadable URLs")
    return Source(urls.resolve(url, found.urls[0]), access.for_url(url), found.digest)


def _bare_digest(digest: str) -> str:
    """A digest of an index without its algorithm; raises RepositoryError if it is none."""
    bare = digest.rpartition(":")[2].lower()
    if bare and (len(bare) != 64 or not set(bare) <= set("0123456789abcdef")):
        raise RepositoryError(f"invalid digest in the index: {digest}")
    return bare


def _checked_name(name: str) -> str:
    """The file name of a package; a URL must not be able to write anywhere else."""
    if name in ("", ".", "..") or "/" in name or "\\" in name or "\0" in name:
        raise ChartError(f'"{name}" is no name for a package')
    return name
