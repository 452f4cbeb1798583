"""What the image catalogue says of names, and how the runtime names images."""

import pytest

from cluster_core.kubelet.runtime.images import SERVICE, UNKNOWN, Image, canonical, find, invalid_reference, pull_error


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("nginx:1.27", "docker.io/library/nginx:1.27"),
        ("bitnami/redis:7", "docker.io/bitnami/redis:7"),
        ("quay.io/app/x", "quay.io/app/x:latest"),
        ("localhost:5000/x:1", "localhost:5000/x:1"),
        ("nginx@sha256:" + "a" * 64, "docker.io/library/nginx@sha256:" + "a" * 64),
    ],
)
def test_canonical_names(reference: str, name: str) -> None:
    assert canonical(reference) == name


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("nginx", ""),
        ("registry.example.org:5000/team/app:v1.2_3-x", ""),
        ("Nginx", "repository name (library/Nginx) must be lowercase"),
        ("UPPER/Bad:name", "repository name (Bad) must be lowercase"),
        ("nginx:", "invalid reference format"),
        ("nginx:a b", "invalid reference format"),
        ("", "invalid reference format"),
        ("-x", "invalid reference format"),
        ("a//", "invalid reference format"),
    ],
)
def test_invalid_names(reference: str, problem: str) -> None:
    assert invalid_reference(reference) == problem


@pytest.mark.parametrize(
    ("reference", "part"),
    [
        ("nginx:1", ""),
        ("nginx:does-not-exist", "docker.io/library/nginx:does-not-exist: not found"),
        ("registry.invalid/app:1", "dial tcp: lookup registry.invalid: no such host"),
        ("localhost:5000/denied:1", "401 Unauthorized"),
    ],
)
def test_what_cannot_be_pulled(reference: str, part: str) -> None:
    error = pull_error(find(reference), reference)
    assert (part in error) if part else error == ""


def test_unknown_images_are_well_behaved_and_own_rows_come_first() -> None:
    assert find("example.org/app:1") is UNKNOWN
    assert find("nginx:1").kind == SERVICE
    mine = Image("nginx:*", missing="no {0}")
    assert find("nginx:1", (mine,)) is mine
