import json

import pytest

from helmpy.chart import archive, loader
from helmpy.chart.model import File
from repo_server.settings import ServerSettings
from repo_server.testing import running


def package(name="app", version="1.0.0", extra=""):
    text = f"apiVersion: v2\nname: {name}\nversion: {version}\nappVersion: '9'\n{extra}"
    files = [File("Chart.yaml", text.encode()), File("values.yaml", b"a: 1 # one\n"), File("README.md", b"read me")]
    files += [File("crds/x.yaml", b"kind: X\n"), File("crds/y.yaml", b"---\nkind: Y\n")]
    return archive.pack(loader.load_files(files), 1_600_000_000.0)


@pytest.fixture
def server(tmp_path):
    """A repository with a few charts."""
    folder = tmp_path / "served"
    folder.mkdir()
    for name, version in (("app", "1.0.0"), ("app", "1.2.0"), ("app", "2.0.0-rc.1"), ("tool", "0.1.0")):
        description = f"description: the {name} for \\x1b[31mWEB\n" if name == "app" else "keywords: [web, cli]\n"
        (folder / f"{name}-{version}.tgz").write_bytes(package(name, version, description))
    with running(ServerSettings(str(folder))) as url:
        yield url


@pytest.fixture
def added(server, run_cli):
    """The repository, added as `r`."""
    assert run_cli("repo", "add", "r", server) == (0, '"r" has been added to your repositories\n', "")
    return server


def test_add(added, run_cli, server):
    again = run_cli("repo", "add", "r", server)
    assert again.stdout == '"r" already exists with the same configuration, skipping\n'
    other = run_cli("repo", "add", "r", f"{server}/charts")
    assert other == (1, "", "Error: repository name (r) already exists, please specify a different name\n")
    slash = run_cli("repo", "add", "a/b", server)
    assert slash.stderr.startswith("Error: repository name (a/b) contains '/'")
    gone = run_cli("repo", "add", "x", "http://127.0.0.1:9")
    assert gone.stderr == (
        'Error: looks like "http://127.0.0.1:9" is not a valid chart repository or cannot be reached: '
        'Get "http://127.0.0.1:9/index.yaml": dial tcp 127.0.0.1:9: connect: connection refused\n'
    )
    assert run_cli("repo", "add", "x", "ftp://h").stderr == "Error: could not find protocol handler for: ftp\n"
    old = "https://kubernetes-charts.storage.googleapis.com"
    assert "is no longer available" in run_cli("repo", "add", "x", old).stderr
    assert run_cli("repo", "add", "r", server, "--username", "u", "--password", "p", "--force-update").exit == 0


def test_list_update_remove(added, run_cli, server):
    assert run_cli("repo", "list").stdout == f"NAME\tURL{' ' * (len(server) - 3)}\nr   \t{server}\n"
    assert json.loads(run_cli("repo", "ls", "-o", "json").stdout) == [{"name": "r", "url": server}]
    assert run_cli("repo", "list", "--no-headers").stdout == f"r\t{server}\n"
    assert run_cli("repo", "update").stdout == (
        "Hang tight while we grab the latest from your chart repositories...\n"
        '...Successfully got an update from the "r" chart repository\nUpdate Complete. ⎈Happy Helming!⎈\n'
    )
    assert (
        run_cli("repo", "update", "x").stderr == "Error: no repositories found matching 'x'.  Nothing will be updated\n"
    )
    assert run_cli("repo", "rm", "x").stderr == 'Error: no repo named "x" found\n'
    assert run_cli("repo", "remove", "r").stdout == '"r" has been removed from your repositories\n'
    assert run_cli("repo", "list") == (0, "", "no repositories to show\n")
    assert run_cli("repo", "remove", "r").stderr == "Error: no repositories configured\n"
    assert run_cli("repo", "update").stderr == "Error: no repositories found. You must add one before updating\n"


def test_search(added, run_cli):
    shown = run_cli("search", "repo").stdout.splitlines()
    assert [line.split("\t")[:2] for line in shown] == [
        ["NAME  ", "CHART VERSION"],
        ["r/app ", "1.2.0        "],
        ["r/tool", "0.1.0        "],
    ]
    assert "\x1b" not in "".join(shown)

    def names(*args):
        found = json.loads(run_cli("search", "repo", *args, "-o", "json").stdout)
        return [f"{chart['name']} {chart['version']}" for chart in found]

    assert names("web") == ["r/app 1.2.0", "r/tool 0.1.0"]
    assert names("APP", "--devel") == ["r/app 2.0.0-rc.1"]
    assert names("app", "-l") == ["r/app 1.2.0", "r/app 1.0.0"]
    assert names("app", "--version", "~1.0") == ["r/app 1.0.0"]
    assert names("-r", "to+l$") == []
    assert names("-r", "^to+l") == ["r/tool 0.1.0"]
    assert run_cli("search", "repo", "nothing").stdout == "No results found\n"
    assert run_cli("search", "repo", "nothing", "--fail-on-no-result").stderr == "Error: no results found\n"
    assert "improper constraint" in run_cli("search", "repo", "--version", "?").stderr
    assert "error parsing regexp" in run_cli("search", "repo", "-r", "(").stderr
    assert run_cli("search", "hub", "x").exit == 1


def test_search_without_repositories(run_cli):
    assert run_cli("search", "repo", "x") == (1, "", "Error: no repositories configured\n")


def test_pull(added, run_cli, home, server):
    assert run_cli("pull", "r/app") == (0, "", "")
    assert run_cli("pull", "r/app", "--version", "1.0.0", "-d", ".").exit == 0
    assert run_cli("pull", f"{server}/tool-0.1.0.tgz").exit == 0
    assert run_cli("pull", "tool", "--repo", server, "--untar", "--untardir", "un").exit == 0
    assert sorted(path.name for path in home.iterdir()) == ["app-1.0.0.tgz", "app-1.2.0.tgz", "tool-0.1.0.tgz", "un"]
    assert (home / "un" / "tool" / "values.yaml").read_bytes() == b"a: 1 # one\n"
    again = run_cli("pull", "r/tool", "--untar", "--untardir", "un")
    assert again.stderr == "Error: failed to untar: a file or directory with the name un/tool already exists\n"
    missing = run_cli("pull", "r/app", "--verify", "-d", "un")
    assert missing.stderr.startswith("Error: failed to fetch provenance")
    assert not list((home / "un").glob("*.tgz"))
    assert run_cli("pull", "r/app", "-d", "nowhere").exit == 1


def test_show(added, run_cli, home, server):
    chart = 'apiVersion: v2\nappVersion: "9"\nkeywords:\n- web\n- cli\nname: tool\nversion: 0.1.0\n\n'
    values, readme, crds = "a: 1 # one\n\n", "read me\n", "---\nkind: X\n\n---\nkind: Y\n\n"
    assert run_cli("show", "chart", "r/tool").stdout == chart
    assert run_cli("show", "values", "r/tool").stdout == values
    assert run_cli("show", "readme", "tool", "--repo", server).stdout == readme
    assert run_cli("inspect", "crds", f"{server}/tool-0.1.0.tgz").stdout == crds
    assert run_cli("show", "all", "r/tool").stdout == f"{chart}---\n{values}---\n{readme}{crds}"
    assert run_cli("show", "chart", "./no").stderr == 'Error: path "./no" not found\n'
    assert run_cli("show", "chart", "r/app", "--devel").stdout.count("2.0.0-rc.1") == 1


def test_dependencies_from_a_repository(added, run_cli, home, server, write_tree):
    text = "apiVersion: v2\nname: c\nversion: 0.1.0\ndependencies:\n"
    text += (
        f"- {{name: app, version: ^1, repository: '@r'}}\n- {{name: tool, version: '>=0', repository: '{server}/'}}\n"
    )
    write_tree(home, {"c/Chart.yaml": text})
    updated = run_cli("dependency", "update", "c")
    assert updated.exit == 0, updated.stderr
    assert updated.stdout.endswith(
        f"Saving 2 charts\nDownloading app from repo {server}\nDownloading tool from repo {server}/\nDeleting outdated charts\n"
    )
    charts = home / "c" / "charts"
    assert sorted(path.name for path in charts.iterdir()) == ["app-1.2.0.tgz", "tool-0.1.0.tgz"]
    (charts / "app-1.2.0.tgz").unlink()
    (charts / "old-1.tgz").write_bytes(package("old", "1.0.0"))
    assert run_cli("dependency", "build", "c", "--skip-refresh").exit == 0
    assert sorted(path.name for path in charts.iterdir()) == ["app-1.2.0.tgz", "tool-0.1.0.tgz"]
    run_cli("repo", "remove", "r")
    assert "no repository definition for @r" in run_cli("dependency", "build", "c").stderr


def test_push_refuses_what_is_no_registry(run_cli, home):
    (home / "dir").mkdir()
    assert run_cli("push", "x.tgz", "http://h").stderr == 'Error: scheme "http" not supported\n'
    assert run_cli("push", "x.tgz", "oci://h/c").stderr == "Error: x.tgz: no such file\n"
    assert (
        run_cli("push", "dir", "oci://h/c").stderr
        == "Error: cannot push directory, must provide chart archive (.tgz)\n"
    )
