"""`.Capabilities`: what the cluster (or, offline, the assumed one) and this program are.

Built by actions, or `default` for offline rendering; read by templates and by chart compatibility checks.
"""

from collections.abc import Callable, Iterable, Iterator

from helmpy.annotations import ClassVar
from helmpy.golang.strconv import quote
from helmpy.golang.types import GoError, Struct

HELM_VERSION = "v4.3.1"
GO_VERSION = "go1.26.8"
KUBE_CLIENT_VERSION = "v1.37"
KUBE_VERSION = "v1.37.0"
# Group/versions that Helm's client library knows, in its order.
API_VERSIONS = (
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "lifecycle.k8s.io/v1alpha1",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
)


class KubeVersion(Struct):
    """`.Capabilities.KubeVersion`. `version` is as given, `normalized` without any suffix (for constraints)."""

    GO_TYPE = "common.KubeVersion"
    GO_FIELDS: ClassVar[dict[str, str]] = {"Version": "version", "Major": "major", "Minor": "minor"}
    GO_METHODS: ClassVar[dict[str, str]] = {"GitVersion": "git_version", "String": "__str__"}
    POINTER_STRINGER: ClassVar[bool] = True  # String() belongs to the pointer: only an action prints by it

    def __init__(self, version: str, normalized: str, major: str, minor: str) -> None:
        self.version = version
        self.normalized = normalized
        self.major = major
        self.minor = minor

    @classmethod
    def parse(cls, text: str) -> "KubeVersion":
        """From "1.30", "v1.30.2" or "v1.30.2-gke.1". Raises GoError with Helm's text."""
        numbers = _version_numbers(text)
        version = text if text.startswith("v") else f"v{text}"
        return cls(version, "v" + ".".join(map(str, numbers)), str(numbers[0]), str(numbers[1]))

    def go_fields(self) -> tuple[tuple[str, str], ...]:
        """What `%v` prints of a copy."""
        shown = (self.version, self.normalized, self.major, self.minor)
        return tuple(zip(("Version", "normalizedVersion", "Major", "Minor"), shown, strict=True))

    def go_copy(self) -> "KubeVersion":
        """What deepCopy makes of it: private fields are left behind."""
        return KubeVersion(self.version, "", self.major, self.minor)

    def git_version(self) -> str:
        """The version as given."""
        return self.version

    def __str__(self) -> str:
        return self.normalized or self.version


def _version_numbers(text: str) -> list[int]:
    """The leading numbers of a version: at least two."""
    body = text.lstrip("\t\n\v\f\r ").removeprefix("v")
    end = 0
    while end < len(body) and (
        body[end] in "0123456789" or (body[end] == "." and body[end + 1 : end + 2].isdigit() and end)
    ):
        end += 1
    numbers = body[:end]
    if not numbers or "\n" in body:
        raise GoError(f"could not parse {quote(text)} as version")
    parts = numbers.split(".")
    if len(parts) < 2:
        raise GoError(f"illegal version string {quote(text)}")
    if parts[0].startswith("0") and parts[0] != "0":
        raise GoError(f"illegal zero-prefixed version component {quote(parts[0])} in {quote(text)}")
    for part in parts:
        if len(part) > 19 and int(part[:40]) >= 1 << 64:
            problem = f"strconv.ParseUint: parsing {quote(part)}: value out of range"
            raise GoError(f"illegal non-numeric version component {quote(part)} in {quote(text)}: {problem}")
    return [int(part) for part in parts]


class VersionSet(list[str]):
    """`.Capabilities.APIVersions`."""

    GO_TYPE, GO_KIND = "common.VersionSet", "slice"
    GO_METHODS: ClassVar[dict[str, str]] = {"Has": "has"}
    GO_PARAMS: ClassVar[dict[str, tuple[str, ...]]] = {"Has": ("string",)}

    def has(self, version: str) -> bool:
        """Whether a group/version (or group/version/kind) is there."""
        return version in self


class HelmVersion(Struct):
    """`.Capabilities.HelmVersion`."""

    GO_TYPE = "version.BuildInfo"
    GO_FIELDS: ClassVar[dict[str, str]] = {
        "Version": "version",
        "GitCommit": "git_commit",
        "GitTreeState": "git_tree_state",
        "GoVersion": "go_version",
        "KubeClientVersion": "kube_client_version",
    }

    def __init__(self) -> None:
        self.version = HELM_VERSION
        self.git_commit = ""
        self.git_tree_state = "clean"
        self.go_version = GO_VERSION
        self.kube_client_version = KUBE_CLIENT_VERSION

    def go_json(self) -> dict[str, str]:
        """Empty fields are left out."""
        fields = {
            "version": self.version,
            "git_commit": self.git_commit,
            "git_tree_state": self.git_tree_state,
            "go_version": self.go_version,
            "kube_client_version": self.kube_client_version,
        }
        return {name: value for name, value in fields.items() if value}


class Capabilities(Struct):
    """`.Capabilities`."""

    GO_TYPE, GO_KIND = "*common.Capabilities", "ptr"
    GO_FIELDS: ClassVar[dict[str, str]] = {
        "KubeVersion": "kube_version",
        "APIVersions": "api_versions",
        "HelmVersion": "helm_version",
    }
    GO_METHODS: ClassVar[dict[str, str]] = {"Copy": "copy"}

    def __init__(
        self, kube_version: KubeVersion, api_versions: VersionSet, helm_version: HelmVersion | None = None
    ) -> None:
        self.kube_version = kube_version
        self.api_versions = api_versions
        self.helm_version = helm_version or HelmVersion()

    def copy(self) -> "Capabilities":
        """The same once more."""
        return Capabilities(self.kube_version, self.api_versions, self.helm_version)


def default(kube_version: str | None = None, extra_api_versions: Iterable[str] = ()) -> Capabilities:
    """What Helm assumes without a cluster. Raises GoError for a Kubernetes version that cannot be read."""
    version = KubeVersion.parse(kube_version or KUBE_VERSION)
    return Capabilities(version, VersionSet((*API_VERSIONS, *extra_api_versions)))


def parse_kube_version(text: str) -> KubeVersion:
    """The version of `--kube-version`. Raises UsageError with Helm's text."""
    from helmpy.errors import UsageError

    try:
        return KubeVersion.parse(text)
    except GoError as error:
        raise UsageError(f"invalid kube version '{text}': {error}") from error


class ServerVersions(VersionSet):
    """`.Capabilities.APIVersions` of a cluster: asked for when a template first looks."""

    def __init__(self, fetch: Callable[[], Iterable[str]]) -> None:
        super().__init__()
        self._fetch: Callable[[], Iterable[str]] | None = fetch

    def _filled(self) -> "ServerVersions":
        if self._fetch is not None:
            fetch, self._fetch = self._fetch, None
            self.extend(fetch())
        return self

    def has(self, version: str) -> bool:
        """Whether a group/version (or group/version/kind) is there."""
        return list.__contains__(self._filled(), version)

    def __iter__(self) -> Iterator[str]:
        return super(ServerVersions, self._filled()).__iter__()

    def __len__(self) -> int:
        return super(ServerVersions, self._filled()).__len__()


def of_server(git_version: str, fetch: Callable[[], Iterable[str]]) -> Capabilities:
    """The capabilities of a cluster: its version, and what `fetch` says it serves. Raises GoError for an unreadable version."""
    return Capabilities(KubeVersion.parse(git_version), ServerVersions(fetch))
