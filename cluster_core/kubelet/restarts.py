"""Whether a container that ended is to run again: pod and container restart policies and rules."""

from typing import Any

from cluster_core.kubelet.runtime.container import CREATED, EXITED, RUNNING, Container

Object = dict[str, Any]


def policy_restarts(pod: Object, spec: Object, exit_code: int) -> bool:
    """Whether policy and rules call for a restart after that exit code."""
    for rule in spec.get("restartPolicyRules") or ():
        codes = rule.get("exitCodes") or {}
        listed = exit_code in (codes.get("values") or ())
        if listed == (codes.get("operator") == "In"):
            return bool(rule.get("action") in ("Restart", "RestartAllContainers"))
    policy = spec.get("restartPolicy") or pod["spec"].get("restartPolicy") or "Always"
    return policy == "Always" or (policy == "OnFailure" and exit_code != 0)


def on_failure(pod: Object, spec: Object) -> bool:
    """Whether a container killed by its probe starts again."""
    return (spec.get("restartPolicy") or pod["spec"].get("restartPolicy") or "Always") != "Never"


def should_restart(pod: Object, spec: Object, latest: Container | None) -> bool:
    """Whether the container is to be started at the next chance."""
    if "deletionTimestamp" in pod["metadata"]:
        return False
    if latest is None or latest.state == CREATED:
        return True
    if latest.state == RUNNING:
        return False
    assert latest.state == EXITED
    return policy_restarts(pod, spec, latest.exit_code)
