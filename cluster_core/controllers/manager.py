"""Starts the controllers: each is imported when the first object that concerns it appears.

`cluster.py` makes one manager per cluster. The manager knows the registry and nothing of any controller.
"""

import random
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from cluster_core.client.client import Client
from cluster_core.client.informer import InformerFactory
from cluster_core.clock import Loop
from cluster_core.controllers import registry
from cluster_core.controllers.options import ControllerOptions
from cluster_core.controllers.registry import Entry

Object = dict[str, Any]


class ControllerManager:
    """All controllers of one cluster. `client_for(name)` gives a client that acts as that account of kube-system."""

    def __init__(
        self,
        client_for: Callable[[str], Client],
        informers: InformerFactory,
        loop: Loop,
        rng: random.Random,
        options: ControllerOptions | Mapping[str, Any] | None = None,
    ) -> None:
        self._client_for, self._informers, self._loop, self._rng = client_for, informers, loop, rng
        self.options = options if isinstance(options, ControllerOptions) else ControllerOptions(**(options or {}))
        self.running: dict[str, Any] = {}
        """Controllers that were started, by their name in the registry."""

    def start(self) -> None:
        """Wait for the first object of each controller's kinds; start at once those that wait for none."""
        for name in registry.ENABLED:
            if name in self.options.disabled:
                continue
            entry = registry.CONTROLLERS[name]
            if not entry.wakes:
                self._run(name)
            for gvr in entry.wakes:
                self._wait(name, entry, gvr)

    def _wait(self, name: str, entry: Entry, gvr: Any) -> None:
        def consider(obj: Object) -> None:
            if name in self.running:
                forget()
            elif entry.matters is None or entry.matters(obj):
                forget()
                self._run(name)

        def reconsider(_old: Object, new: Object) -> None:
            consider(new)

        forget = self._informers.informer(gvr).add_handler(consider, None if entry.at_once else reconsider)

    def _run(self, name: str) -> None:
        from cluster_core.controllers.reconciler import Context

        entry = registry.CONTROLLERS[name]
        controller = getattr(import_module(registry.PACKAGE + entry.module), entry.class_name)
        context = Context(self._client_for, self._informers, self._loop, self._rng, self.options)
        self.running[name] = controller(context)
