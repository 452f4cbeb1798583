import gzip
import time
from base64 import b64encode

import pytest

from helmpy.errors import RepositoryError
from helmpy.repo import getters, http
from helmpy.repo.access import ANONYMOUS, Access

BASIC = "Basic " + b64encode(b"u:p").decode()


def test_credentials_go_to_their_origin_only(new_site):
    home, other = new_site(), new_site()
    for site in (home, other):
        site.routes["/x"] = (200, {}, b"x")
    access = Access(home.url, "u", "p")
    http.get(f"{home.url}/x", access)
    http.get(f"{other.url}/x", access)
    http.get(f"{other.url}/x", Access(home.url, "u", "p", pass_credentials=True))
    assert home.authorizations() == [BASIC]
    assert other.authorizations() == [None, BASIC]


def test_redirects_do_not_carry_credentials_away(new_site):
    home, other = new_site(), new_site()
    home.routes["/same"] = (302, {"Location": "/x"}, b"")
    home.routes["/x"] = (200, {}, b"x")
    home.routes["/away"] = (302, {"Location": f"{other.url}/x"}, b"")
    other.routes["/x"] = (307, {"Location": f"{home.url}/x"}, b"")
    access = Access(home.url, "u", "p")
    assert http.get(f"{home.url}/same", access) == b"x"
    assert http.get(f"{home.url}/away", access) == b"x"
    assert home.authorizations() == [BASIC] * 4
    assert other.authorizations() == [None]
    own = http.request("GET", f"{home.url}/away", ANONYMOUS, headers={"Authorization": "Bearer t"})
    assert own.body == b"x"
    assert other.authorizations()[-1] is None


def test_netrc_is_not_used(site, tmp_path, monkeypatch):
    site.routes["/x"] = (200, {}, b"x")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    http.get(f"{site.url}/x", ANONYMOUS)
    assert site.authorizations() == [None]


def test_credentials_of_the_url(site):
    site.routes["/x"] = (200, {}, b"x")
    http.get(site.url.replace("http://", "http://u:p@") + "/x", ANONYMOUS)
    assert site.authorizations() == [BASIC]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((404, {}, b""), r"failed to fetch http://.*/x : 404 Not Found"),
        ((500, {}, b""), r"failed to fetch .* : 500 Internal Server Error"),
        ((200, {"Content-Length": "100"}, b"short"), r'Get ".*/x": unexpected EOF'),
        ((200, {"Content-Length": "9" * 12}, b"x"), r"is larger than"),
        ((302, {"Location": "/x"}, b""), r"stopped after 10 redirects"),
        ((302, {"Location": "file:///etc/passwd"}, b""), r"redirect to an unsupported address"),
    ],
)
def test_bad_answers(site, answer, problem):
    site.routes["/x"] = answer
    with pytest.raises(RepositoryError, match=problem):
        http.get(f"{site.url}/x", ANONYMOUS)


def test_bodies_without_a_length_are_capped(site):
    site.routes["/x"] = lambda *_: (200, {}, b"x" * 2000)
    with pytest.raises(RepositoryError, match="larger than 1000 bytes"):
        http.get(f"{site.url}/x", ANONYMOUS, limit=1000)


def test_gateways_are_asked_again(site):
    answers = iter([(503, {}, b""), (502, {}, b""), (200, {}, b"x")])
    site.routes["/x"] = lambda *_: next(answers)
    assert http.get(f"{site.url}/x", ANONYMOUS) == b"x"


def test_uploads_are_sent_once(site):
    site.routes["/x"] = (503, {}, b"")
    assert http.request("PUT", f"{site.url}/x", ANONYMOUS, body=b"b").status == 503
    assert len(site.requests) == 1


def test_slow_servers_are_given_up(site):
    def slow(*_):
        time.sleep(1.5)
        return 200, {}, b"x"

    site.routes["/x"] = slow
    started = time.monotonic()
    with pytest.raises(RepositoryError, match=r"i/o timeout|took too long"):
        http.get(f"{site.url}/x", Access(timeout=0.3))
    assert time.monotonic() - started < 5


def test_content_encoding_is_left_alone(site):
    data = gzip.compress(b"x")
    site.routes["/x"] = (200, {"Content-Encoding": "gzip"}, data)
    assert http.get(f"{site.url}/x", ANONYMOUS) == data


def test_connections_that_fail():
    with pytest.raises(
        RepositoryError, match=r'Get "http://127\.0\.0\.1:9/x": dial tcp 127\.0\.0\.1:9: connect: connection refused'
    ):
        http.get("http://127.0.0.1:9/x", ANONYMOUS)
    with pytest.raises(RepositoryError, match="can't create TLS config for client: open /no: no such file"):
        http.get("https://127.0.0.1:9/x", Access(ca_file="/no"))


def test_schemes(tmp_path):
    (tmp_path / "a b").write_text("x")
    assert getters.fetch(f"file://{tmp_path}/a%20b") == b"x"
    with pytest.raises(RepositoryError, match="no such file"):
        getters.fetch(f"file://{tmp_path}/no")
    with pytest.raises(RepositoryError, match='scheme "ftp" not supported'):
        getters.fetch("ftp://h/x")
    with pytest.raises(RepositoryError, match="may not refer to the local file"):
        getters.get(f"file://{tmp_path}/a", Access("https://h/charts"))


def test_passwords_are_not_shown():
    assert "secret" not in repr(Access("https://h", "u", "secret"))
