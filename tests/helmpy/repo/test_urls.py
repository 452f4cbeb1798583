import pytest

from helmpy.errors import RepositoryError
from helmpy.repo import urls


@pytest.mark.parametrize(
    ("base", "reference", "resolved"),
    [
        ("https://h/charts", "a.tgz", "https://h/charts/a.tgz"),
        ("https://h/charts/", "a.tgz", "https://h/charts/a.tgz"),
        ("https://h", "a.tgz", "https://h/a.tgz"),
        ("https://h/charts?t=1", "a.tgz", "https://h/charts/a.tgz?t=1"),
        ("https://h/charts", "/a.tgz", "https://h/a.tgz"),
        ("https://h/x/charts", "../a.tgz", "https://h/x/a.tgz"),
        ("https://h/charts", "https://other/a.tgz", "https://other/a.tgz"),
        ("https://h/charts", "oci://r/a:1", "oci://r/a:1"),
    ],
)
def test_resolve(base, reference, resolved):
    assert urls.resolve(base, reference) == resolved


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("https://h/c", "https://h/c/", True),
        ("https://h", "https://h/", True),
        ("https://h/c", "https://h/d", False),
        ("https://h/c", "http://h/c", False),
        ("https://h//c/", "https://h/c", True),
    ],
)
def test_equal(a, b, same):
    assert urls.equal(a, b) is same


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("https://h/a", "https://H:443/b", True),
        ("https://h", "http://h", False),
        ("https://h", "https://h:8443", False),
        ("https://h.evil", "https://h", False),
    ],
)
def test_origin(a, b, same):
    assert (urls.origin(a) == urls.origin(b)) is same


def test_join_and_messages():
    assert urls.join("https://h/c", "x", "a.tgz") == "https://h/c/x/a.tgz"
    assert urls.join("https://h", "a.tgz") == "https://h/a.tgz"
    assert urls.join("", "a.tgz") == "a.tgz"
    assert urls.printable("https://u:secret@h/x") == "https://u:xxxxx@h/x"
    with pytest.raises(RepositoryError, match="invalid chart URL format"):
        urls.parse("http://h:port/")
