"""Plugins that run, in order. Filters stop at a node's first refusal, so their order shows in messages."""

FILTERS = (
    "NodeUnschedulable",
    "NodeName",
    "TaintToleration",
    "NodeAffinity",
    "NodePorts",
    "NodeResourcesFit",
    "VolumeRestrictions",
    "VolumeBinding",
    "VolumeZone",
    "PodTopologySpread",
    "InterPodAffinity",
)

PREEMPTION = "DefaultPreemption"
VOLUMES = "VolumeBinding"
"""The filter that also says what to bind before a pod is bound."""

SCORERS = {
    "TaintToleration": 3,
    "NodeAffinity": 2,
    "NodeResourcesFit": 1,
    "PodTopologySpread": 2,
    "InterPodAffinity": 2,
    "NodeResourcesBalancedAllocation": 1,
    "ImageLocality": 1,
}
"""Name -> weight of its score."""
