"""MutatingWebhookConfiguration."""

from cluster_core.api.admissionregistration.webhooks import COLUMNS, default_webhooks, validate, validate_update
from cluster_core.api.resource import Object, Resource


def default(configuration: Object) -> None:
    """As validating webhooks; called once."""
    default_webhooks(configuration)
    for webhook in configuration.get("webhooks") or ():
        webhook.setdefault("reinvocationPolicy", "Never")


RESOURCES = (
    Resource(
        group="admissionregistration.k8s.io",
        version="v1",
        kind="MutatingWebhookConfiguration",
        plural="mutatingwebhookconfigurations",
        categories=("api-extensions",),
        namespaced=False,
        default=default,
        validate=validate,
        validate_update=validate_update,
        unconditional_update=False,
        columns=COLUMNS,
    ),
)
