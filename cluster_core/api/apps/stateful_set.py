"""StatefulSet: defaults, status reset, columns."""

from cluster_core.api.apps import templates
from cluster_core.api.cells import AGE, NAME, workload_columns
from cluster_core.api.core.persistent_volume_claim import default_claim, validate_claim_spec
from cluster_core.api.core.pod_spec.defaults import default_template
from cluster_core.api.core.pod_spec.disabled import drop_disabled
from cluster_core.api.core.pod_spec.validation import template_errors
from cluster_core.api.core.pod_spec.warnings import workload_warnings
from cluster_core.api.go_structs import shown
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import keep_status
from cluster_core.api.validation import (
    Errors,
    int_or_percent,
    int_or_percent_value,
    name,
    non_negative,
    not_more_than_all,
    one_of,
    optional_non_negative,
    selector_text,
)
from cluster_core.apimachinery import field
from cluster_core.apimachinery.names import dns1123_label, name_is_dns_label


def default(stateful_set: Object) -> None:
    """One replica, pods in order, claims kept."""
    spec = stateful_set["spec"]
    if not spec.get("podManagementPolicy"):
        spec["podManagementPolicy"] = "OrderedReady"
    _default_update(spec["updateStrategy"])
    retention = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    retention.setdefault("whenDeleted", "Retain")
    retention.setdefault("whenScaled", "Retain")
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", 10)
    default_template(spec["template"])
    for claim in spec.get("volumeClaimTemplates") or ():
        claim.setdefault("apiVersion", "v1")
        claim.setdefault("kind", "PersistentVolumeClaim")
        default_claim(claim)


def _default_update(strategy: Object) -> None:
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
        strategy.setdefault("rollingUpdate", {})
    if strategy["type"] == "RollingUpdate" and "rollingUpdate" in strategy:
        strategy["rollingUpdate"].setdefault("partition", 0)


ALLOWED_CHANGES = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)
_MUTABLE = (
    "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)  # fmt: skip


def prepare(new: Object, old: Object | None) -> None:
    """Status is kept; maxUnavailable is an alpha field, dropped unless it was there."""
    drop_disabled(new["spec"]["template"]["spec"], old)
    keep_status(new, old, {"replicas": 0, "availableReplicas": 0})
    rolling = new["spec"]["updateStrategy"].get("rollingUpdate") or {}
    if "maxUnavailable" in rolling and not _uses_max_unavailable(old):
        del rolling["maxUnavailable"]


def _uses_max_unavailable(stateful_set: Object | None) -> bool:
    strategy = stateful_set["spec"]["updateStrategy"] if stateful_set else {}
    return "maxUnavailable" in (strategy.get("rollingUpdate") or {})


def validate(stateful_set: Object) -> Errors:
    """A new stateful set."""
    errors: Errors = []
    _validate_spec(errors, stateful_set["spec"], new=True)
    return errors


def _validate_spec(errors: Errors, spec: Object, *, new: bool) -> None:
    management = spec["podManagementPolicy"]
    if management not in ("OrderedReady", "Parallel"):
        problem = "must be 'OrderedReady' or 'Parallel'"
        errors.append(field.invalid("spec.podManagementPolicy", management, problem))
    _validate_strategy(errors, "spec.updateStrategy", spec["updateStrategy"])
    for each in ("whenDeleted", "whenScaled"):
        policy = spec["persistentVolumeClaimRetentionPolicy"][each]
        path = f"spec.persistentVolumeClaimRetentionPolicy.{each}"
        one_of(errors, path, policy, ("Retain", "Delete"))
    if new:
        for index, claim in enumerate(spec.get("volumeClaimTemplates") or ()):
            validate_claim_spec(errors, f"spec.volumeClaimTemplates[{index}].spec", claim["spec"])
    optional_non_negative(errors, spec, "spec", "replicas", "minReadySeconds")
    if "ordinals" in spec:
        non_negative(errors, "spec.ordinals.start", spec["ordinals"].get("start", 0))
    if new and spec.get("serviceName"):
        name(errors, "spec.serviceName", spec["serviceName"], dns1123_label)
    _validate_template(errors, spec)


def _validate_strategy(errors: Errors, path: str, strategy: Object) -> None:
    kind, rolling = strategy["type"], strategy.get("rollingUpdate")
    if kind == "OnDelete":
        if rolling is not None:
            value = shown("RollingUpdateStatefulSetStrategy", rolling)
            problem = "only allowed for updateStrategy 'RollingUpdate'"
            errors.append(field.invalid(f"{path}.rollingUpdate", value, problem))
    elif kind != "RollingUpdate":
        value = shown("StatefulSetUpdateStrategy", strategy)
        errors.append(field.invalid(path, value, "must be 'RollingUpdate' or 'OnDelete'"))
    elif rolling is not None:
        non_negative(errors, f"{path}.rollingUpdate.partition", rolling.get("partition", 0))
        most = rolling.get("maxUnavailable")
        if most is not None:
            int_or_percent(errors, f"{path}.rollingUpdate.maxUnavailable", most)
            if not int_or_percent_value(most):
                errors.append(field.invalid(f"{path}.rollingUpdate.maxUnavailable", most, "cannot be 0"))
            not_more_than_all(errors, f"{path}.rollingUpdate.maxUnavailable", most)


def _validate_template(errors: Errors, spec: Object) -> None:
    selector = spec.get("selector")
    if templates.selector_errors(errors, "spec.selector", selector, "statefulset"):
        templates.labels_match(errors, "spec.template", spec["template"], selector)
        template_errors(errors, "spec.template", _with_claims(spec))
    else:
        errors.append(field.invalid("spec.selector", selector_text(selector), ""))
    templates.always_restarted(errors, "spec.template.spec", spec["template"]["spec"], "StatefulSet")


def _with_claims(spec: Object) -> Object:
    """The template as its pods will be: with a volume per claim template, without the names that the controller gives."""
    template: Object = spec["template"]
    pod_spec = {key: value for key, value in template["spec"].items() if key not in ("subdomain", "hostname")}
    claims = [claim["metadata"].get("name", "") for claim in spec.get("volumeClaimTemplates") or ()]
    if claims:
        volumes = [{"name": claim, "persistentVolumeClaim": {"claimName": claim}} for claim in claims]
        others = [volume for volume in pod_spec.get("volumes") or () if volume["name"] not in claims]
        pod_spec["volumes"] = [*volumes, *others]
    return {**template, "spec": pod_spec}


def validate_update(new: Object, old: Object) -> Errors:
    """A changed stateful set."""
    errors: Errors = []
    _validate_spec(errors, new["spec"], new=False)
    after, before = ({k: v for k, v in sts["spec"].items() if k not in _MUTABLE} for sts in (new, old))
    if after != before:
        errors.append(field.forbidden("spec", ALLOWED_CHANGES))
    return errors


_COUNTS = (
    "replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas", "observedGeneration",
    "collisionCount",
)  # fmt: skip


def validate_status(new: Object, old: Object) -> Errors:
    """A changed status."""
    errors: Errors = []
    bounded = ("readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas")
    templates.status_counts(errors, new["status"], _COUNTS, bounded, "status.readyReplicas")
    templates.not_decremented(errors, new["status"], old["status"])
    return errors


def _ready(stateful_set: Object, _now: float) -> str:
    return f"{stateful_set['status'].get('readyReplicas', 0)}/{stateful_set['spec'].get('replicas', 0)}"


def warnings(new: Object, old: Object | None) -> list[str]:
    """What is odd about the template and the history."""
    found = workload_warnings(new, old)
    if (new["spec"].get("revisionHistoryLimit") or 0) < 0:
        advice = "a negative value retains all historical revisions; a value >= 0 is recommended"
        found.append(f"spec.revisionHistoryLimit: {advice}")
    return found


RESOURCES = (
    Resource(
        group="apps",
        version="v1",
        kind="StatefulSet",
        plural="statefulsets",
        short_names=("sts",),
        categories=("all",),
        subresources=("scale", "status"),
        default=default,
        prepare=prepare,
        warnings=warnings,
        validate=validate,
        validate_update=validate_update,
        validate_status=validate_status,
        name_rule=name_is_dns_label,
        columns=(
            NAME,
            Column("Ready", _ready),
            AGE,
            *workload_columns(lambda sts: sts["spec"]["template"]["spec"], lambda _: "")[:2],
        ),
    ),
)
