"""ValidatingWebhookConfiguration."""

from cluster_core.api.admissionregistration.webhooks import COLUMNS, default_webhooks
from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="admissionregistration.k8s.io",
        version="v1",
        kind="ValidatingWebhookConfiguration",
        plural="validatingwebhookconfigurations",
        categories=("api-extensions",),
        namespaced=False,
        default=default_webhooks,
        columns=COLUMNS,
    ),
)
