"""/healthz, /livez, /readyz and the names of their checks: what starts within a Kubernetes API server, in its order.

The server answers once all of it is done, so every check is always well.
"""

from collections.abc import Mapping

from cluster_core.apimachinery import errors

_HOOKS_BEFORE = """
start-apiserver-admission-initializer generic-apiserver-start-informers priority-and-fairness-config-consumer
priority-and-fairness-filter storage-object-count-tracker-hook start-apiextensions-informers start-apiextensions-controllers
crd-informer-synced start-system-namespaces-controller peer-endpoint-reconciler-controller
start-cluster-authentication-info-controller start-kube-apiserver-identity-lease-controller
start-kube-apiserver-identity-lease-garbage-collector storage-readiness start-legacy-token-tracking-controller
start-service-ip-repair-controllers rbac/bootstrap-roles scheduling/bootstrap-system-priority-classes
priority-and-fairness-config-producer bootstrap-controller start-kubernetes-service-cidr-controller
aggregator-reload-proxy-client-cert start-kube-aggregator-informers apiservice-status-local-available-controller
apiservice-status-remote-available-controller apiservice-registration-controller apiservice-discovery-controller
kube-apiserver-autoregistration
""".split()
_HOOKS_AFTER = "apiservice-openapi-controller apiservice-openapiv3-controller".split()
_POST_START = (
    *(f"poststarthook/{name}" for name in _HOOKS_BEFORE),
    "autoregister-completion",
    *(f"poststarthook/{name}" for name in _HOOKS_AFTER),
)
CHECKS: Mapping[str, tuple[str, ...]] = {
    "healthz": ("ping", "log", "loopback-serving-certificate", "etcd", *_POST_START),
    "livez": ("ping", "log", "loopback-serving-certificate", "etcd", *_POST_START),
    "readyz": ("ping", "log", "etcd", "etcd-readiness", "informer-sync", *_POST_START, "shutdown"),
}


def serve(parts: list[str], query: Mapping[str, str]) -> str:
    """The text under a health path; raises not found for a check that there is not."""
    kind, check = parts[0], "/".join(parts[1:])
    if check:
        if check not in CHECKS[kind]:
            raise errors.PageNotFoundError
        return "ok"
    if "verbose" in query:
        excluded = query.get("exclude", "")
        lines = [f"[+]{name} {'excluded: ' * (name == excluded)}ok\n" for name in CHECKS[kind]]
        if excluded and excluded not in CHECKS[kind]:
            lines.append(f'warn: some health checks cannot be excluded: no matches for "{excluded}"\n')
        return "".join(lines) + f"{kind} check passed\n"
    return "ok"


def paths() -> list[str]:
    """Every health path."""
    return [f"/{kind}" for kind in CHECKS] + [f"/{kind}/{name}" for kind, names in CHECKS.items() for name in names]
