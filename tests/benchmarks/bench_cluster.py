"""How fast the embedded cluster is: whole processes on a kept cluster, and rollouts in memory.

    python tests/benchmarks/bench_cluster.py [--pods 1000] [--runs 7] [--large] [--days 30]

Prints medians beside `python -c pass` from the same run; with HELM_BIN and KUBECONFIG set, beside the real helm on that
cluster too. `--large` adds 10,000 pods on 1,000 nodes and the scheduler alone on 5,000, `--days` a CronJob of every minute
for so many days. Only processor time is told of what happens in memory. No test: machines are noisy.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

DEPLOYMENTS = """\
{{- range $i := until 3 }}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: "{{ $.Release.Name }}-{{ $i }}"}
spec:
  selector: {matchLabels: {app: "{{ $.Release.Name }}-{{ $i }}"}}
  template:
    metadata: {labels: {app: "{{ $.Release.Name }}-{{ $i }}"}}
    spec: {containers: [{name: web, image: "nginx:1.27"}]}
{{- end }}
"""


def three_deployments(folder: Path) -> Path:
    """A chart of three Deployments."""
    chart = folder / "three"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: three\nversion: 0.1.0\n")
    (chart / "templates" / "deployments.yaml").write_text(DEPLOYMENTS)
    return chart


def median(run: Callable[[int], None], times: int) -> float:
    """The median wall time of some calls, in seconds; one more goes before, uncounted."""
    run(0)
    measured = []
    for number in range(1, times + 1):
        start = time.perf_counter()
        run(number)
        measured.append(time.perf_counter() - start)
    return statistics.median(measured)


def processes(runs: int) -> None:
    """Whole processes: install --wait, list and get on a kept cluster."""
    with tempfile.TemporaryDirectory() as scratch:
        chart = three_deployments(Path(scratch))
        environment = {**os.environ, "HELMPY_HOME": f"{scratch}/home", "XDG_CACHE_HOME": f"{scratch}/cache"}
        kubeconfig = environment.pop("KUBECONFIG", "")

        def call(*command: str, env: dict[str, str] = environment) -> None:
            subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)

        def helmpy(*args: str) -> None:
            call(sys.executable, "-m", "helmpy", *args)

        base = median(lambda _: call(sys.executable, "-c", "pass"), runs)
        rows = {"python -c pass": base}
        rows["helmpy install --wait (3 Deployments)"] = median(
            lambda n: helmpy("install", f"r{n}", str(chart), "--wait"), runs
        )
        rows["helmpy list"] = median(lambda _: helmpy("list"), runs)
        rows["helmpy cluster get pods"] = median(lambda _: helmpy("cluster", "get", "pods"), runs)
        real = os.environ.get("HELM_BIN")
        if real and kubeconfig:
            there = {**environment, "KUBECONFIG": kubeconfig}
            rows["helm install --wait (its cluster)"] = median(
                lambda n: call(real, "install", f"b{os.getpid()}-{n}", str(chart), "--wait", env=there), runs
            )
        for name, seconds in rows.items():
            print(f"{name:<40}{seconds:8.3f} s{seconds / base:8.1f} × python")


LABELS = {"app": "web"}


def deployment(pods: int, image: str) -> dict[str, Any]:
    """A Deployment of so many equal pods."""
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "web", "image": image}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"replicas": pods, "selector": {"matchLabels": LABELS}, "template": template},
    }


def timed(what: str, work: Callable[[], object]) -> float:
    """Print and return the processor time of some work, in seconds."""
    start = time.process_time()
    work()
    seconds = time.process_time() - start
    print(f"{what:<40}{seconds:8.3f} s of processor time")
    return seconds


def rollouts(pods: int, nodes: int, update: bool = True) -> None:
    """A Deployment in memory: to Ready, and a rolling update of it."""
    from cluster_core.client import resources
    from cluster_core.cluster import Cluster

    with Cluster(nodes=nodes) as cluster:

        def ready() -> bool:
            status = cluster.client.get(resources.DEPLOYMENTS, "web", "default").get("status", {})
            return bool(status.get("readyReplicas") == status.get("updatedReplicas") == status.get("replicas") == pods)

        def roll_out(body: dict[str, Any]) -> None:
            if "resourceVersion" in body["metadata"]:
                cluster.client.update(resources.DEPLOYMENTS, body)
            else:
                cluster.client.create(resources.DEPLOYMENTS, body)
            assert cluster.run_until(ready, 3600)

        cluster.settle()
        timed(f"{pods} pods Ready on {nodes} nodes", lambda: roll_out(deployment(pods, "nginx:1.27")))
        if update:
            live = cluster.client.get(resources.DEPLOYMENTS, "web", "default")
            body = {**live, "spec": deployment(pods, "nginx:1.28")["spec"]}
            timed("rolling update of them", lambda: roll_out(body))
        print(f"{'memory at most':<40}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB")


def cron_job(days: float) -> None:
    """A CronJob of every minute for some days of the cluster's time."""
    from cluster_core.client import resources
    from cluster_core.cluster import Cluster

    spec = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox:1.36", "command": ["true"]}]}
    job = {"spec": {"template": {"spec": spec}}}
    body = {"metadata": {"name": "tick", "namespace": "default"}, "spec": {"schedule": "* * * * *", "jobTemplate": job}}
    with Cluster() as cluster:
        cluster.settle()
        cluster.client.create(resources.CRONJOBS, body)
        seconds = days * 86400
        timed(f"a CronJob of every minute, {days:g} days", lambda: cluster.run_until(lambda: False, seconds))


def scheduling(pods: int, nodes: int) -> None:
    """The scheduler alone: equal pods on nodes that nobody runs."""
    from cluster_core.client import resources
    from cluster_core.cluster import Cluster

    with Cluster(nodes=nodes, controllers=False) as cluster:
        account = {"metadata": {"name": "default", "namespace": "default"}}
        cluster.client.create(resources.SERVICEACCOUNTS, account)
        for node in cluster.client.list(resources.NODES)["items"]:
            sizes = {"cpu": "8", "memory": "32Gi", "pods": "110"}
            spec = {k: v for k, v in node["spec"].items() if k != "taints"}
            free = cluster.client.update(resources.NODES, {**node, "spec": spec})
            cluster.client.update_status(resources.NODES, {**free, "status": {"allocatable": sizes, "capacity": sizes}})
        body = {"metadata": {"generateName": "p-"}, "spec": deployment(1, "nginx:1.27")["spec"]["template"]["spec"]}
        for _ in range(pods):
            cluster.client.create(resources.PODS, body, "default", alike=True)
        cluster._start_scheduler()
        seconds = timed(f"{pods} pods to {nodes} nodes", cluster.loop.run_ready)
        bound = sum(1 for pod in cluster.client.list(resources.PODS)["items"] if pod["spec"].get("nodeName"))
        print(f"{'scheduled, with their bindings':<40}{bound / seconds:8.0f} pods/s")


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pods", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--days", type=float, default=0.0)
    options = parser.parse_args()
    if options.runs:
        processes(options.runs)
    rollouts(options.pods, max(1, options.pods // 100 + 2))
    if options.large:
        rollouts(10_000, 1_000, update=False)
        scheduling(10_000, 5_000)
    if options.days:
        cron_job(options.days)


if __name__ == "__main__":
    main()
