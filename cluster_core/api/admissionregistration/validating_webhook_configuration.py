"""ValidatingWebhookConfiguration."""

from cluster_core.api.admissionregistration.webhooks import COLUMNS, default_webhooks, validate, validate_update
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
        validate=validate,
        validate_update=validate_update,
        unconditional_update=False,
        columns=COLUMNS,
    ),
)
