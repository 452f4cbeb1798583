"""Static pods from a folder: every YAML or JSON file in it is a pod that nodes run of themselves.

Started by the kubelet manager for `KubeletOptions.static_pods`. The folder is read when it starts and every twenty seconds; names
that begin with a dot are ignored, and a file that is no pod is left out with a word in the log.
"""

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cluster_core.kubelet.manager import KubeletManager

Object = dict[str, Any]

PERIOD = 20.0
SUFFIXES = (".yaml", ".yml", ".json")
LARGEST = 1 << 20
"""Bytes of a manifest at most."""
log = logging.getLogger(__name__)


class ManifestFolder:
    """One folder on the real disk, whose pods run on every node of the cluster, or on the one named."""

    def __init__(self, manager: "KubeletManager", path: str, node: str = "") -> None:
        self._manager, self._path, self._node = manager, path, node
        self._texts: dict[str, str] = {}
        self._pods: dict[str, Object] = {}
        """By file name, as last read."""

    def start(self) -> None:
        """Read the folder, and again from time to time."""
        self.read()
        self._manager.loop.call_later(PERIOD, self.start, upkeep=True)

    def read(self) -> None:
        """Bring the nodes' static pods in line with the folder."""
        texts = self._read_files()
        if texts == self._texts and self._pods:
            self._put_all(self._pods)
            return
        pods = {name: pod for name, text in texts.items() if (pod := self._parse(name, text)) is not None}
        wanted = {_key(pod) for pod in pods.values()}
        for pod in self._pods.values():
            if _key(pod) not in wanted:
                for kubelet in self._nodes():
                    self._manager.remove_static_pod(kubelet, *_key(pod))
        self._texts, self._pods = texts, pods
        self._put_all(pods)

    def _put_all(self, pods: dict[str, Object]) -> None:
        for kubelet in self._nodes():
            for pod in pods.values():
                self._manager.put_static_pod(kubelet, pod)

    def _nodes(self) -> list[str]:
        return [name for name in self._manager.kubelets if self._node in ("", name)]

    def _read_files(self) -> dict[str, str]:
        import os

        found = {}
        try:
            names = sorted(os.listdir(self._path))
        except OSError as error:
            log.warning("static pods: %s", error)
            return {}
        for name in names:
            path = os.path.join(self._path, name)
            if name.startswith(".") or not name.endswith(SUFFIXES) or not os.path.isfile(path):
                continue
            try:
                with open(path, encoding="utf-8") as file:
                    found[name] = file.read(LARGEST)
            except (OSError, ValueError) as error:
                log.warning("static pods: %s: %s", name, error)
        return found

    def _parse(self, name: str, text: str) -> Object | None:
        import yaml

        try:
            pod = yaml.safe_load(text)
        except yaml.YAMLError as error:
            log.warning("static pods: %s: %s", name, " ".join(str(error).split()))
            return None
        if (
            not isinstance(pod, dict)
            or pod.get("kind") != "Pod"
            or not (pod.get("metadata") or {}).get("name")
            or not (pod.get("spec") or {}).get("containers")
        ):
            log.warning("static pods: %s: not a Pod with a name and containers", name)
            return None
        return pod


def _key(pod: Object) -> tuple[str, str]:
    metadata = pod["metadata"]
    return metadata.get("namespace") or "default", metadata["name"]
