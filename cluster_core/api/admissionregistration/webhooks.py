"""Webhook configurations: what the validating and the mutating kind share."""

from urllib.parse import urlsplit

from cluster_core.api.admissionregistration.match_rules import (
    FAILURE_POLICIES,
    MATCH_POLICIES,
    validate_conditions,
    validate_rule,
)
from cluster_core.api.cells import AGE, NAME, count
from cluster_core.api.resource import Column, Object
from cluster_core.api.validation import PORT_RANGE, Errors, fully_qualified_name, label_selector, name, one_of
from cluster_core.apimachinery import field
from cluster_core.apimachinery.names import dns1035_label, dns1123_subdomain


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


_REVIEW_VERSIONS = ("v1", "v1beta1")
_NO_SIDE_EFFECTS = ("None", "NoneOnDryRun")
_FORM = "; desired format: https://host[/path]"


def validate(configuration: Object) -> Errors:
    """A new configuration."""
    errors: Errors = []
    seen: set[str] = set()
    for index, webhook in enumerate(configuration.get("webhooks") or ()):
        path, own_name = f"webhooks[{index}]", webhook.get("name", "")
        _validate_webhook(errors, path, webhook)
        _validate_versions(errors, f"{path}.admissionReviewVersions", webhook.get("admissionReviewVersions"))
        if own_name and own_name in seen:
            errors.append(field.duplicate(f"{path}.name", own_name))
        seen.add(own_name)
    return errors


def validate_update(new: Object, _old: Object) -> Errors:
    """As a new one."""
    return validate(new)


def _validate_webhook(errors: Errors, path: str, webhook: Object) -> None:
    fully_qualified_name(errors, f"{path}.name", webhook.get("name", ""))
    for index, rule in enumerate(webhook.get("rules") or ()):
        validate_rule(errors, f"{path}.rules[{index}]", rule)
    one_of(errors, f"{path}.failurePolicy", webhook.get("failurePolicy", "Fail"), FAILURE_POLICIES)
    one_of(errors, f"{path}.matchPolicy", webhook.get("matchPolicy", "Exact"), MATCH_POLICIES)
    effects = webhook.get("sideEffects")
    if effects is None:
        errors.append(field.required(f"{path}.sideEffects", "must specify one of None, NoneOnDryRun"))
    else:
        one_of(errors, f"{path}.sideEffects", effects, _NO_SIDE_EFFECTS)
    timeout = webhook.get("timeoutSeconds", 10)
    if not 1 <= timeout <= 30:
        problem = "the timeout value must be between 1 and 30 seconds"
        errors.append(field.invalid(f"{path}.timeoutSeconds", timeout, problem))
    for each in ("namespaceSelector", "objectSelector"):
        label_selector(errors, f"{path}.{each}", webhook.get(each))
    validate_client(errors, f"{path}.clientConfig", webhook.get("clientConfig") or {})
    validate_conditions(errors, f"{path}.matchConditions", webhook.get("matchConditions") or [])
    if "reinvocationPolicy" in webhook:
        one_of(errors, f"{path}.reinvocationPolicy", webhook["reinvocationPolicy"], ("IfNeeded", "Never"))


def _validate_versions(errors: Errors, path: str, versions: list[str] | None) -> None:
    if not versions:
        errors.append(field.required(path, "must specify one of v1, v1beta1"))
        return
    for index, version in enumerate(versions):
        if version in versions[:index]:
            errors.append(field.invalid(f"{path}[{index}]", version, "duplicate version"))
        else:
            name(errors, f"{path}[{index}]", version, dns1035_label)
    if not set(versions).intersection(_REVIEW_VERSIONS):
        errors.append(field.invalid(path, versions, "must include at least one of v1, v1beta1"))


def validate_client(errors: Errors, path: str, config: Object) -> None:
    """How a webhook is reached: by URL or through a service."""
    url, service = config.get("url"), config.get("service")
    if (url is None) == (service is None):
        errors.append(field.required(path, "exactly one of url or service is required"))
    elif url is not None:
        _validate_url(errors, f"{path}.url", url)
    elif service is not None:
        validate_service(errors, f"{path}.service", service)


def _validate_url(errors: Errors, path: str, url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        errors.append(field.required(path, f"url must be a valid URL: {error}{_FORM}"))
        return
    user, at, host = parts.netloc.rpartition("@")
    if parts.scheme != "https":
        errors.append(field.invalid(path, parts.scheme, f"'https' is the only allowed URL scheme{_FORM}"))
    if not host:
        errors.append(field.invalid(path, host, f"host must be specified{_FORM}"))
    if at:
        errors.append(field.invalid(path, user, "user information is not permitted in the URL"))
    if parts.fragment:
        errors.append(field.invalid(path, parts.fragment, "fragments are not permitted in the URL"))
    if parts.query:
        errors.append(field.invalid(path, parts.query, "query parameters are not permitted in the URL"))


def validate_service(errors: Errors, path: str, service: Object) -> None:
    """A service that serves webhooks."""
    for each in ("name", "namespace"):
        if not service.get(each):
            errors.append(field.required(f"{path}.{each}"))
    port, target = service.get("port", 443), service.get("path")
    if not 0 < port < 65536:
        errors.append(field.invalid(f"{path}.port", port, f"port is not valid: {PORT_RANGE}"))
    if not target or target == "/":
        return
    if target == "//":
        errors.append(field.invalid(f"{path}.path", target, "segment[0] may not be empty"))
        return
    if not target.startswith("/"):
        errors.append(field.invalid(f"{path}.path", target, "must start with a '/'"))
    for index, segment in enumerate(target[1:].removesuffix("/").split("/")):
        problems = dns1123_subdomain(segment) if segment else ["may not be empty"]
        for problem in problems:
            text = f"segment[{index}]: {problem}" if segment else f"segment[{index}] {problem}"
            errors.append(field.invalid(f"{path}.path", target, text))


COLUMNS = (NAME, Column("Webhooks", count("webhooks"), "integer"), AGE)
