"""podFailurePolicy and successPolicy: what a failed pod, or a set of succeeded indexes, means for a job."""

from typing import Any, NamedTuple

from cluster_core.controllers.job import indexes

Object = dict[str, Any]


class Verdict(NamedTuple):
    """What the first matching rule says: its action ("" if none matches), whether the failure counts, the job's end."""

    action: str = ""
    counts: bool = True
    message: str = ""


def judge(policy: Object | None, pod: Object) -> Verdict:
    """The verdict on one failed pod."""
    for index, rule in enumerate((policy or {}).get("rules") or ()):
        what = _matching(rule, pod)
        if what:
            action = rule["action"]
            message = f"{what} matching FailJob rule at index {index}" if action == "FailJob" else ""
            return Verdict(action, action != "Ignore", message)
    return Verdict()


def _matching(rule: Object, pod: Object) -> str:
    """What in the pod matches the rule, in words; "" if nothing does."""
    metadata, status = pod["metadata"], pod.get("status") or {}
    where = f"{metadata['namespace']}/{metadata['name']}"
    requirement = rule.get("onExitCodes")
    if requirement is not None:
        containers = [*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())]
        for container in containers:
            code = ((container.get("state") or {}).get("terminated") or {}).get("exitCode", 0)
            if code and _code_matches(requirement, container["name"], code):
                return f"Container {container['name']} for pod {where} failed with exit code {code}"
        return ""
    for condition in status.get("conditions") or ():
        for pattern in rule.get("onPodConditions") or ():
            if condition["type"] == pattern["type"] and condition["status"] == pattern.get("status", "True"):
                return f"Pod {where} has condition {condition['type']}"
    return ""


def _code_matches(requirement: Object, container: str, code: int) -> bool:
    if requirement.get("containerName") not in (None, container):
        return False
    return bool((code in requirement["values"]) == (requirement["operator"] == "In"))


def success(policy: Object | None, succeeded: set[int], completions: int) -> str:
    """`Matched rules at index N` for the first rule of a successPolicy that holds; "" if none does."""
    for index, rule in enumerate((policy or {}).get("rules") or ()) if succeeded else ():
        if _succeeds(rule, succeeded, completions):
            return f"Matched rules at index {index}"
    return ""


def _succeeds(rule: Object, succeeded: set[int], completions: int) -> bool:
    count = rule.get("succeededCount")
    if rule.get("succeededIndexes") is None:
        return count is not None and len(succeeded) >= count
    required = indexes.parse(rule["succeededIndexes"], completions)
    reached = len(required & succeeded)
    return bool(required) and (reached == len(required) or (count is not None and reached >= count))
