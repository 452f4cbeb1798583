"""CertificateSigningRequest: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="certificates.k8s.io",
        version="v1",
        kind="CertificateSigningRequest",
        plural="certificatesigningrequests",
        short_names=("csr",),
        namespaced=False,
        subresources=(
            "approval",
            "status",
        ),
    ),
)
