"""A whole cluster in one object: API server, store, controllers, scheduler and kubelets on one loop.

    with Cluster() as cluster:
        cluster.client.create(DEPLOYMENTS, my_deployment, "default")
        cluster.settle()

This file assembles the rooms, nothing more. With a path the state is kept in a file, else in memory.
"""

import random
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from types import TracebackType
from typing import Any

from cluster_core.apimachinery.request import UserInfo
from cluster_core.apiserver.pipeline import APIServer
from cluster_core.apiserver.transport import LocalTransport
from cluster_core.client.client import Client
from cluster_core.client.informer import InformerFactory
from cluster_core.clock import Clock, Loop, VirtualClock
from cluster_core.network.allocators import NodePortAllocator, ServiceIPAllocator
from cluster_core.store.store import Store

ADMIN = UserInfo("kubernetes-admin", ("kubeadm:cluster-admins", "system:masters", "system:authenticated"))
DEFAULT_NODE = "helmpy-1"


class Cluster:
    """An embedded Kubernetes. `nodes` is how many to make, or their names or Node objects."""

    def __init__(
        self,
        *,
        nodes: int | Sequence[str | dict[str, Any]] = 1,
        kubernetes_version: str = "1.36",
        seed: int = 0,
        clock: Clock | None = None,
        path: str | None = None,
        controllers: bool = True,
    ) -> None:
        self.loop = Loop(clock or VirtualClock())
        self.rng = random.Random(seed)
        self.kubernetes_version = kubernetes_version
        self.store = Store(self.loop)
        self.server = APIServer(
            self.store,
            self.loop,
            self.rng,
            kubernetes_version=kubernetes_version,
            addresses=ServiceIPAllocator("10.96.0.0/16", self.rng),
            ports=NodePortAllocator(self.rng),
        )
        self.client = self._client(ADMIN)
        """Acts as cluster administrator."""
        self.informers = InformerFactory(self._client(ADMIN), self.loop)
        self.closed = False
        from cluster_core.bootstrap import bootstrap

        bootstrap(self.server, nodes, aggregated=controllers)
        if controllers:
            self._start_actors()

    def _client(self, user: UserInfo, field_manager: str = "") -> Client:
        return Client(LocalTransport(self.server, user), field_manager=field_manager)

    def client_for(self, user: str, groups: Sequence[str] = ()) -> Client:
        """A client acting as somebody; "system:authenticated" is among the groups of everybody."""
        return self._client(UserInfo(user, (*groups, "system:authenticated")))

    def _actor(self, name: str) -> Client:
        return self._client(UserInfo(f"system:serviceaccount:kube-system:{name}", ("system:masters",)), name)

    def _start_actors(self) -> None:
        for room, name in (("controllers", "manager"), ("scheduler", "scheduler"), ("kubelet", "manager")):
            if find_spec(f"cluster_core.{room}.{name}") is not None:
                getattr(self, f"_start_{room}")()

    def _start_controllers(self) -> None:
        from cluster_core.controllers.manager import ControllerManager

        ControllerManager(self._actor, self.informers, self.loop, self.rng, {}).start()

    def _start_scheduler(self) -> None:
        from cluster_core.scheduler.scheduler import Scheduler

        Scheduler(self._actor("kube-scheduler"), self.informers, self.loop, self.rng).start()

    def _start_kubelet(self) -> None:
        from cluster_core.kubelet.manager import KubeletManager

        KubeletManager(self._actor, self.informers, self.loop, self.rng, {}).start()

    def settle(self, timeout: float = 3600.0) -> bool:
        """Run until nothing is left to do but waiting; False if `timeout` seconds of cluster time were not enough."""
        return self.loop.settle(timeout)

    def run_until(self, condition: Callable[[], bool], timeout: float = 300.0) -> bool:
        """Move time until the condition holds; False when `timeout` seconds of cluster time passed."""
        return self.loop.run_until(condition, timeout)

    def close(self) -> None:
        """Stop everything; closing twice is harmless."""
        if not self.closed:
            self.closed = True
            self.informers.stop()

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
