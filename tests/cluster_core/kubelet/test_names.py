"""What pods are called inside: host names, domains, the environment, and where they write their last words."""

from typing import Any

import pytest

from cluster_core.client.resources import EVENTS, PODS
from cluster_core.cluster import Cluster

Object = dict[str, Any]
FULL = "web.sub.default.svc.cluster.local"


def run(script: str, name: str = "p", container: Object | None = None, **spec: Any) -> tuple[Object, str, list[str]]:
    """The pod's status, its log, and the messages of warnings."""
    containers = [{"name": "c", "image": "busybox:1", "command": ["sh", "-c", script], **(container or {})}]
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}}
    with Cluster() as cluster:
        cluster.loop.advance(1)
        cluster.client.create(
            PODS, {**body, "spec": {"containers": containers, "restartPolicy": "Never", **spec}}, "default"
        )
        cluster.loop.advance(6)
        shown = cluster.client.get(PODS, name, "default")["status"]
        warnings = [e["message"] for e in cluster.client.list(EVENTS, "default")["items"] if e["type"] == "Warning"]
        try:
            log = "".join(f"{line}\n" for _, line in cluster.kubelets.node_api.logs("default", name, "c"))
        except Exception:
            log = ""
        return shown, log, warnings


@pytest.mark.parametrize(
    ("name", "spec", "seen", "full"),
    [
        ("p", {}, "p", "p"),
        ("p", {"hostname": "web"}, "web", "web"),
        ("p", {"hostname": "web", "subdomain": "sub"}, "web", FULL),
        ("p", {"hostname": "web", "subdomain": "sub", "setHostnameAsFQDN": True}, FULL, FULL),
        ("p", {"setHostnameAsFQDN": True}, "p", "p"),
        ("p", {"hostNetwork": True}, "helmpy-1", "helmpy-1"),
        ("a" * 62 + "-b", {}, "a" * 62, "a" * 62),
    ],
)
def test_host_names(name: str, spec: Object, seen: str, full: str) -> None:
    _, log, _ = run("hostname; hostname -f; echo $HOSTNAME; cat /etc/hostname", name, **spec)
    assert log.splitlines() == [seen, full, seen, seen]


def test_a_name_that_is_too_long_as_a_whole() -> None:
    shown, _, warnings = run("true", hostname="h" * 40, subdomain="s" * 10, setHostnameAsFQDN=True)
    assert shown["phase"] == "Pending"
    whole = "h" * 40 + "." + "s" * 10 + ".default.svc.cluster.local"
    assert warnings[0] == (
        "Failed to create pod sandbox: Failed to construct FQDN from Pod hostname and cluster domain, "
        f"FQDN {whole} is too long (64 characters is the max, {len(whole)} characters requested)"
    )


@pytest.mark.parametrize(
    ("container", "script", "message"),
    [
        ({}, "printf bye > /dev/termination-log; exit 1", "bye"),
        ({"terminationMessagePath": "/tmp/last"}, "printf bye > /tmp/last; exit 1", "bye"),
        (
            {"terminationMessagePath": "/last", "securityContext": {"readOnlyRootFilesystem": True}},
            "printf bye > /last; echo x > /other; exit 1",
            "bye",
        ),
        ({}, "test -f /dev/termination-log && exit 3", None),
    ],
)
def test_last_words(container: Object, script: str, message: str | None) -> None:
    shown, _, _ = run(script, container=container)
    ended = shown["containerStatuses"][0]["state"]["terminated"]
    assert ended.get("message") == message
    assert ended["exitCode"] == (1 if message else 3)
