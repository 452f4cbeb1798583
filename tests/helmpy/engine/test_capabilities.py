"""`.Capabilities`."""

from collections.abc import Callable

import pytest

from helmpy.engine import capabilities
from helmpy.golang.types import GoError


@pytest.mark.parametrize(
    ("given", "version", "shown", "minor"),
    [
        (None, "v1.37.0", "v1.37.0", "37"),
        ("1.25.3-gke.1", "v1.25.3-gke.1", "v1.25.3", "25"),
        ("v1.25", "v1.25", "v1.25", "25"),
        ("v1.30.2+k3s1", "v1.30.2+k3s1", "v1.30.2", "30"),
    ],
)
def test_kube_version(given: str | None, version: str, shown: str, minor: str) -> None:
    """As given for `.Version`, without suffix for constraints."""
    found = capabilities.default(given).kube_version
    assert (found.version, str(found), found.major, found.minor) == (version, shown, "1", minor)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("x", 'could not parse "x" as version'),
        ("1", 'illegal version string "1"'),
        ("01.2", 'illegal zero-prefixed version component "01" in "01.2"'),
        ("1.99999999999999999999", "illegal non-numeric version component"),
    ],
)
def test_bad_kube_version(given: str, error: str) -> None:
    """Kubernetes' own complaints."""
    with pytest.raises(GoError) as caught:
        capabilities.default(given)
    assert str(caught.value).startswith(error)


def test_api_versions() -> None:
    """The default set and additions."""
    versions = capabilities.default(extra_api_versions=["x/v1"]).api_versions
    assert len(versions) == 58
    assert versions.has("apps/v1")
    assert versions.has("x/v1")
    assert not versions.has("apps/v1/Deployment")


def test_in_templates(show: Callable[..., str]) -> None:
    """Printing and methods; String() belongs to the pointer, so only an action prints by it."""
    assert show("{{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.GitVersion }}") == "v1.37.0 v1.37.0"
    assert show("{{ print .Capabilities.KubeVersion }}") == "{v1.37.0 v1.37.0 1 37}"
    assert show("{{ default 1 .Capabilities.KubeVersion }}") == "{v1.37.0 v1.37.0 1 37}"
    assert show("{{ or .Capabilities.KubeVersion 1 }}") == "v1.37.0"
    assert show('{{ .Capabilities.APIVersions.Has "v1" }}{{ .Capabilities.HelmVersion.Version }}') == "truev4.3.1"
    assert show("{{ .Capabilities.KubeVersion | toJson }}") == '{"Version":"v1.37.0","Major":"1","Minor":"37"}'
