"""Pods with scheduling gates do not enter the queue."""

from cluster_core.scheduler.framework import Plugin
from cluster_core.scheduler.pods import PodClass

REASON = "SchedulingGated"
MESSAGE = "Scheduling is blocked due to non-empty scheduling gates"


class SchedulingGates(Plugin):
    """Asked before queueing, not per node."""

    name = "SchedulingGates"

    def applies(self, pod: PodClass) -> bool:
        return bool(pod.spec.get("schedulingGates"))
