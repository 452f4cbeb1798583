"""Plugins that exist: name -> module and class. `defaults` says which of them run."""

from importlib import import_module

from cluster_core.scheduler.framework import Plugin

_ROOM = "cluster_core.scheduler.plugins"

PLUGINS: dict[str, tuple[str, str]] = {
    "DefaultPreemption": ("default_preemption", "DefaultPreemption"),
    "ImageLocality": ("image_locality", "ImageLocality"),
    "InterPodAffinity": ("inter_pod_affinity", "InterPodAffinity"),
    "NodeAffinity": ("node_affinity", "NodeAffinity"),
    "NodeName": ("node_name", "NodeName"),
    "NodePorts": ("node_ports", "NodePorts"),
    "NodeResourcesBalancedAllocation": ("balanced_allocation", "BalancedAllocation"),
    "NodeResourcesFit": ("resources_fit", "ResourcesFit"),
    "NodeUnschedulable": ("node_unschedulable", "NodeUnschedulable"),
    "PodTopologySpread": ("pod_topology_spread", "PodTopologySpread"),
    "SchedulingGates": ("scheduling_gates", "SchedulingGates"),
    "TaintToleration": ("taint_toleration", "TaintToleration"),
    "VolumeBinding": ("volume_binding", "VolumeBinding"),
    "VolumeRestrictions": ("volume_restrictions", "VolumeRestrictions"),
    "VolumeZone": ("volume_zone", "VolumeZone"),
}


def plugin_class(name: str) -> type[Plugin]:
    """The class of a plugin. Raises KeyError for an unknown name."""
    module, cls = PLUGINS[name]
    found: type[Plugin] = getattr(import_module(f"{_ROOM}.{module}"), cls)
    if found.name != name:
        raise KeyError(f"{module}.{cls} calls itself {found.name!r}, not {name!r}")
    return found
