"""The pure decisions of controllers, each as a table."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_core.apimachinery import quota
from cluster_core.client.resources import JOBS, PERSISTENTVOLUMECLAIMS, PODS, SERVICES
from cluster_core.controllers import placement
from cluster_core.controllers.cronjob import Schedule, ScheduleError
from cluster_core.controllers.deletion_ranking import rank_for_replicaset
from cluster_core.controllers.endpointslice import packing
from cluster_core.controllers.job import backoff, failure_policy, indexes
from cluster_core.controllers.nodelifecycle import taints, zones
from cluster_core.controllers.podautoscaler import calculator
from cluster_core.controllers.podautoscaler.limits import History, limit
from cluster_core.controllers.podautoscaler.metrics import MetricError, PodMetric
from cluster_core.controllers.rounding import scaled
from cluster_core.controllers.volumebinder import matching

NOW = 1_767_225_600.0


@pytest.mark.parametrize(
    ("value", "total", "up", "expected"),
    [
        ("25%", 10, True, 3),
        ("25%", 10, False, 2),
        ("1%", 3, True, 1),
        (2, 10, True, 2),
        (None, 10, True, 0),
        ("100%", 4, True, 4),
    ],
)
def test_percentages(value, total, up, expected):
    assert scaled(value, total, up=up) == expected


@pytest.mark.parametrize(
    ("toleration", "tolerated"),
    [
        ({"operator": "Exists"}, True),
        ({"key": "k", "operator": "Exists"}, True),
        ({"key": "k", "value": "v"}, True),
        ({"key": "k", "value": "w"}, False),
        ({"key": "k", "operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": "other", "operator": "Exists"}, False),
        ({"key": "k", "operator": "Gt", "value": "1"}, False),
    ],
)
def test_tolerations(toleration, tolerated):
    assert placement.tolerates(toleration, {"key": "k", "value": "v", "effect": "NoSchedule"}) is tolerated


@pytest.mark.parametrize(
    ("requirement", "fits"),
    [
        ({"key": "zone", "operator": "In", "values": ["a"]}, True),
        ({"key": "zone", "operator": "NotIn", "values": ["a"]}, False),
        ({"key": "none", "operator": "NotIn", "values": ["a"]}, True),
        ({"key": "zone", "operator": "Exists"}, True),
        ({"key": "zone", "operator": "DoesNotExist"}, False),
        ({"key": "cores", "operator": "Gt", "values": ["4"]}, True),
        ({"key": "cores", "operator": "Lt", "values": ["4"]}, False),
        ({"key": "zone", "operator": "Gt", "values": ["4"]}, False),
    ],
)
def test_node_selector_requirements(requirement, fits):
    node = {"metadata": {"name": "n", "labels": {"zone": "a", "cores": "8"}}}
    assert placement.matches_term({"matchExpressions": [requirement]}, node) is fits


def test_empty_node_selector_term_matches_nothing():
    assert not placement.matches_term({}, {"metadata": {"name": "n"}})


def _pod(name, *, node="n", phase="Running", ready=True, age=100.0, cost=None, restarts=0):
    from cluster_core.apimachinery.timestamps import rfc3339

    stamp = rfc3339(NOW - age)
    annotations = {} if cost is None else {"controller.kubernetes.io/pod-deletion-cost": cost}
    state = {"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": stamp}
    return {
        "metadata": {"name": name, "uid": name, "creationTimestamp": stamp, "annotations": annotations},
        "spec": {"nodeName": node, "containers": []},
        "status": {
            "phase": phase,
            "conditions": [state],
            "containerStatuses": [{"name": "m", "restartCount": restarts}],
        },
    }


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (_pod("z", node=""), _pod("a")),
        (_pod("z", phase="Pending"), _pod("a")),
        (_pod("z", ready=False), _pod("a")),
        (_pod("z", cost="-1"), _pod("a")),
        (_pod("z"), _pod("a", cost="1")),
        (_pod("z", age=10), _pod("a", age=1000)),
        (_pod("a", age=100), _pod("z", age=101)),
        (_pod("z", restarts=3), _pod("a")),
        (_pod("a", cost="+5"), _pod("z", cost="1")),
    ],
)
def test_who_goes_first(first, second):
    assert rank_for_replicaset([second, first], [], NOW) == [first, second]


def test_crowded_nodes_lose_pods_first():
    crowd = [_pod("a", node="x"), _pod("b", node="x"), _pod("c", node="y")]
    assert rank_for_replicaset(crowd[::-1], crowd, NOW)[-1]["metadata"]["name"] == "c"


@pytest.mark.parametrize(
    ("found", "text"),
    [(set(), ""), ({0}, "0"), ({0, 1}, "0,1"), ({0, 1, 2}, "0-2"), ({0, 2, 3, 5, 6, 7}, "0,2,3,5-7")],
)
def test_index_text(found, text):
    assert indexes.text(found) == text


@given(st.sets(st.integers(0, 60)))
def test_index_text_round_trip(found):
    assert indexes.parse(indexes.text(found), 61) == found


def test_index_text_survives_damage():
    assert indexes.parse("x,1,3-y,5-9", 8) == {1, 5, 6, 7}


@pytest.mark.parametrize(
    ("failures", "elapsed", "expected"), [(0, 0, 0), (1, 0, 10), (2, 0, 20), (3, 15, 25), (20, 0, 600), (1, 11, 0)]
)
def test_job_backoff(failures, elapsed, expected):
    assert backoff.remaining(failures, NOW, NOW + elapsed) == expected


def _failed_pod(code):
    status = {"name": "main", "state": {"terminated": {"exitCode": code}}}
    return {"metadata": {"name": "p", "namespace": "ns"}, "status": {"containerStatuses": [status]}}


@pytest.mark.parametrize(
    ("rule", "code", "verdict"),
    [
        ({"action": "Ignore", "onExitCodes": {"operator": "In", "values": [42]}}, 42, ("Ignore", False, "")),
        ({"action": "Count", "onExitCodes": {"operator": "NotIn", "values": [42]}}, 1, ("Count", True, "")),
        ({"action": "FailIndex", "onExitCodes": {"operator": "In", "values": [42]}}, 1, ("", True, "")),
        (
            {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}},
            42,
            ("FailJob", True, "Container main for pod ns/p failed with exit code 42 matching FailJob rule at index 0"),
        ),
    ],
)
def test_pod_failure_policy(rule, code, verdict):
    assert tuple(failure_policy.judge({"rules": [rule]}, _failed_pod(code))) == verdict


@pytest.mark.parametrize(
    ("expression", "zone", "after", "next_time"),
    [
        ("*/5 * * * *", None, NOW, NOW + 300),
        ("@hourly", None, NOW, NOW + 3600),
        ("@every 1h30m", None, NOW, NOW + 5400),
        ("0 9 * * ?", "Asia/Tokyo", NOW - 1, NOW),
    ],
)
def test_schedules(expression, zone, after, next_time):
    assert Schedule(expression, zone).after(after) == next_time


@pytest.mark.parametrize(
    ("expression", "zone", "reason"),
    [
        ("61 * * * *", None, "UnparseableSchedule"),
        ("nonsense", None, "UnparseableSchedule"),
        ("@every soon", None, "UnparseableSchedule"),
        ("* * * * *", "Nowhere/Land", "UnknownTimeZone"),
    ],
)
def test_bad_schedules(expression, zone, reason):
    with pytest.raises(ScheduleError) as caught:
        Schedule(expression, zone)
    assert caught.value.reason == reason


def _endpoint(number):
    return {"addresses": [f"10.0.{number // 250}.{number % 250}"], "conditions": {"ready": True}}


@settings(max_examples=40)
@given(st.lists(st.sets(st.integers(0, 260), max_size=100), max_size=3), st.sets(st.integers(0, 260)))
def test_packing_holds_exactly_the_wanted_endpoints(present, wanted):
    seen: set[int] = set()
    slices = []
    for number, members in enumerate(present):
        slices.append({"metadata": {"name": f"s{number}"}, "endpoints": [_endpoint(m) for m in sorted(members - seen)]})
        seen |= members
    plan = packing.pack(slices, [_endpoint(w) for w in sorted(wanted)], None)
    lists = [*plan.create, *(one.get("endpoints") or [] for one in (*plan.update, *plan.keep))]
    assert all(len(endpoints) <= packing.LIMIT for endpoints in lists)
    counted = Counter(endpoint["addresses"][0] for endpoints in lists for endpoint in endpoints)
    assert counted == Counter(_endpoint(w)["addresses"][0] for w in wanted)


def _node(ready, zone="z", **spec):
    conditions = [{"type": "Ready", "status": ready}]
    metadata = {"name": "n", "labels": {"topology.kubernetes.io/zone": zone}}
    return {"metadata": metadata, "spec": spec, "status": {"conditions": conditions}}


@pytest.mark.parametrize(
    ("node", "keys"),
    [
        (_node("True"), None),
        (_node("False"), ["node.kubernetes.io/not-ready"]),
        (_node("Unknown"), ["node.kubernetes.io/unreachable"]),
        (_node("True", unschedulable=True), ["node.kubernetes.io/unschedulable"]),
        (_node("True", taints=[{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]), []),
        (_node("True", taints=[{"key": "mine", "effect": "NoSchedule"}]), None),
    ],
)
def test_schedule_taints(node, keys):
    found = taints.with_schedule_taints(node, NOW)
    assert (None if found is None else [t["key"] for t in found]) == keys


@pytest.mark.parametrize(
    ("up", "down", "state"), [(3, 0, "Normal"), (0, 2, "FullDisruption"), (1, 3, "PartialDisruption"), (3, 2, "Normal")]
)
def test_zone_states(up, down, state):
    assert zones.state_of([_node("True")] * up + [_node("False")] * down) == state


def _volume(name, size="5Gi", modes=("ReadWriteOnce",), storage_class="c", **more):
    spec = {"capacity": {"storage": size}, "accessModes": list(modes), "storageClassName": storage_class, **more}
    return {"metadata": {"name": name}, "spec": spec, "status": {"phase": "Available"}}


def _claim(size="3Gi", modes=("ReadWriteOnce",), **more):
    spec = {"resources": {"requests": {"storage": size}}, "accessModes": list(modes), "storageClassName": "c", **more}
    return {"metadata": {"name": "claim", "namespace": "ns", "uid": "u"}, "spec": spec}


@pytest.mark.parametrize(
    ("volumes", "claim", "expected"),
    [
        ([_volume("big", "10Gi"), _volume("small")], _claim(), "small"),
        ([_volume("tiny", "1Gi")], _claim(), None),
        ([_volume("other", storage_class="d")], _claim(), None),
        ([_volume("wide", "4Gi", ("ReadWriteOnce", "ReadWriteMany")), _volume("plain", "9Gi")], _claim(), "plain"),
        ([_volume("plain")], _claim(modes=("ReadWriteMany",)), None),
        ([_volume("block", volumeMode="Block")], _claim(), None),
        ([_volume("taken", claimRef={"name": "x", "namespace": "ns"}), _volume("free", "9Gi")], _claim(), "free"),
        ([_volume("mine", "9Gi", claimRef={"name": "claim", "namespace": "ns"}), _volume("a")], _claim(), "mine"),
    ],
)
def test_which_volume_a_claim_gets(volumes, claim, expected):
    found = matching.best(volumes, claim, delayed=False)
    assert (found and found["metadata"]["name"]) == expected


def test_a_delayed_claim_only_takes_what_was_bound_for_it():
    assert matching.best([_volume("a")], _claim(), delayed=True) is None


@pytest.mark.parametrize(
    ("gvr", "obj", "usage"),
    [
        (JOBS, {"metadata": {}}, {"count/jobs.batch": "1"}),
        (
            SERVICES,
            {"spec": {"type": "NodePort", "ports": [{}, {}]}},
            {"services": "1", "count/services": "1", "services.nodeports": "2"},
        ),
        (
            PERSISTENTVOLUMECLAIMS,
            {"spec": {"storageClassName": "s", "resources": {"requests": {"storage": "1Gi"}}}},
            {
                "count/persistentvolumeclaims": "1",
                "persistentvolumeclaims": "1",
                "requests.storage": "1Gi",
                "s.storageclass.storage.k8s.io/persistentvolumeclaims": "1",
                "s.storageclass.storage.k8s.io/requests.storage": "1Gi",
            },
        ),
        (PODS, {"metadata": {}, "spec": {"containers": []}, "status": {"phase": "Failed"}}, {"count/pods": "1"}),
        (
            PODS,
            {"metadata": {}, "spec": {"containers": [{"resources": {"requests": {"memory": "512Mi"}}}]}},
            {"pods": "1", "count/pods": "1", "memory": "512Mi", "requests.memory": "512Mi"},
        ),
    ],
)
def test_quota_usage(gvr, obj, usage):
    assert quota.usage_of(gvr, obj, NOW) == usage


@pytest.mark.parametrize(
    ("current", "wanted", "expected", "reason"),
    [
        (2, 3, 3, "DesiredWithinRange"),
        (2, 30, 4, "ScaleUpLimit"),
        (8, 30, 10, "TooManyReplicas"),
        (3, 0, 1, "TooFewReplicas"),
    ],
)
def test_autoscaler_limits(current, wanted, expected, reason):
    limited = limit({"minReplicas": 1, "maxReplicas": 10}, History(), current, wanted, NOW)
    assert (limited.replicas, limited.limited[1]) == (expected, reason)


def test_autoscaler_shrinks_only_after_the_window():
    history, spec = History(), {"minReplicas": 1, "maxReplicas": 10}
    assert limit(spec, history, 8, 8, NOW).replicas == 8
    held = limit(spec, history, 8, 2, NOW + 60)
    assert (held.replicas, held.able[1]) == (8, "ScaleDownStabilized")
    assert limit(spec, history, 8, 2, NOW + 400).replicas == 2


def test_autoscaler_behavior_sets_the_pace():
    policies = [{"type": "Pods", "value": 1, "periodSeconds": 60}]
    behavior = {"scaleUp": {"policies": policies, "selectPolicy": "Max", "stabilizationWindowSeconds": 0}}
    spec = {"minReplicas": 1, "maxReplicas": 10, "behavior": behavior}
    assert limit(spec, History(), 3, 9, NOW).replicas == 4
    behavior["scaleUp"]["selectPolicy"] = "Disabled"
    assert limit(spec, History(), 3, 9, NOW).replicas == 3


def _measured(count, ready=True):
    pods = []
    for number in range(count):
        pod = _pod(f"p{number}", ready=ready, age=1000)
        pod["status"]["startTime"] = pod["metadata"]["creationTimestamp"]
        pod["spec"]["containers"] = [{"name": "m", "resources": {"requests": {"cpu": "100m"}}}]
        pods.append(pod)
    return pods


@pytest.mark.parametrize(("usage", "expected"), [(50, 2), (100, 4), (52, 2), (20, 1)])
def test_utilization_sets_the_size(usage, expected):
    pods = _measured(2)
    targets = calculator.Targets(pods, 2, calculator.Tolerances(), NOW)
    metrics = {pod["metadata"]["name"]: PodMetric(usage, NOW, 30) for pod in pods}
    assert calculator.by_utilization(targets, metrics, "cpu", "", 50).replicas == expected


def test_a_missing_request_is_named():
    pods = _measured(1)
    pods[0]["spec"]["containers"][0]["resources"] = {}
    targets = calculator.Targets(pods, 1, calculator.Tolerances(), NOW)
    with pytest.raises(MetricError, match="missing request for cpu in container m of Pod p0"):
        calculator.by_utilization(targets, {"p0": PodMetric(50, NOW, 30)}, "cpu", "", 50)
