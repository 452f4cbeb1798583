"""The real Helm as a client of the server, and of what helmpy writes."""

import os
import subprocess
from pathlib import Path

import pytest
import requests

from helmpy.chart import loader, scaffold
from repo_server.settings import ServerSettings
from repo_server.testing import running

BIN = Path(os.environ.get("HELMPY_ORACLE", Path.home() / ".cache" / "helmpy-oracle")) / "bin"
pytestmark = pytest.mark.oracle


@pytest.fixture(params=["helm3", "helm4"])
def helm(request, tmp_path):
    """Runs a real Helm in an empty home; returns its stdout."""
    binary = BIN / request.param
    if not binary.exists():
        pytest.skip(f"{request.param} is not here")
    homes = {f"HELM_{name}_HOME": str(tmp_path / request.param / name.lower()) for name in ("CONFIG", "CACHE", "DATA")}

    def run(*args):
        done = subprocess.run(
            [binary, *args], cwd=tmp_path, env={**os.environ, **homes}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_helm_uses_the_repository(helm, folder, package, tmp_path):
    with running(ServerSettings(str(folder), users={"u": "p"}, auth_read=True)) as url:
        for version in ("1.0.0", "1.1.0"):
            assert requests.post(f"{url}/api/charts", data=package(version=version), auth=("u", "p"), timeout=10).ok
        helm("repo", "add", "r", url, "--username", "u", "--password", "p")
        helm("repo", "update")
        assert "r/app\t1.1.0" in helm("search", "repo", "app").replace(" ", "")
        helm("pull", "r/app", "--version", "1.0.0")
        assert (tmp_path / "app-1.0.0.tgz").read_bytes() == package()
        assert "version: 1.1.0" in helm("show", "chart", "r/app")


@pytest.mark.parametrize(
    "values",
    [
        "",
        "ingress.enabled=true,ingress.className=x,ingress.annotations.a=b,ingress.tls[0].secretName=s,ingress.tls[0].hosts[0]=h",
        "httpRoute.enabled=true,httpRoute.annotations.a=b",
        "autoscaling.enabled=true,autoscaling.targetMemoryUtilizationPercentage=70",
        "serviceAccount.create=false",
        "podAnnotations.a=b,podLabels.c=d,podSecurityContext.fsGroup=1,securityContext.runAsUser=3,resources.limits.cpu=1",
        "nodeSelector.a=b,tolerations[0].key=k,affinity.x=y,volumes[0].name=v,volumeMounts[0].name=v,imagePullSecrets[0].name=r",
        "fullnameOverride=zz",
        "nameOverride=zz",
        "image.tag=5,service.type=NodePort,service.port=8080,livenessProbe=null",
    ],
)
def test_our_starter_renders_as_helms(values, tmp_path):
    helm = BIN / "helm4"
    if not helm.exists():
        pytest.skip("helm4 is not here")

    def run(*args):
        return subprocess.run([helm, *args], cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    run("create", "demo")
    (tmp_path / "ours").mkdir()
    scaffold.create("demo", tmp_path / "ours")
    assert loader.load(tmp_path / "ours" / "demo").values.keys() == loader.load(tmp_path / "demo").values.keys()
    assert run("template", "rel", "ours/demo", "--set", values) == run("template", "rel", "demo", "--set", values)
