"""Which admission plugins exist: name to module and class, imported when a chain is built."""

PLUGINS = {
    "NamespaceLifecycle": ("namespace_lifecycle", "NamespaceLifecycle"),
    "LimitRanger": ("limit_ranger", "LimitRanger"),
    "ServiceAccount": ("service_account", "ServiceAccount"),
    "NodeRestriction": ("node_restriction", "NodeRestriction"),
    "TaintNodesByCondition": ("taint_nodes_by_condition", "TaintNodesByCondition"),
    "PodSecurity": ("pod_security", "PodSecurity"),
    "Priority": ("priority", "Priority"),
    "DefaultTolerationSeconds": ("default_toleration_seconds", "DefaultTolerationSeconds"),
    "DefaultStorageClass": ("default_storage_class", "DefaultStorageClass"),
    "StorageObjectInUseProtection": ("storage_object_in_use_protection", "StorageObjectInUseProtection"),
    "PersistentVolumeClaimResize": ("persistent_volume_claim_resize", "PersistentVolumeClaimResize"),
    "RuntimeClass": ("runtime_class", "RuntimeClass"),
    "CertificateApproval": ("certificate_approval", "CertificateApproval"),
    "CertificateSigning": ("certificate_signing", "CertificateSigning"),
    "CertificateSubjectRestriction": ("certificate_subject_restriction", "CertificateSubjectRestriction"),
    "DefaultIngressClass": ("default_ingress_class", "DefaultIngressClass"),
    "PodTopologyLabels": ("pod_topology_labels", "PodTopologyLabels"),
    "PodResizeValidator": ("pod_resize_validator", "PodResizeValidator"),
    "ValidatingAdmissionPolicy": ("validating_admission_policy", "ValidatingAdmissionPolicy"),
    "ResourceQuota": ("resource_quota", "ResourceQuota"),
}
