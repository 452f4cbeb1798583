"""The machines of the embedded cluster from the command line: shapes, zones, taints, and how images behave."""

import json

import pytest


@pytest.fixture(autouse=True)
def own_cluster(monkeypatch, tmp_path):
    monkeypatch.setenv("HELMPY_HOME", str(tmp_path / "cluster"))
    monkeypatch.delenv("KUBECONFIG", raising=False)


def nodes(run_cli):
    found = json.loads(run_cli("cluster", "nodes", "-o", "json").stdout)
    return found["items"] if found["kind"] == "List" else [found]


def test_a_new_cluster_has_nodes_of_a_shape(run_cli):
    flags = "--nodes 3 --node-cpu 8 --node-memory 16Gi --zones a,b --region r --node-label disk=ssd"
    more = ["--node-taint", "own=x:NoSchedule", "--node-resource", "nvidia.com/gpu=2"]
    assert run_cli("cluster", "reset", "-y", *flags.split(), *more).exit == 0
    found = nodes(run_cli)
    assert [n["metadata"]["labels"]["topology.kubernetes.io/zone"] for n in found] == ["a", "b", "a"]
    capacity = found[0]["status"]["capacity"]
    assert (capacity["cpu"], capacity["memory"], capacity["nvidia.com/gpu"]) == ("8", "16Gi", "2")
    assert found[1]["spec"]["taints"] == [{"key": "own", "value": "x", "effect": "NoSchedule"}]
    assert found[2]["metadata"]["labels"]["disk"] == "ssd"


def test_a_node_is_added_and_removed(run_cli):
    run_cli("cluster", "reset", "-y")
    assert run_cli("cluster", "nodes", "--add", "big", "--cpu", "32", "--zone", "z").stdout == "node/big added\n"
    added = next(n for n in nodes(run_cli) if n["metadata"]["name"] == "big")
    assert added["status"]["capacity"]["cpu"] == "32"
    assert added["metadata"]["labels"]["topology.kubernetes.io/zone"] == "z"
    assert run_cli("cluster", "nodes", "--remove", "big").exit == 0
    assert [n["metadata"]["name"] for n in nodes(run_cli)] == ["helmpy-1"]


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        (["--node-taint", "x"], 'invalid taint "x"'),
        (["--node-label", "x"], '"x" is not of the form NAME=VALUE'),
        (["--node-cpu", "lots"], "quantities must match"),
        (["--images", "/no/such/file"], "cannot read /no/such/file: No such file or directory"),
    ],
)
def test_flags_that_make_no_sense(run_cli, flags, problem):
    result = run_cli("cluster", "reset", "-y", *flags)
    assert result.exit == 1
    assert problem in result.stderr
    assert "Traceback" not in result.stderr


def test_images_are_kept_in_the_cluster_and_wrong_ones_change_nothing(run_cli, home):
    (home / "images.yaml").write_text('images: [{image: "*team/app:*", behaviour: {exitCode: 3}}]')
    (home / "wrong.yaml").write_text("images: [{image: x, behaviour: {exit: 3}}]")
    assert run_cli("cluster", "reset", "-y", "--images", "images.yaml").exit == 0
    wrong = run_cli("cluster", "reset", "-y", "--images", "wrong.yaml")
    assert (wrong.exit, "images[0].behaviour: unknown key 'exit'" in wrong.stderr) == (1, True)
    assert "helmpy-images" in run_cli("cluster", "get", "configmaps", "-n", "kube-system").stdout
