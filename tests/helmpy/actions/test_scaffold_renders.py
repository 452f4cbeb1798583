"""What `helmpy create` makes renders, whatever is switched on, compiled anew and from the cache."""

from pathlib import Path

import pytest

from helmpy.chart import scaffold
from helmpy.testing import Helm

SWITCHES = [
    {},
    {"ingress": {"enabled": True}},
    {"autoscaling": {"enabled": True}},
    {"httpRoute": {"enabled": True}},
    {"service": {"type": "NodePort"}},
    {"service": {"type": "LoadBalancer"}},
    {"serviceAccount": {"create": False}},
]


@pytest.mark.parametrize("cached", [False, True])
@pytest.mark.parametrize("values", SWITCHES, ids=str)
def test_every_switch(
    helm: Helm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: dict[str, object], cached: bool
) -> None:
    monkeypatch.setenv("HELMPY_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HELMPY_NO_CACHE", "" if cached else "1")
    scaffold.create("web", tmp_path)
    for _ in range(1 + cached):
        text = helm.template(tmp_path / "web", "web", values)
    assert "kind: Deployment" in text
    if "httpRoute" not in values:
        assert helm.install("web", tmp_path / "web", values, wait=True).info.notes
