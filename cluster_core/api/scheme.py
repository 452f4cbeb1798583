"""The table of every built-in resource: which file describes it, without importing that file.

The API server, discovery and the client's static mapper look names up here; a kind's file is imported when the kind is first used, so
that opening a cluster pays for the kinds in use only. Custom resources are not here: `apiserver/crd` adds them on top.
"""

from functools import cache
from importlib import import_module
from typing import NamedTuple

from cluster_core.api.resource import Resource
from cluster_core.apimachinery.gvk import GVK, GVR


class Row(NamedTuple):
    """One served version of one resource, by name; `module` is the file under cluster_core.api that describes it."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    module: str

    @property
    def gvk(self) -> GVK:
        """Group, version, kind."""
        return GVK(self.group, self.version, self.kind)

    @property
    def gvr(self) -> GVR:
        """Group, version, resource."""
        return GVR(self.group, self.version, self.plural)


# fmt: off
# In the order of discovery: groups by priority, preferred version first, kinds by name.
_TABLE = (
    ("", "v1", "Binding", "bindings", True, "core.binding"),
    ("", "v1", "ComponentStatus", "componentstatuses", False, "core.component_status"),
    ("", "v1", "ConfigMap", "configmaps", True, "core.config_map"),
    ("", "v1", "Endpoints", "endpoints", True, "core.endpoints"),
    ("", "v1", "Event", "events", True, "core.event"),
    ("", "v1", "LimitRange", "limitranges", True, "core.limit_range"),
    ("", "v1", "Namespace", "namespaces", False, "core.namespace"),
    ("", "v1", "Node", "nodes", False, "core.node"),
    ("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", True, "core.persistent_volume_claim"),
    ("", "v1", "PersistentVolume", "persistentvolumes", False, "core.persistent_volume"),
    ("", "v1", "Pod", "pods", True, "core.pod"),
    ("", "v1", "PodTemplate", "podtemplates", True, "core.pod_template"),
    ("", "v1", "ReplicationController", "replicationcontrollers", True, "core.replication_controller"),
    ("", "v1", "ResourceQuota", "resourcequotas", True, "core.resource_quota"),
    ("", "v1", "Secret", "secrets", True, "core.secret"),
    ("", "v1", "ServiceAccount", "serviceaccounts", True, "core.service_account"),
    ("", "v1", "Service", "services", True, "core.service"),
    ("apiregistration.k8s.io", "v1", "APIService", "apiservices", False, "apiregistration.api_service"),
    ("apps", "v1", "ControllerRevision", "controllerrevisions", True, "apps.controller_revision"),
    ("apps", "v1", "DaemonSet", "daemonsets", True, "apps.daemon_set"),
    ("apps", "v1", "Deployment", "deployments", True, "apps.deployment"),
    ("apps", "v1", "ReplicaSet", "replicasets", True, "apps.replica_set"),
    ("apps", "v1", "StatefulSet", "statefulsets", True, "apps.stateful_set"),
    ("events.k8s.io", "v1", "Event", "events", True, "events.event"),
    ("authentication.k8s.io", "v1", "SelfSubjectReview", "selfsubjectreviews", False, "authentication.self_subject_review"),
    ("authentication.k8s.io", "v1", "TokenReview", "tokenreviews", False, "authentication.token_review"),
    ("authorization.k8s.io", "v1", "LocalSubjectAccessReview", "localsubjectaccessreviews", True, "authorization.local_subject_access_review"),
    ("authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", False, "authorization.self_subject_access_review"),
    ("authorization.k8s.io", "v1", "SelfSubjectRulesReview", "selfsubjectrulesreviews", False, "authorization.self_subject_rules_review"),
    ("authorization.k8s.io", "v1", "SubjectAccessReview", "subjectaccessreviews", False, "authorization.subject_access_review"),
    ("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", True, "autoscaling.horizontal_pod_autoscaler"),
    ("autoscaling", "v1", "HorizontalPodAutoscaler", "horizontalpodautoscalers", True, "autoscaling.horizontal_pod_autoscaler"),
    ("batch", "v1", "CronJob", "cronjobs", True, "batch.cron_job"),
    ("batch", "v1", "Job", "jobs", True, "batch.job"),
    ("certificates.k8s.io", "v1", "CertificateSigningRequest", "certificatesigningrequests", False, "certificates.certificate_signing_request"),
    ("networking.k8s.io", "v1", "IngressClass", "ingressclasses", False, "networking.ingress_class"),
    ("networking.k8s.io", "v1", "Ingress", "ingresses", True, "networking.ingress"),
    ("networking.k8s.io", "v1", "IPAddress", "ipaddresses", False, "networking.ip_address"),
    ("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", True, "networking.network_policy"),
    ("networking.k8s.io", "v1", "ServiceCIDR", "servicecidrs", False, "networking.service_cidr"),
    ("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", True, "policy.pod_disruption_budget"),
    ("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", False, "rbac.cluster_role_binding"),
    ("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", False, "rbac.cluster_role"),
    ("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", True, "rbac.role_binding"),
    ("rbac.authorization.k8s.io", "v1", "Role", "roles", True, "rbac.role"),
    ("storage.k8s.io", "v1", "CSIDriver", "csidrivers", False, "storage.csi_driver"),
    ("storage.k8s.io", "v1", "CSINode", "csinodes", False, "storage.csi_node"),
    ("storage.k8s.io", "v1", "CSIStorageCapacity", "csistoragecapacities", True, "storage.csi_storage_capacity"),
    ("storage.k8s.io", "v1", "StorageClass", "storageclasses", False, "storage.storage_class"),
    ("storage.k8s.io", "v1", "VolumeAttachment", "volumeattachments", False, "storage.volume_attachment"),
    ("storage.k8s.io", "v1", "VolumeAttributesClass", "volumeattributesclasses", False, "storage.volume_attributes_class"),
    ("admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicy", "mutatingadmissionpolicies", False, "admissionregistration.mutating_admission_policy"),
    ("admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings", False, "admissionregistration.mutating_admission_policy_binding"),
    ("admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", False, "admissionregistration.mutating_webhook_configuration"),
    ("admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", False, "admissionregistration.validating_admission_policy"),
    ("admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", False, "admissionregistration.validating_admission_policy_binding"),
    ("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", False, "admissionregistration.validating_webhook_configuration"),
    ("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", False, "apiextensions.custom_resource_definition"),
    ("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", False, "scheduling.priority_class"),
    ("coordination.k8s.io", "v1", "Lease", "leases", True, "coordination.lease"),
    ("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", False, "node.runtime_class"),
    ("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", True, "discovery.endpoint_slice"),
    ("resource.k8s.io", "v1", "DeviceClass", "deviceclasses", False, "dra.device_class"),
    ("resource.k8s.io", "v1", "ResourceClaim", "resourceclaims", True, "dra.resource_claim"),
    ("resource.k8s.io", "v1", "ResourceClaimTemplate", "resourceclaimtemplates", True, "dra.resource_claim_template"),
    ("resource.k8s.io", "v1", "ResourceSlice", "resourceslices", False, "dra.resource_slice"),
    ("flowcontrol.apiserver.k8s.io", "v1", "FlowSchema", "flowschemas", False, "flowcontrol.flow_schema"),
    ("flowcontrol.apiserver.k8s.io", "v1", "PriorityLevelConfiguration", "prioritylevelconfigurations", False, "flowcontrol.priority_level_configuration"),
)
# fmt: on


@cache
def rows() -> tuple[Row, ...]:
    """Every built-in resource in the order of discovery."""
    return tuple(Row(*entry) for entry in _TABLE)


@cache
def _by_resource() -> dict[tuple[str, str, str], Row]:
    return {(row.group, row.version, row.plural): row for row in rows()}


@cache
def _by_kind() -> dict[tuple[str, str, str], Row]:
    return {(row.group, row.version, row.kind): row for row in rows()}


def row_for(group: str, version: str, plural: str) -> Row | None:
    """The names of a resource, without importing its file."""
    return _by_resource().get((group, version, plural))


def row_for_kind(group: str, version: str, kind: str) -> Row | None:
    """The names of a kind, without importing its file."""
    return _by_kind().get((group, version, kind))


@cache
def _load(row: Row) -> Resource:
    module = import_module(f"cluster_core.api.{row.module}")
    for resource in module.RESOURCES:
        if (resource.group, resource.version, resource.plural) == (row.group, row.version, row.plural):
            assert isinstance(resource, Resource)
            return resource
    raise LookupError(f"{row.module} does not describe {row.plural}.{row.version}.{row.group}")


def lookup(group: str, version: str, plural: str) -> Resource | None:
    """The resource served under /apis/GROUP/VERSION/PLURAL, or None if no built-in one is."""
    row = row_for(group, version, plural)
    return _load(row) if row else None


def lookup_kind(gvk: GVK) -> Resource | None:
    """The resource whose objects state this apiVersion and kind, or None."""
    row = row_for_kind(*gvk)
    return _load(row) if row else None


def all_resources() -> tuple[Resource, ...]:
    """Every built-in resource (imports every kind's file: discovery and tests only)."""
    return tuple(_load(row) for row in rows())


@cache
def groups() -> dict[str, tuple[str, ...]]:
    """Group -> its versions, preferred first, groups in the order of discovery; the core group is ""."""
    found: dict[str, list[str]] = {}
    for row in rows():
        versions = found.setdefault(row.group, [])
        if row.version not in versions:
            versions.append(row.version)
    return {group: tuple(versions) for group, versions in found.items()}


def preferred_version(group: str) -> str | None:
    """The version that clients should use for a group, or None for an unknown group."""
    versions = groups().get(group)
    return versions[0] if versions else None


def __getattr__(name: str) -> tuple[Resource, ...]:
    """`RESOURCES` is built on first use."""
    if name == "RESOURCES":
        return all_resources()
    raise AttributeError(name)
