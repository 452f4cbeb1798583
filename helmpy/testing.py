"""Testing charts in Python: `Helm` on an embedded cluster, chart builders, and a pytest plugin.

The plugin gives the fixtures `cluster` (fresh, in memory) and `helm` (helmpy on it). Everything is imported when it is used.

    def test_upgrade(helm):
        helm.install("web", "charts/web", wait=True)
        assert helm.upgrade("web", "charts/web", values={"replicas": 3}, wait=True).version == 2
"""

import copy
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cluster_core.cluster import Cluster
    from helmpy.actions.configuration import Configuration
    from helmpy.chart.model import Chart
    from helmpy.release.model import Release

CHART_YAML = "apiVersion: v2\nname: {name}\nversion: 0.1.0\n"


class Helm:
    """Helm's verbs on a cluster, in one namespace. Keyword arguments are the fields of each action's options.

    Charts are paths, or Chart objects (see `make_chart`). Errors are those of helmpy.errors, with Helm's texts.
    """

    def __init__(self, cluster: "Cluster", namespace: str = "default", driver: str = "", as_user: str = "") -> None:
        from helmpy.actions.configuration import configure
        from helmpy.kube.connection import EmbeddedConnection
        from helmpy.kube.target import Target

        self.cluster = cluster
        connection = EmbeddedConnection(cluster, Target(namespace=namespace, as_user=as_user))
        self.configuration: Configuration = configure(connection, driver)

    def _chart(self, chart: "Chart | str | os.PathLike[str]") -> "Chart":
        from helmpy.actions.chart_source import ChartSource
        from helmpy.actions.charts import load
        from helmpy.chart.model import Chart

        return chart if isinstance(chart, Chart) else load(os.fspath(chart), ChartSource())

    def install(
        self,
        name: str,
        chart: "Chart | str | os.PathLike[str]",
        values: Mapping[str, Any] | None = None,
        wait: bool = False,
        **options: Any,
    ) -> "Release":
        """`helm install`; options as in actions.install.InstallOptions."""
        from helmpy.actions.install import InstallOptions, install

        wanted = InstallOptions(wait=_strategy(wait), **options)
        return install(self.configuration, self._chart(chart), _go_values(values), name, wanted)

    def upgrade(
        self,
        name: str,
        chart: "Chart | str | os.PathLike[str]",
        values: Mapping[str, Any] | None = None,
        wait: bool = False,
        **options: Any,
    ) -> "Release":
        """`helm upgrade`; options as in actions.upgrade.UpgradeOptions."""
        from helmpy.actions.upgrade import UpgradeOptions, upgrade

        wanted = UpgradeOptions(wait=_strategy(wait), **options)
        return upgrade(self.configuration, self._chart(chart), _go_values(values), name, wanted)

    def rollback(self, name: str, revision: int = 0, wait: bool = False, **options: Any) -> "Release":
        """`helm rollback`; options as in actions.rollback.RollbackOptions."""
        from helmpy.actions.rollback import RollbackOptions, rollback

        return rollback(self.configuration, name, RollbackOptions(revision=revision, wait=_strategy(wait), **options))

    def uninstall(self, name: str, wait: bool = False, **options: Any) -> str:
        """`helm uninstall`: what was kept, in words; options as in actions.uninstall.UninstallOptions."""
        from helmpy.actions.uninstall import UninstallOptions, uninstall

        return uninstall(self.configuration, name, UninstallOptions(wait=_strategy(wait), **options)).info

    def test(self, name: str, **options: Any) -> "Release":
        """`helm test`: the release with its tests' outcomes. Raises the error of a test that failed."""
        from helmpy.actions.test import TestOptions, run_tests

        result = run_tests(self.configuration, name, TestOptions(**options))
        if result.failure is not None:
            raise result.failure
        return result.release

    def history(self, name: str) -> "list[Release]":
        """Every revision, oldest first."""
        return self.configuration.releases.history(name)

    def status(self, name: str, revision: int = 0) -> "Release":
        """One revision, the last for 0."""
        from helmpy.actions import get

        return get.release(self.configuration, name, revision)

    def list(self, **options: Any) -> "Sequence[Release]":
        """`helm list`; options as in actions.list.ListOptions."""
        from helmpy.actions.list import ListOptions, list_releases

        return list_releases(self.configuration, ListOptions(**options))

    def template(
        self,
        chart: "Chart | str | os.PathLike[str]",
        name: str = "release-name",
        values: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> str:
        """`helm template`: the text; no cluster is asked. Options as in actions.template.TemplateOptions."""
        from helmpy.actions.template import TemplateOptions, template

        return template(self._chart(chart), _go_values(values), name, TemplateOptions(**options)).text


def _strategy(wait: bool) -> str:
    return "watcher" if wait else "hookOnly"


def _go_values(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Values as if they came from a file: numbers become floats, tuples lists."""
    return {key: _go_value(value) for key, value in (values or {}).items()}


def _go_value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _go_values(value)
    if isinstance(value, (list, tuple)):
        return [_go_value(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return copy.copy(value)


def make_chart(name: str = "chart", *, templates: Mapping[str, str] | None = None, **files: str) -> "Chart":
    """A chart in memory: `templates` by file name under templates/; other files by name, with `__` for `.` and `/` as is.

    make_chart("web", templates={"cm.yaml": "..."}, values__yaml="replicas: 1")
    """
    from helmpy.chart.loader import load_files
    from helmpy.chart.model import File

    texts = {"Chart.yaml": CHART_YAML.format(name=name)}
    texts |= {file.replace("__", "."): text for file, text in files.items()}
    texts |= {f"templates/{file}": text for file, text in (templates or {}).items()}
    return load_files([File(file, text.encode()) for file, text in texts.items()])


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden`: rewrite golden files from what the code gives now."""
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files instead of comparing with them")


@pytest.fixture
def cluster() -> "Iterator[Cluster]":
    """A fresh embedded cluster with one node."""
    from cluster_core.cluster import Cluster

    with Cluster() as fresh:
        yield fresh


@pytest.fixture
def helm(cluster: "Cluster") -> Helm:
    """Helm on the fixture `cluster`."""
    return Helm(cluster)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`golden(path, text)`: the text equals the file, or becomes it with --update-golden. Paths are relative to the test."""
    folder = request.path.parent
    update = request.config.getoption("--update-golden")

    def check(name: str, text: str) -> None:
        path = folder / name
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return check
