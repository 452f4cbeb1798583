"""A whole cluster in one object: API server, store, controllers, scheduler and kubelets on one loop.

    with Cluster() as cluster:
        cluster.client.create(DEPLOYMENTS, my_deployment, "default")
        cluster.settle()

This file assembles the rooms, nothing more. With a path the state is kept in a file, else in memory.
"""

import gc
import random
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery.request import UserInfo
from cluster_core.apiserver.pipeline import APIServer
from cluster_core.apiserver.transport import LocalTransport
from cluster_core.client.client import Client
from cluster_core.client.informer import InformerFactory
from cluster_core.clock import Clock, Loop, VirtualClock
from cluster_core.network.allocators import NodePortAllocator, ServiceIPAllocator
from cluster_core.store.store import Store

if TYPE_CHECKING:
    from cluster_core.kubelet.manager import KubeletManager
    from cluster_core.kubelet.runtime.world import Disks
    from cluster_core.persistence import ClusterFile

ADMIN = UserInfo("kubernetes-admin", ("kubeadm:cluster-admins", "system:masters", "system:authenticated"))
DEFAULT_NODE = "helmpy-1"
UNSEEN_REVISIONS = 10_000
"""How many revisions are left out after a server died: outsiders may have seen as many that never reached the file."""
CATCH_UP = 120.0
"""Seconds of the time since a file was closed that the cluster lives through when it is opened."""
DISK = "disk/"
"""How the names of disks begin in the file, which keeps what nodes' disks and persistent volumes hold."""
SELDOM = (4_000_000, 20, 50)
"""How often garbage is looked for while time moves: objects are trees that stay, so looking often finds nothing."""


class Cluster:
    """An embedded Kubernetes. One opened from a file in which nothing was under way sleeps until its loop first turns:
    reading needs no controllers, scheduler or kubelets.

    `nodes` is how many to make, or their names or Node objects; `root_ca` (PEM) is whom pods are to trust, which a file
    remembers; `sign_certificate` makes certificates of approved requests; `kubelet` has more of the fields of KubeletOptions
    (`static_pods`, `images`, `configuration` …), of which a file remembers the folder of static pods."""

    def __init__(
        self,
        *,
        nodes: int | Sequence[str | dict[str, Any]] = 1,
        kubernetes_version: str = "1.36",
        seed: int = 0,
        clock: Clock | None = None,
        path: str | None = None,
        controllers: bool = True,
        root_ca: str = "",
        sign_certificate: Callable[[bytes, tuple[str, ...], float], bytes] | None = None,
        kubelet: Mapping[str, Any] | None = None,
    ) -> None:
        self._file = _open_file(path)
        self._disks: Disks | None = None
        saved = self._file.meta if self._file is not None else {}
        self._kubelet_options = {"static_pods": saved.get("staticPods", ""), **(kubelet or {})}
        self._root_ca = root_ca or saved.get("rootCA", "")
        self._asleep = controllers and clock is None and _is_quiet(saved)
        self.loop = Loop(clock or self._clock(float(saved.get("time", "0"))))
        self.kubernetes_version = saved.get("kubernetesVersion", kubernetes_version)
        lost = UNSEEN_REVISIONS if saved.get("served") else 0
        self._opened_at = revision = int(saved.get("revision", "0")) + lost
        self.rng = random.Random((seed << 64) + revision)
        self.store = Store(self.loop)
        if self._file is not None:
            from cluster_core import persistence

            self.store.restore(self._file.rows(), revision, persistence.decode)
            self.store.journal = self._file
        self.server = APIServer(
            self.store,
            self.loop,
            self.rng,
            kubernetes_version=self.kubernetes_version,
            addresses=ServiceIPAllocator("10.96.0.0/16", self.rng),
            ports=NodePortAllocator(self.rng),
        )
        self.server.signing_key = saved.get("signingKey", "").encode()
        self.server.keep_signing_key = lambda pem: self._remember("signingKey", pem.decode())
        self.client = self._client(ADMIN)
        """Acts as cluster administrator."""
        self.informers = InformerFactory(self._actor("informers"), self.loop)
        self.closed = False
        if revision == 0:
            from cluster_core.bootstrap import bootstrap

            bootstrap(self.server, nodes, aggregated=controllers)
            self._remember("kubernetesVersion", self.kubernetes_version)
            self.commit()
        if self._root_ca != saved.get("rootCA", ""):
            self._remember("rootCA", self._root_ca)
        self._sign_certificate = sign_certificate
        if self._kubelet_options["static_pods"] != saved.get("staticPods", ""):
            self._remember("staticPods", self._kubelet_options["static_pods"])
        self._has_actors = controllers
        if controllers:
            from cluster_core.apiserver.resource_metrics import ResourceMetrics

            self.server.aggregate(ResourceMetrics(self.server))
        if self._asleep:
            self.loop.call_soon(self._start_actors)
            self.server.nodes = _SleepingNodes(self)
            return
        if controllers:
            self._start_actors()
        if self._file is not None and clock is None:
            with _SeldomCollecting():
                self.loop.advance(max(time.time() - self.loop.now(), 0.0))

    def _clock(self, saved: float) -> VirtualClock:
        """In memory time begins at a fixed instant. With a file it follows the wall clock: what was under way when the
        file was closed goes on, but no more than the last `CATCH_UP` seconds are lived through again."""
        if self._file is None:
            return VirtualClock()
        if self._asleep:
            return VirtualClock(max(saved, time.time()))
        return VirtualClock(max(saved, time.time() - (CATCH_UP if saved else 0.0)))

    def _client(self, user: UserInfo, field_manager: str = "") -> Client:
        after_write = self.commit if self._file is not None else None
        return Client(LocalTransport(self.server, user, after_write), field_manager=field_manager, user=user)

    def _remember(self, name: str, value: str) -> None:
        if self._file is not None:
            self._file.remember(name, value)

    def commit(self) -> None:
        """Make everything so far durable; nothing to do in memory."""
        self._commit(0.0)

    def _commit(self, quiet_until: float) -> None:
        if self._file is not None:
            self.server.catch_up()
            if self._disks is not None:
                for name, text in self._disks.written().items():
                    self._file.remember(DISK + name, text)
            self._file.remember("time", repr(self.loop.now()))
            self._file.remember("quietUntil", repr(quiet_until))
            self._file.commit()

    def mark_served(self, served: bool) -> None:
        """Remember whether outsiders watch this cluster; a process that dies then does not give out a revision twice."""
        self._remember("served", "yes" if served else "")
        self.commit()

    def client_for(self, user: str, groups: Sequence[str] = ()) -> Client:
        """A client acting as somebody; "system:authenticated" is among the groups of everybody."""
        return self._client(UserInfo(user, (*groups, "system:authenticated")))

    def _actor(self, name: str) -> Client:
        user = UserInfo(f"system:serviceaccount:kube-system:{name}", ("system:masters",))
        return Client(LocalTransport(self.server, user, self._relieve), field_manager=name, user=user)

    def _relieve(self) -> None:
        """Actors do not wait for the disk; only a very long batch is written early."""
        if self._file is not None and self._file.full:
            self.commit()

    def _start_actors(self) -> None:
        self._asleep = False
        self._start_controllers()
        self._start_scheduler()
        self._start_kubelet()

    def _start_controllers(self) -> None:
        from cluster_core.controllers.manager import ControllerManager

        ControllerManager(self._actor, self.informers, self.loop, self.rng, self._controller_options()).start()

    def _controller_options(self) -> dict[str, Any]:
        return {
            "root_ca": self._root_ca,
            "sign_token": lambda claims: self.server.tokens.issue(claims),
            "sign_certificate": self._sign_certificate,
        }

    def _start_scheduler(self) -> None:
        from cluster_core.scheduler.scheduler import Scheduler

        Scheduler(self._actor("kube-scheduler"), self.informers, self.loop, self.rng).start()

    def _start_kubelet(self) -> None:
        from cluster_core.kubelet.manager import KubeletManager
        from cluster_core.network.fabric import ClusterNetwork

        options = {"network": ClusterNetwork(self.informers), **self._kubelet_options}
        self._kubelets = KubeletManager(self._actor, self.informers, self.loop, self.rng, options)
        if self._file is not None:
            meta, self._disks = self._file.meta, self._kubelets.world.disks
            self._disks.saved = {k.removeprefix(DISK): v for k, v in meta.items() if k.startswith(DISK)}
        self._kubelets.start()
        self.server.nodes = self._kubelets.node_api

    @property
    def kubelets(self) -> "KubeletManager":
        """What runs the pods."""
        if self._asleep:
            self.loop.run_ready()
        return self._kubelets

    def settle(self, timeout: float = 3600.0) -> bool:
        """Run until nothing is left to do but waiting; False if `timeout` seconds of cluster time were not enough."""
        with _SeldomCollecting():
            settled = self.loop.settle(timeout)
        self.commit()
        return settled

    def run_until(self, condition: Callable[[], bool], timeout: float = 300.0) -> bool:
        """Move time until the condition holds; False when `timeout` seconds of cluster time passed."""
        with _SeldomCollecting():
            held = self.loop.run_until(condition, timeout)
        self.commit()
        return held

    def waiting(self) -> list[str]:
        """What is not as it should be and why: one line per object. For a cluster that settled but did not get there."""
        from cluster_core.waiting import waiting

        return waiting(self.client)

    def close(self) -> None:
        """Stop everything; closing twice is harmless."""
        if not self.closed:
            self.closed = True
            quiet_until = self._quiet_until()
            self.informers.stop()
            if self._file is not None:
                if not self._asleep or self.store.revision != self._opened_at:
                    self._commit(quiet_until)
                self._file.close()

    def _quiet_until(self) -> float:
        """Until when the cluster can be opened without waking it: nothing is under way, and nothing due before."""
        if self._asleep or not self._has_actors:
            return 0.0
        self.server.catch_up()
        return self.loop.next_change()

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _is_quiet(saved: Mapping[str, str]) -> bool:
    """Whether nothing was under way when the file was closed, and nothing has become due since."""
    return float(saved.get("quietUntil", "0")) > max(time.time(), float(saved.get("time", "0")))


class _SleepingNodes:
    """The kubelets of a cluster that sleeps: asked for anything, it wakes."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def log_text(self, pod: dict[str, Any], options: Mapping[str, str]) -> str:
        """A container's log."""
        return self._cluster.kubelets.node_api.log_text(pod, options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cluster.kubelets.node_api, name)


class _SeldomCollecting:
    """Garbage collection at `SELDOM`, unless the process asks for even less.

    What is there afterwards counts as old at once: the process would look through all of it for nothing. Once in
    `SELDOM` objects everything is looked through."""

    __slots__ = ("_before",)
    grown = 0

    def __enter__(self) -> None:
        self._before = gc.get_threshold()
        if 0 < self._before[0] < SELDOM[0]:
            gc.set_threshold(*SELDOM)

    def __exit__(self, *_: object) -> None:
        if gc.get_threshold() == SELDOM and self._before != SELDOM and not gc.get_freeze_count():
            _SeldomCollecting.grown += gc.get_count()[0]
            if _SeldomCollecting.grown > SELDOM[0]:
                _SeldomCollecting.grown = 0
                gc.collect()
            gc.freeze()
            gc.unfreeze()
        gc.set_threshold(*self._before)


def _open_file(path: str | None) -> "ClusterFile | None":
    if path is None:
        return None
    from cluster_core.persistence import ClusterFile

    return ClusterFile(path)
