"""How fast the embedded cluster is: whole processes on a kept cluster, and rollouts in memory.

    python tests/benchmarks/bench_cluster.py [--pods 1000] [--runs 7]

Prints medians beside `python -c pass` from the same run; with HELM_BIN and KUBECONFIG set, beside the real helm on that
cluster too. No test: machines are noisy.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

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


def rollouts(pods: int) -> None:
    """Processor time of a Deployment in memory: to Ready, and a rolling update of it."""
    from cluster_core.client import resources
    from cluster_core.cluster import Cluster

    labels = {"app": "web"}

    def deployment(image: str) -> dict[str, object]:
        template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": image}]}}
        spec = {"replicas": pods, "selector": {"matchLabels": labels}, "template": template}
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "default"},
            "spec": spec,
        }

    with Cluster(nodes=max(1, pods // 100 + 2)) as cluster:

        def ready() -> bool:
            status = cluster.client.get(resources.DEPLOYMENTS, "web", "default").get("status", {})
            return bool(status.get("readyReplicas") == status.get("updatedReplicas") == status.get("replicas") == pods)

        start = time.process_time()
        cluster.client.create(resources.DEPLOYMENTS, deployment("nginx:1.27"))
        assert cluster.run_until(ready, 3600)
        print(f"{pods} pods of one Deployment Ready{'':<11}{time.process_time() - start:8.3f} s of processor time")
        start = time.process_time()
        live = cluster.client.get(resources.DEPLOYMENTS, "web", "default")
        cluster.client.update(resources.DEPLOYMENTS, {**live, "spec": deployment("nginx:1.28")["spec"]})
        assert cluster.run_until(ready, 3600)
        print(f"rolling update of them{'':<18}{time.process_time() - start:8.3f} s of processor time")


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pods", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    processes(options.runs)
    rollouts(options.pods)


if __name__ == "__main__":
    main()
