"""Kinds that Kubernetes has deprecated: since when, until when, and what comes in their place.

Called by `check` and by lint. Must not know about charts.
"""

from functools import cache

# API version, deprecated in, gone in ("-": still there), API version to use ("-": none), kinds. "Kind+" stands for KindList as well,
# "Kind>Other" for a kind with another name there. A line that is indented goes on with the one above it.
_TABLE = """
admissionregistration.k8s.io/v1alpha1 1.29 1.32 - ValidatingAdmissionPolicy+ ValidatingAdmissionPolicyBinding+
admissionregistration.k8s.io/v1alpha1 1.35 1.38 - MutatingAdmissionPolicy+ MutatingAdmissionPolicyBinding+
admissionregistration.k8s.io/v1beta1 1.16 1.22 admissionregistration.k8s.io/v1 MutatingWebhookConfiguration+
    ValidatingWebhookConfiguration+
admissionregistration.k8s.io/v1beta1 1.31 1.34 - ValidatingAdmissionPolicy+ ValidatingAdmissionPolicyBinding+
admissionregistration.k8s.io/v1beta1 1.37 1.40 admissionregistration.k8s.io/v1 MutatingAdmissionPolicy+
    MutatingAdmissionPolicyBinding+
apps/v1beta1 1.8 1.16 apps/v1 ControllerRevision+ Deployment+ DeploymentRollback StatefulSet+
apps/v1beta1 1.8 1.16 autoscaling/v1 Scale
apps/v1beta2 1.9 1.16 apps/v1 ControllerRevision+ DaemonSet+ Deployment+ ReplicaSet+ StatefulSet+
apps/v1beta2 1.9 1.16 autoscaling/v1 Scale
authentication.k8s.io/v1alpha1 1.29 1.32 - SelfSubjectReview
authentication.k8s.io/v1beta1 1.19 1.22 authentication.k8s.io/v1 TokenReview
authentication.k8s.io/v1beta1 1.30 1.33 - SelfSubjectReview
authorization.k8s.io/v1beta1 1.19 1.22 authorization.k8s.io/v1 LocalSubjectAccessReview SelfSubjectAccessReview
    SelfSubjectRulesReview SubjectAccessReview
batch/v1beta1 1.21 1.25 batch/v1 CronJob+
certificates.k8s.io/v1alpha1 1.34 1.37 - ClusterTrustBundle+
certificates.k8s.io/v1beta1 1.19 1.22 certificates.k8s.io/v1 CertificateSigningRequest+
certificates.k8s.io/v1beta1 1.37 1.40 certificates.k8s.io/v1 ClusterTrustBundle+ PodCertificateRequest+
coordination.k8s.io/v1alpha2 1.35 1.38 - LeaseCandidate+
coordination.k8s.io/v1beta1 1.19 1.22 coordination.k8s.io/v1 Lease+
coordination.k8s.io/v1beta1 1.36 1.39 - LeaseCandidate+
discovery.k8s.io/v1beta1 1.21 1.25 discovery.k8s.io/v1 EndpointSlice EndpointSliceList>EndpointSlice
events.k8s.io/v1beta1 1.22 1.25 - Event+
extensions/v1beta1 1.14 1.22 networking.k8s.io/v1 Ingress+
extensions/v1beta1 1.2 1.16 - Scale
extensions/v1beta1 1.8 1.16 - DeploymentRollback
extensions/v1beta1 1.8 1.16 apps/v1 DaemonSet+ Deployment+ ReplicaSet+
extensions/v1beta1 1.9 1.16 networking.k8s.io/v1 NetworkPolicy+
flowcontrol.apiserver.k8s.io/v1beta1 1.23 1.26 flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema+
    PriorityLevelConfiguration+
flowcontrol.apiserver.k8s.io/v1beta2 1.26 1.29 flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema+
    PriorityLevelConfiguration+
flowcontrol.apiserver.k8s.io/v1beta3 1.29 1.32 flowcontrol.apiserver.k8s.io/v1 FlowSchema+
    PriorityLevelConfiguration+
lifecycle.k8s.io/v1alpha1 1.40 1.43 - Eviction+ EvictionRequest+
networking.k8s.io/v1beta1 1.19 1.22 networking.k8s.io/v1 Ingress+ IngressClass>IngressClassList IngressClassList
networking.k8s.io/v1beta1 1.34 1.37 - IPAddress+ ServiceCIDR+
node.k8s.io/v1beta1 1.22 1.25 - RuntimeClass+
policy/v1beta1 1.21 1.25 policy/v1 PodDisruptionBudget+
policy/v1beta1 1.22 1.25 - Eviction
rbac.authorization.k8s.io/v1beta1 1.17 1.22 rbac.authorization.k8s.io/v1 ClusterRole+ ClusterRoleBinding+ Role+
    RoleBinding+
resource.k8s.io/v1alpha3 1.36 1.39 - DeviceTaintRule+
resource.k8s.io/v1alpha3 1.39 1.42 - ResourcePoolStatusRequest+
resource.k8s.io/v1beta1 1.35 1.38 - DeviceClass+ ResourceClaim+ ResourceClaimTemplate+ ResourceSlice+
resource.k8s.io/v1beta2 1.36 1.39 - DeviceClass+ ResourceClaim+ ResourceClaimTemplate+ ResourceSlice+
resource.k8s.io/v1beta2 1.39 1.42 - DeviceTaintRule+
scheduling.k8s.io/v1beta1 1.14 1.22 scheduling.k8s.io/v1 PriorityClass+
scheduling.k8s.io/v1beta1 1.40 1.43 - PodGroup+ Workload+
storage.k8s.io/v1alpha1 1.21 1.24 storage.k8s.io/v1 VolumeAttachment+
storage.k8s.io/v1alpha1 1.21 1.24 storage.k8s.io/v1beta1 CSIStorageCapacity+
storage.k8s.io/v1alpha1 1.32 1.35 storage.k8s.io/v1 VolumeAttributesClass+
storage.k8s.io/v1beta1 1.17 1.22 storage.k8s.io/v1 CSINode CSINodeList>CSINode
storage.k8s.io/v1beta1 1.19 1.22 storage.k8s.io/v1 CSIDriver+ StorageClass+ VolumeAttachment+
storage.k8s.io/v1beta1 1.24 1.27 storage.k8s.io/v1 CSIStorageCapacity+
storage.k8s.io/v1beta1 1.34 1.37 storage.k8s.io/v1 VolumeAttributesClass+
storagemigration.k8s.io/v1beta1 1.37 1.40 storagemigration.k8s.io/v1 StorageVersionMigration+
v1 1.19 - - ComponentStatus+
v1 1.33 - discovery.k8s.io/v1 Endpoints>EndpointSlice EndpointsList>EndpointSliceList
"""

# Kinds that are gone altogether, of which `warning` knows nothing.
_GONE = """
apiextensions.k8s.io/v1beta1 1.16 1.22 apiextensions.k8s.io/v1 CustomResourceDefinition+
apiregistration.k8s.io/v1beta1 1.19 1.22 apiregistration.k8s.io/v1 APIService+
autoscaling/v2beta1 1.22 1.25 autoscaling/v2 HorizontalPodAutoscaler+
autoscaling/v2beta2 1.23 1.26 autoscaling/v2 HorizontalPodAutoscaler+
batch/v2alpha1 1.8 1.21 batch/v1 CronJob+
extensions/v1beta1 1.10 1.16 - PodSecurityPolicy+
policy/v1beta1 1.21 1.25 - PodSecurityPolicy+
"""


def warning(api_version: str, kind: str, kube_version: tuple[int, int]) -> str:
    """What Kubernetes says of a deprecated kind; empty for others, and for versions before the deprecation."""
    entry = _entries(_TABLE).get((api_version, kind))
    if entry is None or tuple(map(int, entry[0].split("."))) > kube_version:
        return ""
    deprecated, removed, replacement = entry
    text = f"{api_version} {kind} is deprecated in v{deprecated}+"
    if removed != "-":
        text += f", unavailable in v{removed}+"
    return f"{text}; use {replacement}" if replacement else text


def removal(api_version: str, kind: str, kube_version: tuple[int, int]) -> str:
    """Why that version of Kubernetes no longer serves a kind, and what to use; empty if it was never taken away by then."""
    entry = _entries(_TABLE).get((api_version, kind)) or _entries(_GONE).get((api_version, kind))
    if entry is None or entry[1] == "-" or tuple(map(int, entry[1].split("."))) > kube_version:
        return ""
    text = f"{api_version} {kind} was removed in Kubernetes {entry[1]}"
    return f"{text}; use {entry[2]}" if entry[2] else text


@cache
def _entries(table: str) -> dict[tuple[str, str], tuple[str, str, str]]:
    """(API version, kind): (deprecated in, removed in, "apps/v1 Deployment")."""
    entries = {}
    for line in table.strip().replace("\n    ", " ").split("\n"):
        api_version, deprecated, removed, new_version, *kinds = line.split(" ")
        for entry in kinds:
            names = [entry[:-1], entry[:-1] + "List"] if entry.endswith("+") else [entry]
            for name in names:
                kind, _, other = name.partition(">")
                replacement = "" if new_version == "-" else f"{new_version} {other or kind}"
                entries[api_version, kind] = (deprecated, removed, replacement)
    return entries
