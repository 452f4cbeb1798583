"""What a pod's machines are called: host name, domain, and the name that programs see. Pure.

Called for the environment, the hosts file, and the runtime's own idea of the name.
"""

from typing import Any

Object = dict[str, Any]

LONGEST_LABEL, LONGEST_NAME = 63, 64
TOO_LONG = (
    "Failed to construct FQDN from Pod hostname and cluster domain, FQDN {} is too long "
    "(64 characters is the max, {} characters requested)"
)


def host_name(pod: Object) -> str:
    """The pod's own name as a host."""
    spec = pod["spec"]
    name: str = spec.get("hostnameOverride") or spec.get("hostname") or pod["metadata"]["name"]
    return name if len(name) <= LONGEST_LABEL else name[:LONGEST_LABEL].rstrip("-.")


def full_name(pod: Object, cluster_domain: str) -> str:
    """The name with its domain; the bare name for a pod without subdomain."""
    spec, name = pod["spec"], host_name(pod)
    if not spec.get("subdomain") or spec.get("hostnameOverride"):
        return name
    return f"{name}.{spec['subdomain']}.{pod['metadata'].get('namespace', '')}.svc.{cluster_domain}"


def name_problem(pod: Object, cluster_domain: str) -> str:
    """Why a sandbox cannot be made with this name, "" if it can."""
    full = full_name(pod, cluster_domain)
    if pod["spec"].get("setHostnameAsFQDN") and len(full) > LONGEST_NAME:
        return TOO_LONG.format(full, len(full))
    return ""


def seen_name(pod: Object, cluster_domain: str) -> str:
    """What `hostname` prints in the pod's containers, and what HOSTNAME is."""
    spec = pod["spec"]
    if spec.get("hostNetwork") and not spec.get("hostnameOverride"):
        return str(spec.get("nodeName", ""))
    return full_name(pod, cluster_domain) if spec.get("setHostnameAsFQDN") else host_name(pod)
