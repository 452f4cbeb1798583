"""Webhook configurations: what the validating and the mutating kind share."""

from cluster_core.api.cells import AGE, NAME, count
from cluster_core.api.resource import Column, Object


def default_webhooks(configuration: Object) -> None:
    """Webhooks fail closed after ten seconds and see every object."""
    for webhook in configuration.get("webhooks") or ():
        webhook.setdefault("failurePolicy", "Fail")
        default_match(webhook)
        webhook.setdefault("timeoutSeconds", 10)
        default_client(webhook["clientConfig"])
        for rule in webhook.get("rules") or ():
            rule.setdefault("scope", "*")


def default_client(config: Object) -> None:
    """A service is called on port 443."""
    if "service" in config:
        config["service"].setdefault("port", 443)


def default_match(match: Object) -> None:
    """Equivalent versions match; no selector selects everything."""
    match.setdefault("matchPolicy", "Equivalent")
    match.setdefault("namespaceSelector", {})
    match.setdefault("objectSelector", {})


COLUMNS = (NAME, Column("Webhooks", count("webhooks"), "integer"), AGE)
