"""The rolling update of a DaemonSet: old pods replaced within the fence of unavailability or surge, nodes in their order."""

from typing import Any

from cluster_core.controllers import pods as podlib
from cluster_core.controllers.daemonset import nodes
from cluster_core.controllers.daemonset.placing import Changes, PodsByNode
from cluster_core.controllers.rounding import scaled

Object = dict[str, Any]
Pair = tuple[Object | None, Object | None]


class Updating:
    """Decides for one set at one moment."""

    def __init__(self, daemon_set: Object, revision_hash: str, now: float, all_nodes: list[Object]) -> None:
        self.set, self.hash, self.now = daemon_set, revision_hash, now
        self.should_run = {node["metadata"]["name"]: nodes.should_run(daemon_set, node)[0] for node in all_nodes}
        self.desired = sum(self.should_run.values())
        rolling = (daemon_set["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
        self.max_surge = scaled(rolling.get("maxSurge"), self.desired, up=True)
        self.max_unavailable = scaled(rolling.get("maxUnavailable"), self.desired, up=True)
        if self.desired and not self.max_surge and not self.max_unavailable:
            self.max_unavailable = 1

    def changes(self, pods: PodsByNode) -> Changes:
        """The pods to replace now."""
        wanted = [name for name, runs in self.should_run.items() if runs and name not in pods]
        names = [*(name for name in self.should_run if name in pods), *wanted]
        names += [name for name in pods if name not in self.should_run]
        pairs = {name: self._pair(pods.get(name, [])) for name in names}
        return self._by_surge(pairs) if self.max_surge else Changes([], self._by_replacement(pairs))

    def _by_replacement(self, pairs: dict[str, Pair | None]) -> list[Object]:
        """Old pods that are not available go at once; others as far as the budget of unavailable nodes allows."""
        unavailable, at_once, candidates = 0, [], []
        for pair in pairs.values():
            if pair is None or (pair[0] is None) == (pair[1] is None):
                unavailable += 1
                continue
            new, old = pair
            if new is not None:
                unavailable += not self._available(new)
            elif old is not None and not self._available(old):
                at_once.append(old)
                unavailable += 1
            elif old is not None:
                candidates.append(old)
        return [*at_once, *candidates[: max(0, self.max_unavailable - unavailable)]]

    def _by_surge(self, pairs: dict[str, Pair | None]) -> Changes:
        """New pods beside old ones; the old one goes when the new one is available."""
        delete: list[Object] = []
        unwanted: list[Object] = []
        at_once: list[str] = []
        candidates: list[str] = []
        surging = available = 0
        for name, pair in pairs.items():
            if pair is None:
                surging += 1
                continue
            new, old = pair
            available += any(self._available(pod) for pod in (old or new,) if pod is not None)
            if old is None:
                continue
            if new is not None:
                if self._available(new):
                    delete.append(old)
                else:
                    surging += 1
            elif not self.should_run.get(name):
                (unwanted if self._available(old) else delete).append(old)
            else:
                (candidates if self._available(old) else at_once).append(name)
        delete += unwanted[: max(0, available - self.desired)]
        return Changes([*at_once, *candidates[: max(0, self.max_surge - surging)]], delete)

    def _pair(self, pods: list[Object]) -> Pair | None:
        """The new and the old pod of a node; None if there are several of one sort."""
        new: list[Object] = []
        old: list[Object] = []
        for pod in pods:
            if "deletionTimestamp" not in pod["metadata"]:
                (new if nodes.is_updated(self.set, pod, self.hash) else old).append(pod)
        if len(new) > 1 or len(old) > 1:
            return None
        return new[0] if new else None, old[0] if old else None

    def _available(self, pod: Object) -> bool:
        return podlib.is_available(pod, self.set["spec"].get("minReadySeconds", 0), self.now)
