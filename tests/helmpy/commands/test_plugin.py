"""`helmpy plugin`, the commands that plugins add, and post-renderers. Texts are those of helm 4 for the same plugin.yaml."""

import io
import subprocess
import sys
import tarfile

import pytest

V1 = "apiVersion: v1\nname: {name}\ntype: {type}\nruntime: subprocess\nversion: 0.1.0\nconfig: {config}\nruntimeConfig:\n"
HELLO = V1.format(name="hello", type="cli/v1", config="{shortHelp: says hello}") + (
    '  platformCommand: [{command: echo in $HELM_NAMESPACE, args: ["of ${HELM_PLUGIN_NAME}, $@:"]}]\n'
    '  platformHooks:\n    update: [{command: "echo updated $HELM_PLUGIN_NAME"}]\n'
)
FAILING = (
    V1.format(name="failing", type="cli/v1", config="{}") + "  platformCommand: [{command: sh -c, args: [exit 7]}]\n"
)
LEGACY = (
    "name: legacy\nversion: 1.2.3\nusage: old\ncommand: $HELM_PLUGIN_DIR/run.sh\n"
    'hooks: {install: "echo installed $HELM_PLUGIN_NAME", delete: "echo deleted"}\n'
)
RENDERER = V1.format(name="shout", type="postrenderer/v1", config="{}") + (
    '  platformCommand: [{command: sed, args: ["s/quiet/LOUD/"]}]\n'
)
BAD = [
    (
        "unknown field",
        HELLO + "colour: red\n",
        "yaml: unmarshal errors:\n  line 11: field colour not found in type plugin.MetadataV1",
    ),
    ("bad name", 'name: "x y"\n', 'invalid plugin name "x y": must contain only a-z, A-Z, 0-9, _ and -'),
    ("bad version", "name: a\nversion: one\n", 'invalid plugin version "one": must be valid semver'),
    ("unknown apiVersion", "apiVersion: v2\nname: a\n", 'invalid plugin apiVersion: "v2"'),
    ("no YAML", "[", "failed to peek plugin.yaml API version: yaml: line 1: did not find expected node content"),
    ("no version", "apiVersion: v1\nname: a\n", "plugin `version` is required"),
    ("no type", "apiVersion: v1\nname: a\nversion: 1.0.0\n", "`type` missing"),
    (
        "unknown type",
        HELLO.replace("cli/v1", "foo/v1"),
        'failed to convert MetadataV1 to Metadata: unknown plugin type "foo/v1"',
    ),
    (
        "unknown runtime",
        HELLO.replace("subprocess", "foo"),
        'failed to convert MetadataV1 to Metadata: unsupported plugin runtime type: "foo"',
    ),
    ("two commands", LEGACY + "platformCommand: [{command: a}]\n", "both platformCommand and command are set"),
    ("downloader", "name: a\ndownloaders: [{command: x}]\n", "downloader 0 has no protocols"),
]


@pytest.fixture
def plugin(home, write_tree):
    """Writes a plugin's folder and gives its path."""

    def make(name: str, text: str, **files: str) -> str:
        write_tree(home / "src" / name, {"plugin.yaml": text, **files})
        for path in (home / "src" / name).iterdir():
            path.chmod(0o755)
        return str(home / "src" / name)

    return make


def test_life_of_a_local_plugin(run_cli, plugin):
    source = plugin("legacy", LEGACY, **{"run.sh": '#!/bin/sh\necho run "$@"\n'})
    installed = run_cli("plugin", "install", source)
    assert installed.stdout == (
        "Installing plugin from local directory (development mode)\ninstalled legacy\nInstalled plugin: legacy\n"
    )
    assert run_cli("plugin", "install", source).stderr.endswith("Error: plugin already exists\n")
    assert run_cli("plugin", "list").stdout == (
        "NAME  \tVERSION\tTYPE  \tAPIVERSION\tPROVENANCE\tSOURCE \n"
        "legacy\t1.2.3  \tcli/v1\tlegacy    \tlocal dev \tunknown\n"
    )
    assert run_cli("plugin", "list", "--type", "getter/v1").stdout.count("\n") == 1
    assert run_cli("legacy", "one", "-n", "two", "--three", "--debug").stdout == "run one --three\n"
    assert "\n  legacy " in run_cli("--help").stdout
    assert run_cli("plugin", "update", "legacy").stderr.endswith(
        "Error: failed to update plugin legacy, got error (cannot get information about plugin source)\n"
    )
    removed = run_cli("plugin", "uninstall", "nope", "legacy")
    assert (removed.exit, removed.stderr) == (1, "Error: plugin: nope not found\n")
    assert removed.stdout == "deleted\nUninstalled plugin: legacy\n"
    assert run_cli("legacy").stderr.startswith('Error: unknown command "legacy" for "helmpy"')


def test_exit_code_environment_and_expansion(run_cli, plugin, monkeypatch):
    run_cli("plugin", "install", plugin("hello", HELLO))
    ran = run_cli("hello", "a", "--namespace=ns", "--own", "b")
    assert (ran.exit, ran.stdout) == (0, "in ns of hello, : a --own b\n")
    run_cli("plugin", "install", plugin("failing", FAILING))
    failed = run_cli("failing")
    assert (failed.exit, failed.stderr) == (7, 'Error: plugin "failing" exited with error\n')
    monkeypatch.setenv("HELM_NO_PLUGINS", "1")
    assert run_cli("hello").exit == 1


@pytest.mark.parametrize(("text", "problem"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_broken_plugins_are_named_and_left_out(run_cli, plugin, home, text, problem):
    folder = home.parent / "home" / "data" / "plugins" / "bad"
    result = run_cli("plugin", "install", plugin("bad", text))
    assert result.stderr == f'Error: plugin is installed but unusable: failed to load plugin "{folder}": {problem}\n'
    listed = run_cli("plugin", "list")
    assert (listed.exit, listed.stdout.count("\n")) == (0, 1)
    assert "failed to load plugin (ignoring)" in listed.stderr


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("install", "nosuch"), "Cannot detect VCS"),
        (("install", "."), "plugin metadata (plugin.yaml) missing"),
        (("install", "https://example.invalid/x.git"), "does not support verification. Use --verify=false"),
        (("uninstall",), "please provide plugin name to uninstall"),
        (("update",), "please provide plugin name to update"),
    ],
)
def test_bad_calls(run_cli, arguments, problem):
    result = run_cli("plugin", *arguments)
    assert result.exit == 1
    assert problem in result.stderr


def archive(members: dict[str, str], link: str = "") -> bytes:
    """A .tgz."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        for name, text in members.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(text), 0o755
            tar.addfile(member, io.BytesIO(text.encode()))
        if link:
            member = tarfile.TarInfo("link")
            member.type, member.linkname = tarfile.SYMTYPE, link
            tar.addfile(member)
    return data.getvalue()


def test_archive(run_cli, home):
    package = home / "hello-0.1.0.tgz"
    package.write_bytes(archive({"hello/plugin.yaml": HELLO}))
    refused = run_cli("plugin", "install", str(package))
    assert refused.stderr.endswith("plugin verification failed: no provenance file (.prov) found\n")
    installed = run_cli("plugin", "install", "--verify=false", str(package))
    assert installed.stdout == "WARNING: Skipping plugin signature verification\nInstalled plugin: hello\n"
    assert "\tunsigned  \t" in run_cli("plugin", "list").stdout
    assert run_cli("plugin", "uninstall", "hello").exit == 0
    assert list((home.parent / "home" / "data" / "plugins").iterdir()) == []


@pytest.mark.parametrize(
    "data",
    [
        b"no archive",
        archive({"../plugin.yaml": HELLO}),
        archive({"plugin.yaml": HELLO}, link="/etc/passwd"),
        archive({"readme": "no plugin"}),
    ],
    ids=["damaged", "leaves the folder", "link", "no plugin.yaml"],
)
def test_bad_archives_leave_nothing(run_cli, home, data):
    (home / "bad-1.0.0.tgz").write_bytes(data)
    result = run_cli("plugin", "install", "--verify=false", "bad-1.0.0.tgz")
    assert result.exit == 1
    assert "Traceback" not in result.stderr
    assert list((home.parent / "home" / "data" / "plugins").iterdir()) == []


def test_git_repository(run_cli, plugin, home):
    source = plugin("hello", HELLO)

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false")
        subprocess.run(["git", "-C", source, *identity, *arguments], check=True, capture_output=True)

    git("init", "--quiet")
    git("add", ".")
    git("commit", "-m", "one")
    git("tag", "v1.0.0")
    missing = run_cli("plugin", "install", f"file://{source}", "--verify=false", "--version", "^2")
    assert 'requested version "^2" does not exist for plugin' in missing.stderr
    assert run_cli("plugin", "install", f"file://{source}", "--verify=false").exit == 0
    assert run_cli("plugin", "update", "hello").stdout == "updated hello\nUpdated plugin: hello\n"


def test_post_renderers(run_cli, plugin, home, write_tree):
    write_tree(
        home / "chart",
        {
            "Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
            "templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: quiet\n",
        },
    )
    run_cli("plugin", "install", plugin("shout", RENDERER))
    assert "name: LOUD\n" in run_cli("template", "chart", "--post-renderer", "shout").stdout
    program = home / "program"
    program.write_text(f"#!{sys.executable}\nimport sys\nprint(sys.stdin.read().replace('quiet', 'own'))\n")
    program.chmod(0o755)
    assert "name: own\n" in run_cli("template", "chart", "--post-renderer", str(program)).stdout
    refused = run_cli("template", "chart", "--post-renderer", "nope")
    assert refused.stderr == (
        'Error: invalid argument "nope" for "--post-renderer" flag: '
        "plugin: {Name:nope Type:postrenderer/v1} not found\n"
    )
