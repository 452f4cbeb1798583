"""One node's kubelet: its workers, its lease and status, and the ticks that drive them.

Made by the manager for a Node object. All writes go through the client.
"""

import random
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery import pod_resources
from cluster_core.apimachinery.gvk import GVR
from cluster_core.client.client import Client
from cluster_core.client.informer import InformerFactory, Lister
from cluster_core.client.recorder import EventRecorder
from cluster_core.client.resources import PODS
from cluster_core.clock import Loop, Timer
from cluster_core.kubelet import addresses, node_status
from cluster_core.kubelet.backoff import Backoff
from cluster_core.kubelet.configuration import ANNOTATION, USAGE_ANNOTATION, KubeletConfiguration, of_node
from cluster_core.kubelet.heartbeat import Heartbeat
from cluster_core.kubelet.options import KubeletOptions
from cluster_core.kubelet.room import Room
from cluster_core.kubelet.runtime.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from cluster_core.kubelet.admission import Rejection
    from cluster_core.kubelet.eviction import Pressure
    from cluster_core.kubelet.pulling import ImagePuller
    from cluster_core.kubelet.runtime.container import Container
    from cluster_core.kubelet.runtime.engine import Engine
    from cluster_core.kubelet.runtime.images import Image
    from cluster_core.kubelet.static_pods import StaticPods
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]

RELIST = 1.0
MIRROR = "kubernetes.io/config.mirror"
"""Annotation of API objects that only show a static pod."""
EVICTION_PERIOD = 10.0
VOLUME_REFRESH = 60.0


class Kubelet:
    """The kubelet of one node. `index` counts nodes from 0 and gives them their addresses."""

    def __init__(
        self,
        node: Object,
        index: int,
        client: Client,
        informers: InformerFactory,
        loop: Loop,
        rng: random.Random,
        options: KubeletOptions,
        world: World,
        image_rows: "Callable[[], tuple[Image, ...]]",
    ) -> None:
        self.node, self.client, self.loop, self.options = node, client, loop, options
        self.name: str = node["metadata"]["name"]
        self.rng = random.Random(f"{rng.random()}/{self.name}")
        self._informers = informers
        self.recorder = EventRecorder(client, loop, "kubelet", self.name) if options.events else None
        self.world, self._image_rows = world, image_rows
        self.backoff = Backoff()
        self.workers: dict[str, PodWorker] = {}
        stated = ((node.get("status") or {}).get("addresses") or [{}])[0].get("address")
        self.ip: str = stated or addresses.node_address(index)
        block = (node.get("spec") or {}).get("podCIDR") or addresses.pod_block(options.pod_cidr, index)
        self._addresses = addresses.PodAddresses(block)
        self._pod_addresses: dict[str, str] = {}
        self.configuration = _configured(node, options)
        self.heartbeat = Heartbeat(self)
        self._room = Room()
        self._deferred: set[str] = set()
        """Pods whose resize waits for room, by uid."""
        self._relisting: dict[str, PodWorker] = {}
        self._relist_timer: Timer | None = None
        self._pressed = False
        """Whether there is an eviction manager."""
        self.stopped = False
        self.shutting_down = False
        """Whether the machine is being turned off."""

    @cached_property
    def engine(self) -> "Engine":
        """The node's container runtime, loaded with its first pod."""
        from cluster_core.kubelet.runtime.engine import Engine

        engine = Engine(self.loop, self.rng, self.world, self._image_rows)
        engine.on_change = self._container_changed
        engine.on_usage = self._wrote
        engine.on_use = lambda: self.pressure.changed()
        return engine

    @cached_property
    def pressure(self) -> "Pressure":
        """The node's eviction manager, loaded when somebody says how much it uses."""
        from cluster_core.kubelet.eviction import Pressure

        self._pressed = True
        return Pressure(self)

    @cached_property
    def static_pods(self) -> "StaticPods":
        """The pods that the node runs of itself."""
        from cluster_core.kubelet.static_pods import StaticPods

        return StaticPods(self)

    @cached_property
    def puller(self) -> "ImagePuller":
        """The node's image manager."""
        from cluster_core.kubelet.pulling import ImagePuller

        return ImagePuller()

    def lister(self, gvr: GVR) -> Lister:
        """Read-only mirror of a resource."""
        return self._informers.informer(gvr).lister

    # -- node

    def start(self) -> None:
        """Report the machine and begin to renew its lease."""
        self.heartbeat.start()
        if USAGE_ANNOTATION in (self.node["metadata"].get("annotations") or ()):
            self.pressure.changed()

    def stop(self) -> None:
        """Fall silent, as a machine does that lost its power; containers run on."""
        self.stopped = True
        self.heartbeat.stop()
        if self._pressed:
            self.pressure.stop()

    def resume(self) -> None:
        """Speak again after `stop`."""
        if self.stopped:
            self.stopped = self.shutting_down = False
            self.heartbeat.resume()
            if self._pressed:
                self.pressure.changed()
            self._catch_up()
            for worker in list(self.workers.values()):
                worker.write_status()
                worker.kick()

    def _catch_up(self) -> None:
        """Hear what happened to the node's pods in the meantime."""
        found = {pod["metadata"]["uid"]: pod for pod in self.lister(PODS).by_index("node", self.name)}
        for uid, worker in list(self.workers.items()):
            if uid not in found and worker.static is None:
                worker.remove()
        for pod in found.values():
            self.set_pod(pod)

    def restart(self, configuration: KubeletConfiguration | None = None) -> None:
        """The kubelet program starts anew on a machine that ran on: containers stay, what it remembered of them is lost.

        With a configuration it obeys that from now on. Raises ValueError for one that makes no sense."""
        self.stop()
        if configuration is not None:
            self.configuration = configuration
        self.backoff = Backoff()
        if self._pressed or configuration is not None:
            self.__dict__.pop("pressure", None)
            self.pressure.start()
        if self.recorder is not None:
            self.recorder.event(self.node, "Normal", *node_status.EVENTS[0])
        self.resume()
        if not self.workers:
            return
        from cluster_core.kubelet.adoption import start_anew

        for worker in list(self.workers.values()):
            start_anew(worker, self._refused_by_pressure(worker.pod))

    def update(self, node: Object) -> None:
        """The API has a new version of the node object."""
        before, self.node = self.node, node
        annotations = node["metadata"].get("annotations")
        if annotations and annotations != before["metadata"].get("annotations"):
            self._annotated(annotations, before["metadata"].get("annotations") or {})

    def _annotated(self, new: dict[str, str], old: dict[str, str]) -> None:
        """Somebody changed what the machine uses, or how its kubelet is configured."""
        if new.get(ANNOTATION) != old.get(ANNOTATION):
            self.restart(_configured(self.node, self.options))
        elif new.get(USAGE_ANNOTATION) != old.get(USAGE_ANNOTATION):
            self.pressure.changed()

    def images_changed(self) -> None:
        """An image arrived or went: the node's status will say so at its next report."""
        self.heartbeat.images_changed = True

    # -- pods

    def set_pod(self, pod: Object) -> None:
        """A pod of this node came or changed."""
        if MIRROR in (pod["metadata"].get("annotations") or ()):
            self.static_pods.mirror_changed(pod)
            return
        worker = self.workers.get(pod["metadata"]["uid"])
        if worker is None:
            self._add(pod)
        elif _newer(pod, worker.pod):
            worker.update(pod)

    def _add(self, pod: Object) -> None:
        from cluster_core.kubelet.facts import TERMINATED
        from cluster_core.kubelet.worker import PodWorker

        worker = PodWorker(self, pod)
        if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
            self.workers[worker.uid] = worker
            worker.state = TERMINATED
            if worker.deleting:
                self.loop.call_soon(worker.kick)
            return
        if not worker.adopt():
            rejection = None if worker.deleting else self._check(pod)
            if rejection is not None:
                self.workers[worker.uid] = worker
                worker.reject(*rejection)
                return
        self.workers[worker.uid] = worker
        self._count(worker)
        self.loop.call_soon(worker.kick)

    def run_static(self, pod: Object, owner: "StaticPods") -> "PodWorker":
        """Run a pod that the API only mirrors."""
        from cluster_core.kubelet.worker import PodWorker

        worker = self.workers[pod["metadata"]["uid"]] = PodWorker(self, pod)
        worker.static = owner
        self._count(worker)
        self.loop.call_soon(worker.kick)
        return worker

    def remove_pod(self, pod: Object) -> None:
        """A pod's object is gone."""
        if MIRROR in (pod["metadata"].get("annotations") or ()):
            self.static_pods.mirror_gone(pod)
            return
        worker = self.workers.get(pod["metadata"]["uid"])
        if worker is not None:
            worker.remove()

    def _check(self, pod: Object) -> "Rejection | None":
        if self.shutting_down:
            from cluster_core.kubelet.shutdown import REFUSED

            return REFUSED
        return self._refused_by_pressure(pod) or self._room.refuses(pod, self.node)

    def _refused_by_pressure(self, pod: Object) -> "Rejection | None":
        if not self.conditions_told:
            return None
        from cluster_core.kubelet.ranking import refusal

        return refusal(pod, self.conditions_told)

    @property
    def conditions_told(self) -> frozenset[str]:
        """The pressure conditions that hold."""
        return self.pressure.conditions if self._pressed else frozenset()

    def _count(self, worker: "PodWorker") -> None:
        """The pod takes its room on the node."""
        self._room.take(worker.uid, worker.pod["spec"])

    def recount(self, worker: "PodWorker") -> None:
        """The pod's resources changed: it takes more or less room now."""
        self._room.retake(worker.uid, worker.pod["spec"])

    def refuses_resize(self, worker: "PodWorker") -> "Rejection | None":
        """Why the node has no room for what the pod's spec asks for now, None if it has."""
        rejection = self._room.refuses_resize(worker.pod, self.node)
        if rejection is not None:
            self._deferred.add(worker.uid)
        return rejection

    def give_back(self, worker: "PodWorker") -> None:
        """The pod has ended: its room is free; a second call is harmless."""
        self._room.give_back(worker.uid)
        if self._deferred:
            waiting, self._deferred = self._deferred, set()
            for uid in waiting:
                if uid in self.workers:
                    self.loop.call_soon(self.workers[uid].kick)

    def forget(self, worker: "PodWorker") -> None:
        """A worker has nothing left to do and its object is gone."""
        self.give_back(worker)
        self.workers.pop(worker.uid, None)
        self._relisting.pop(worker.uid, None)
        self.puller.forget(worker.uid)
        self.backoff.forget(worker.uid)
        self.release_address(worker)

    def pod_ended(self, worker: "PodWorker") -> None:
        """A worker has reported the end of its pod; its object may stay for long."""
        self.give_back(worker)
        self.puller.forget(worker.uid)
        self.backoff.forget(worker.uid)

    def evict(self, worker: "PodWorker", message: str, disruption: bool = False, grace: float = 1.0) -> None:
        """End a pod that uses more than it may, or (`disruption`) more than the node can give."""
        worker.event("Warning", "Evicted", message)
        worker.end_early("Evicted", message, grace, disruption=disruption)

    def forget_rows(self) -> None:
        """What is told of images has changed."""
        if "engine" in self.__dict__:
            self.engine.forget_rows()

    def clear_images(self) -> bool:
        """Delete the images that no container is made of; whether there were any."""
        used = {spec.get("image") or "" for w in self.workers.values() if w.active for spec in w.specs()}
        cleared = self.engine.clear_images(used)
        if cleared:
            self.images_changed()
            self.loop.call_soon(self.heartbeat.post)
        return cleared

    def pressure_changed(self, before: frozenset[str], after: frozenset[str]) -> None:
        """Conditions of the node began or ceased to hold: report them."""
        self.heartbeat.post()
        for condition in sorted(before ^ after):
            reason = node_status.PRESSURE_REASONS[condition][condition in after]
            if self.recorder is not None:
                self.recorder.event(self.node, "Normal", reason, f"Node {self.name} status is now: {reason}")

    # -- addresses

    def new_address(self, worker: "PodWorker") -> str:
        """An address for the pod."""
        address = self._addresses.allocate()
        self._pod_addresses[worker.uid] = address
        return address

    def claim_address(self, worker: "PodWorker", address: str) -> None:
        """The pod has this address already."""
        self._addresses.claim(address)
        self._pod_addresses[worker.uid] = address

    def release_address(self, worker: "PodWorker") -> None:
        """The pod needs its address no more."""
        address = self._pod_addresses.pop(worker.uid, None)
        if address is not None:
            self._addresses.release(address)

    # -- ticks

    def _container_changed(self, container: "Container") -> None:
        worker = self.workers.get(container.pod_uid)
        if worker is not None:
            self.relist(worker)

    def relist(self, worker: "PodWorker") -> None:
        """Have the worker do a round at the next tick of the node's one-second grid."""
        self._relisting[worker.uid] = worker
        if self._relist_timer is None:
            now = self.loop.now()
            self._relist_timer = self.loop.call_later(RELIST - now % RELIST, self._relist)

    def _relist(self) -> None:
        self._relist_timer = None
        workers, self._relisting = self._relisting, {}
        for worker in workers.values():
            worker.kick()

    def refresh_volumes(self, kind: str, namespace: str, name: str) -> None:
        """A ConfigMap or Secret changed: pods that mount it see that within a minute or so."""
        from cluster_core.kubelet.volumes import references

        for worker in self.workers.values():
            metadata = worker.pod["metadata"]
            if metadata.get("namespace") == namespace and (kind, name) in references(worker.pod):
                self.loop.call_later(self._until_resync(worker), self._refresh, worker, background=True)

    def _until_resync(self, worker: "PodWorker") -> float:
        """Seconds until the pod's next regular round, counted from its last one."""
        now = self.loop.now()
        due = worker.last_round
        while due <= now:
            due += VOLUME_REFRESH * (1 + 0.5 * self.rng.random())
        return due - now

    def _refresh(self, worker: "PodWorker") -> None:
        if worker.active:
            worker.volumes.refresh(worker.pod)

    def _wrote(self, container: "Container", path: str, size: int) -> None:
        worker = self.workers.get(container.pod_uid)
        if worker is not None:
            message = overuse(worker.pod, container.spec, path, size)
            if message:
                self.loop.call_later(EVICTION_PERIOD * self.rng.random() + 1, self.evict, worker, message)


def _configured(node: Object, options: KubeletOptions) -> KubeletConfiguration:
    """The node's configuration; one that makes no sense is ignored, with a word in the log."""
    try:
        found = of_node(node, options.configuration)
        if found is not options.configuration:
            from cluster_core.kubelet.thresholds import thresholds

            thresholds(found)
        return found
    except (ValueError, TypeError) as error:
        import logging

        logging.getLogger(__name__).warning("node %s: %s", node["metadata"]["name"], error)
        return options.configuration


def _newer(pod: Object, known: Object) -> bool:
    """Whether a version is newer than the one at hand (our own writes come back as events)."""
    new, old = pod["metadata"].get("resourceVersion", ""), known["metadata"].get("resourceVersion", "")
    return not (new.isdigit() and old.isdigit()) or int(new) > int(old)


def overuse(pod: Object, spec: Object, path: str, size: int) -> str:
    """Why writing so many bytes to a path costs the pod its place, "" if it does not."""
    for mount in spec.get("volumeMounts") or ():
        if path.startswith(mount["mountPath"].rstrip("/") + "/"):
            volume: Object = next((v for v in pod["spec"].get("volumes") or () if v["name"] == mount["name"]), {})
            limit = (volume.get("emptyDir") or {}).get("sizeLimit")
            if limit is not None and size > pod_resources.amounts({"memory": limit})["memory"]:
                return f'Usage of EmptyDir volume "{mount["name"]}" exceeds the limit "{limit}". '
    limit = ((spec.get("resources") or {}).get("limits") or {}).get("ephemeral-storage")
    if limit is not None and size > pod_resources.amounts({"memory": limit})["memory"]:
        if len(pod["spec"]["containers"]) == 1 or spec is not None:
            total = pod_resources.limits(pod["spec"]).get("ephemeral-storage", 0)
            if size > total:
                return f"Pod ephemeral local storage usage exceeds the total limit of containers {limit}. "
        return f'Container {spec["name"]} exceeded its local ephemeral storage limit "{limit}". '
    return ""
