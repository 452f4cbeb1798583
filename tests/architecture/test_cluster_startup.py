"""Opening a kept cluster stays cheap: how many modules it takes, and which never.

Each row is a process of its own. A number that grows needs a reason; a forbidden module is a regression.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cluster_core.cluster import Cluster

PROGRAM = """
import json, sys
before = set(sys.modules)
from cluster_core.client import resources
from cluster_core.cluster import Cluster

with Cluster(path=sys.argv[1]) as cluster:
    {body}
print(json.dumps(sorted(set(sys.modules) - before)))
"""

READ = "cluster.client.list(resources.PODS, 'default'); cluster.client.list(resources.SECRETS, label_selector='a=b')"
ROLL_OUT = """
    labels = {"a": "b"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}
    cluster.client.create(resources.DEPLOYMENTS, body, "default")
    get = lambda: cluster.client.get(resources.DEPLOYMENTS, "web", "default").get("status", {})
    assert cluster.run_until(lambda: get().get("readyReplicas") == 1, 60)
"""

NEVER = {
    *(
        "aiohttp",
        "argparse",
        "asyncio",
        "cryptography",
        "email",
        "http",
        "jinja2",
        "logging.handlers",
        "multiprocessing",
    ),
    *("numpy", "requests", "ssl", "subprocess", "yaml", "cluster_core.server", "cluster_core.apiserver.openapi"),
    *("cluster_core.apiserver.discovery", "cluster_core.auth.tokens", "cluster_core.auth.bootstrap_policy"),
}
READING = {
    *("dataclasses", "inspect", "orjson", "socket", "uuid", "logging", "cluster_core.api.schema"),
    *("cluster_core.controllers", "cluster_core.scheduler", "cluster_core.kubelet"),
}
ROLLING = {"cluster_core.controllers.job", "cluster_core.controllers.statefulset", "cluster_core.kubelet.runtime.shell"}


@pytest.mark.parametrize(
    ("body", "most", "never"),
    [(READ, 145, NEVER | READING), (ROLL_OUT, 324, NEVER | ROLLING)],
    ids=["read", "roll out"],
)
def test_modules(tmp_path: Path, body: str, most: int, never: set[str]) -> None:
    path = str(tmp_path / "cluster.db")
    with Cluster(path=path) as cluster:
        assert cluster.settle()
    program = PROGRAM.replace("{body}", body.strip())
    answer = subprocess.run([sys.executable, "-c", program, path], check=True, capture_output=True, text=True)
    imported = set(json.loads(answer.stdout))
    assert not imported & never
    assert len(imported) <= most, sorted(imported)
