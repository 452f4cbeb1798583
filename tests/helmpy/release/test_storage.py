"""Records of releases: the stored form and the history, over every driver."""

import base64
import gzip
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_core.cluster import Cluster
from helmpy.actions.configuration import driver_for
from helmpy.errors import ReleaseError, ReleaseNotFoundError
from helmpy.kube.connection import EmbeddedConnection
from helmpy.records import fields
from helmpy.release import codec, model, times
from helmpy.release.model import Hook, HookExecution, Info, Release
from helmpy.release.storage import NoDeployedReleasesError, Storage


def make_release(version: int = 1, status: str = model.DEPLOYED, name: str = "web") -> Release:
    return Release(
        name=name,
        namespace="default",
        version=version,
        info=Info(first_deployed="2026-01-02T03:04:05Z", last_deployed="2026-01-02T03:04:05.5Z", status=status),
        chart={
            "metadata": {"name": "web", "version": "1.2.3", "appVersion": "9"},
            "templates": [],
            "values": {"a": 1.0},
        },
        config={"replicas": 2.0},
        manifest="---\n# Source: web/a.yaml\nkind: ConfigMap\n",
        hooks=[Hook("h", "Job", "web/h.yaml", "kind: Job", ["test"], 3, ["hook-succeeded"], [], HookExecution())],
        labels={"team": "a"},
        apply_method="ssa",
    )


@pytest.fixture(params=["memory", "secret", "configmap"])
def storage(request: pytest.FixtureRequest, cluster: Cluster) -> Storage:
    return Storage(driver_for(request.param, EmbeddedConnection(cluster), "default"))


def test_a_release_survives_storing(storage: Storage) -> None:
    release = make_release()
    storage.create(release)
    found = storage.get("web", 1)
    assert found == release


def test_history_by_revision(storage: Storage) -> None:
    for version in (3, 1, 2, 10):
        storage.create(make_release(version, model.DEPLOYED if version == 10 else model.SUPERSEDED))
    storage.create(make_release(1, name="other"))
    assert [r.version for r in storage.history("web")] == [1, 2, 3, 10]
    assert storage.last("web").version == 10
    assert storage.deployed("web").version == 10
    assert len(storage.all()) == 5


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda s: s.get("web", 1), ReleaseNotFoundError, "release: not found"),
        (lambda s: s.history("web"), ReleaseNotFoundError, "release: not found"),
        (lambda s: s.last("web"), ReleaseNotFoundError, "release: not found"),
        (lambda s: s.delete("web", 1), ReleaseNotFoundError, "release: not found"),
        (lambda s: s.deployed("web"), NoDeployedReleasesError, '"web" has no deployed releases'),
    ],
)
def test_what_is_missing(
    storage: Storage, ask: Callable[[Storage], object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        ask(storage)
    assert str(caught.value) == message


def test_a_revision_is_created_once(storage: Storage) -> None:
    storage.create(make_release())
    with pytest.raises(ReleaseError, match="release: already exists"):
        storage.create(make_release())


@pytest.mark.parametrize(
    ("maximum", "deployed", "left"),
    [(0, 3, [1, 2, 3, 4]), (2, 3, [3, 4]), (3, 1, [1, 3, 4]), (1, 1, [1, 4]), (10, 3, [1, 2, 3, 4])],
)
def test_pruning_spares_the_deployed_revision(storage: Storage, maximum: int, deployed: int, left: list[int]) -> None:
    for version in (1, 2, 3):
        storage.create(make_release(version, model.DEPLOYED if version == deployed else model.FAILED))
    storage.max_history = maximum
    storage.create(make_release(4, model.PENDING_UPGRADE))
    assert [r.version for r in storage.history("web")] == left


def test_the_stored_secret_is_helms(cluster: Cluster) -> None:
    Storage(driver_for("", EmbeddedConnection(cluster), "default")).create(make_release())
    secret = cluster.client.get(
        driver_for("", EmbeddedConnection(cluster), "").gvr, "sh.helm.release.v1.web.v1", "default"
    )  # type: ignore[attr-defined]
    assert secret["type"] == "helm.sh/release.v1"
    labels = dict(secret["metadata"]["labels"])
    assert labels.pop("createdAt").isdigit()
    assert labels == {"name": "web", "owner": "helm", "status": "deployed", "version": "1", "team": "a"}
    data = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))))
    assert list(data) == [
        "name",
        "info",
        "chart",
        "config",
        "manifest",
        "hooks",
        "version",
        "namespace",
        "apply_method",
    ]
    assert data["hooks"][0]["last_run"] == {"phase": ""}


@pytest.mark.parametrize(
    "text", ["", "!", "e30", base64.b64encode(b"[]").decode(), base64.b64encode(b"\x1f\x8b\x08").decode()]
)
def test_damaged_records(text: str) -> None:
    with pytest.raises(ReleaseError):
        codec.decode(text)


def test_records_from_before_compression() -> None:
    assert codec.decode(base64.b64encode(b'{"name":"old","version":3}').decode()).version == 3


@given(
    st.dictionaries(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ),
    )
)
def test_any_values_survive(values: dict[str, object]) -> None:
    release = make_release()
    release.config = values or None
    assert codec.decode(codec.encode(release)) == Release(**{**_fields(release), "labels": {}})


def _fields(release: Release) -> dict[str, object]:
    return {name: getattr(release, name) for name in fields(Release)}


@pytest.mark.parametrize(
    ("stamp", "ansic", "go"),
    [
        ("2026-01-02T03:04:05Z", "Fri Jan  2 03:04:05 2026", "2026-01-02 03:04:05 +0000 UTC"),
        ("2026-11-22T10:00:00.123456789Z", "Sun Nov 22 10:00:00 2026", "2026-11-22 10:00:00.123456789 +0000 UTC"),
        ("2026-11-22T10:00:00.5+05:30", "Sun Nov 22 10:00:00 2026", "2026-11-22 10:00:00.5 +0530 +0530"),
    ],
)
def test_times_as_go_prints_them(stamp: str, ansic: str, go: str) -> None:
    assert times.ansic(stamp) == ansic
    assert times.go_string(stamp) == go
