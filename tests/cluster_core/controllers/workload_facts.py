"""The facts that the recorded workload timelines keep of an object, and the names that they use for random ones."""

import json
import re
from collections.abc import Callable
from typing import Any

Object = dict[str, Any]

_RANDOM = re.compile(r"^(.*?)([bcdfghjklmnpqrstvwxz2456789]{5})$")

ZONE = "topology.kubernetes.io/zone"
ACCOUNT_UID = "kubernetes.io/service-account.uid"
_PREEMPTOR = re.compile(r"Preempted by pod [0-9a-f-]{36}")
_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_ACCESS = re.compile(r"kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}")
_UNTOLD = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "namespace")
_CHANCE = frozenset(
    "uid resourceVersion clusterIP clusterIPs podIP podIPs hostIP hostIPs ip addresses containerID nodePort certificate ca.crt token "
    "kubernetes.io/service-account.uid".split()
)
"""Fields whose values are not told in whole objects."""
_PLACES = ("matchFields", "zone", "forZones", "forNodes")
"""The same unless the scenario tells nodes."""
_REFUSED = re.compile(r'"([a-z0-9-]+-)[bcdfghjklmnpqrstvwxz2456789]{5}" is forbidden')
"""A refused object's generated name, which nothing else knows."""


class Names:
    """Stable names: `<generateName>#n` in order of creation, Jobs of a CronJob `<cron>-@n`, daemon pods by node."""

    def __init__(self, namespace: str, daemons_by_node: bool = True) -> None:
        self.namespace = namespace
        self.daemons_by_node = daemons_by_node
        self._known: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def learn(self, obj: Object) -> None:
        """Give a new object its stable name."""
        metadata = obj["metadata"]
        name, prefix = metadata["name"], metadata.get("generateName")
        if name in self._known:
            return
        owners = metadata.get("ownerReferences") or []
        if obj["kind"] == "Job" and owners and owners[0]["kind"] == "CronJob":
            self._known[name] = self._next(owners[0]["name"] + "-", "@")
        elif self.daemons_by_node and owners and owners[0]["kind"] == "DaemonSet" and obj["kind"] == "Pod":
            self._known[name] = self._next(f"{owners[0]['name']}-@{_pinned_to(obj)}", "#")
        elif prefix and name.startswith(prefix) and (prefix in self._counts or _RANDOM.match(name[len(prefix) :])):
            self._known[name] = self._next(self(prefix), "#")

    def _next(self, prefix: str, mark: str) -> str:
        self._counts[prefix] = self._counts.get(prefix, 0) + 1
        return f"{prefix}{mark}{self._counts[prefix]}"

    def __call__(self, text: str) -> str:
        """A text with every random name replaced."""
        for name in sorted(self._known, key=len, reverse=True):
            if name in text:
                text = text.replace(name, self._known[name])
        text = _PREEMPTOR.sub("Preempted by pod <uid:Pod>", text)
        return _REFUSED.sub(r'"\1<random>" is forbidden', text.replace(self.namespace, "${NS}"))


def _pinned_to(pod: Object) -> str:
    affinity = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    return str(affinity["nodeSelectorTerms"][0]["matchFields"][0]["values"][0])


def any_pod(value: Any) -> Any:
    """The value with numbers of random names wiped: pods of one owner, and equal volumes, are interchangeable."""
    return json.loads(re.sub(r"(@[\w.-]+)?#\d+|(?<=-pv)\d+", "#", json.dumps(value)))


def facts_of(obj: Object, names: Names, options: Object) -> Object:
    """The facts of one object; empty ones are left out."""
    if options.get("whole"):
        return tidy(_whole(obj, names, options))
    metadata = obj["metadata"]
    facts: Object = {
        "owners": [_owner(ref, names) for ref in metadata.get("ownerReferences") or ()],
        "deleting": "deletionTimestamp" in metadata,
        "finalizers": metadata.get("finalizers"),
    }
    kind = obj["kind"]
    facts.update(_FACTS.get(kind, lambda *_: {})(obj, names, options))
    return tidy(facts)


def _whole(obj: Object, names: Names, options: Object) -> Object:
    """The whole object but what chance or time decides."""
    metadata = {k: v for k, v in obj["metadata"].items() if k not in _UNTOLD}
    told: Object = _settled({**obj, "metadata": metadata}, names, bool(options.get("podNode")))
    return told


def _settled(value: Any, names: Names, nodes: bool, key: str = "") -> Any:
    if key in _PLACES and not nodes:
        return f"<{key}>"
    if isinstance(value, dict):
        return {names(k): _settled(v, names, nodes, k) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_settled(v, names, nodes, key) for v in value]
    if key in _CHANCE or (key in ("nodeName", ZONE) and not nodes) or key.endswith("controller-uid"):
        return f"<{key}>"
    if not isinstance(value, str):
        return value
    return _ACCESS.sub("kube-api-access-<random>", _TIME.sub("<time>", names(value)))


def tidy(facts: Object) -> Object:
    """Without empty values."""
    return {key: value for key, value in facts.items() if value not in (None, {}, [], "", False, 0)}


def _owner(ref: Object, names: Names) -> Object:
    owner = {"kind": ref["kind"], "name": names(ref["name"])}
    for flag in ("controller", "blockOwnerDeletion"):
        if ref.get(flag):
            owner[flag] = True
    return owner


def conditions(obj: Object, names: Names) -> list[Object]:
    """Type, status, reason and message, by type."""
    found = [
        {k: names(c[k]) for k in ("type", "status", "reason", "message") if c.get(k)}
        for c in (obj.get("status") or {}).get("conditions") or ()
    ]
    return sorted(found, key=lambda c: c["type"])


def _status(obj: Object, *without: str) -> Object:
    return {k: v for k, v in (obj.get("status") or {}).items() if k not in ("conditions", *without)}


def _labels(obj: Object, names: Names) -> Object:
    return {k: names(v) for k, v in (obj["metadata"].get("labels") or {}).items()}


def _annotations(obj: Object, names: Names) -> Object:
    return {k: names(v) for k, v in (obj["metadata"].get("annotations") or {}).items()}


def _workload(obj: Object, names: Names, _: Object) -> Object:
    return {
        "spec.replicas": obj["spec"].get("replicas"),
        "spec.paused": obj["spec"].get("paused"),
        "generation": obj["metadata"].get("generation"),
        "status": _status(obj),
        "conditions": conditions(obj, names),
        "annotations": _annotations(obj, names) if obj["kind"] != "StatefulSet" else None,
        "labels": _labels(obj, names) if obj["kind"] == "ReplicaSet" else None,
    }


def _pod(obj: Object, names: Names, options: Object) -> Object:
    status, metadata = obj.get("status") or {}, obj["metadata"]
    by_type = {c["type"]: c for c in status.get("conditions") or ()}
    scheduled = by_type.get("PodScheduled", {})
    facts = {
        "phase": status.get("phase"),
        "scheduled": bool(obj["spec"].get("nodeName")),
        "ready": by_type.get("Ready", {}).get("status"),
        "images": [c["image"] for c in obj["spec"]["containers"]],
        "graceSeconds": metadata.get("deletionGracePeriodSeconds"),
        "restarts": sum(c.get("restartCount", 0) for c in status.get("containerStatuses") or ()),
        "labels": _pod_labels(obj, names, options),
    }
    facts["annotations"] = _annotations(obj, names)
    facts["nominatedNodeName"] = status.get("nominatedNodeName")
    if options.get("podNode"):
        facts["node"] = obj["spec"].get("nodeName")
    if options.get("podSpec"):
        facts.update({k: obj["spec"].get(k) for k in ("hostname", "tolerations", "priority")})
    if scheduled.get("status") == "False":
        facts["podScheduled"] = {k: scheduled[k] for k in ("status", "reason", "message") if scheduled.get(k)}
    if "DisruptionTarget" in by_type:
        target = by_type["DisruptionTarget"]
        facts["disruptionTarget"] = {k: target[k] for k in ("status", "reason", "message") if target.get(k)}
    return facts


def _pod_labels(obj: Object, names: Names, options: Object) -> Object:
    labels = _labels(obj, names)
    for label in labels:
        if label.endswith("controller-uid"):
            labels[label] = "<uid:Job>"
        elif label == ZONE and not options.get("podNode"):
            labels[label] = "<zone of its node>"
    return labels


def _job_facts(obj: Object, names: Names, _options: Object) -> Object:
    status = obj.get("status") or {}
    counted = ("startTime", "completionTime", "uncountedTerminatedPods")
    uncounted = status.get("uncountedTerminatedPods") or {}
    return {
        "spec": {k: obj["spec"][k] for k in ("parallelism", "completions", "suspend") if k in obj["spec"]},
        "status": _status(obj, *counted),
        "conditions": conditions(obj, names),
        "startTime": "set" if status.get("startTime") else None,
        "completionTime": "set" if status.get("completionTime") else None,
        "uncounted": {kind: len(uids) for kind, uids in uncounted.items() if uids},
    }


def _cron_job(obj: Object, names: Names, _: Object) -> Object:
    status = obj.get("status") or {}
    return {
        "suspend": obj["spec"].get("suspend"),
        "active": [names(ref["name"]) for ref in status.get("active") or ()],
        "lastSuccessfulTime": "set" if status.get("lastSuccessfulTime") else None,
    }


def _revision(obj: Object, names: Names, _: Object) -> Object:
    return {"revision": obj["revision"], "labels": _labels(obj, names)}


def _node(obj: Object, names: Names, _options: Object) -> Object:
    taints = [{k: t[k] for k in ("key", "value", "effect") if t.get(k)} for t in obj["spec"].get("taints") or ()]
    return {
        "taints": sorted(taints, key=lambda t: (t["key"], t["effect"])),
        "unschedulable": obj["spec"].get("unschedulable"),
        "conditions": conditions(obj, names),
    }


def _volume(obj: Object, names: Names, _: Object) -> Object:
    status, claim = obj.get("status") or {}, obj["spec"].get("claimRef")
    facts = {
        "phase": status.get("phase"),
        "reclaim": obj["spec"].get("persistentVolumeReclaimPolicy"),
        "annotations": _annotations(obj, names),
        "why": {k: status[k] for k in ("reason", "message") if status.get(k)},
    }
    if claim:
        facts["claimRef"] = f"${{NS}}/{claim['name']}" + ("" if claim.get("uid") else " (no uid)")
    return facts


def _claim(obj: Object, names: Names, _: Object) -> Object:
    status = obj.get("status") or {}
    return {
        "phase": status.get("phase"),
        "volumeName": obj["spec"].get("volumeName"),
        "annotations": _annotations(obj, names),
        "capacity": status.get("capacity"),
        "accessModes": status.get("accessModes"),
    }


def _endpoints(obj: Object, names: Names, _: Object) -> Object:
    return {
        "labels": _labels(obj, names),
        "subsets": [
            {
                "ready": sorted(_target(a, names) for a in subset.get("addresses") or ()),
                "notReady": sorted(_target(a, names) for a in subset.get("notReadyAddresses") or ()),
                "ports": subset.get("ports") or [],
            }
            for subset in obj.get("subsets") or ()
        ],
    }


def _target(address: Object, names: Names) -> str:
    return names((address.get("targetRef") or {}).get("name") or address.get("ip") or "")


def _slice(obj: Object, names: Names, _: Object) -> Object:
    endpoints = []
    for endpoint in obj.get("endpoints") or ():
        target = (endpoint.get("targetRef") or {}).get("name")
        fact: Object = {"target": names(target) if target else None}
        fact.update(
            {k: endpoint["conditions"][k] for k in ("ready", "serving", "terminating") if k in endpoint["conditions"]}
        )
        if endpoint.get("hostname"):
            fact["hostname"] = names(endpoint["hostname"])
        endpoints.append(fact)
    return {
        "labels": _labels(obj, names),
        "addressType": obj["addressType"],
        "ports": obj.get("ports"),
        "endpoints": sorted(endpoints, key=json.dumps),
    }


def _autoscaler(obj: Object, names: Names, _options: Object) -> Object:
    spec = {k: obj["spec"][k] for k in ("minReplicas", "maxReplicas") if k in obj["spec"]}
    return {"spec": spec, "status": _status(obj, "lastScaleTime"), "conditions": conditions(obj, names)}


def _budget(obj: Object, names: Names, _options: Object) -> Object:
    return {"status": _status(obj, "disruptedPods"), "conditions": conditions(obj, names)}


def _data(obj: Object, names: Names, _: Object) -> Object:
    annotations = _annotations(obj, names)
    if ACCOUNT_UID in annotations:
        annotations[ACCOUNT_UID] = "<uid:ServiceAccount>"
    return {"type": obj.get("type"), "dataKeys": sorted(obj.get("data") or {}), "annotations": annotations}


def _quota(obj: Object, names: Names, _options: Object) -> Object:
    status = obj.get("status") or {}
    return {"hard": status.get("hard"), "used": status.get("used")}


def _namespace(obj: Object, names: Names, _options: Object) -> Object:
    status = obj.get("status") or {}
    return {
        "phase": status.get("phase"),
        "specFinalizers": obj["spec"].get("finalizers"),
        "conditions": conditions(obj, names),
    }


_FACTS: dict[str, Callable[[Object, Names, Object], Object]] = {
    "Deployment": _workload,
    "ReplicaSet": _workload,
    "StatefulSet": _workload,
    "DaemonSet": _workload,
    "Pod": _pod,
    "Job": _job_facts,
    "CronJob": _cron_job,
    "ControllerRevision": _revision,
    "Node": _node,
    "PersistentVolume": _volume,
    "PersistentVolumeClaim": _claim,
    "Endpoints": _endpoints,
    "EndpointSlice": _slice,
    "HorizontalPodAutoscaler": _autoscaler,
    "PodDisruptionBudget": _budget,
    "Secret": _data,
    "ConfigMap": _data,
    "ResourceQuota": _quota,
    "Namespace": _namespace,
}
