"""Whether a pod holds credentials for an image's registry: its pull secrets, read as the kubelet's keyring does.

Called when a private image is to be pulled. Nothing is checked but that an entry for the registry exists.
"""

from typing import TYPE_CHECKING, Any

from cluster_core.client.resources import SECRETS
from cluster_core.kubelet.environment import decoded
from cluster_core.kubelet.runtime.images import canonical

if TYPE_CHECKING:
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]

KEYS = {"kubernetes.io/dockerconfigjson": ".dockerconfigjson", "kubernetes.io/dockercfg": ".dockercfg"}
DOCKER_HUB = ("index.docker.io", "docker.io", "registry-1.docker.io")


def pull_secrets(worker: "PodWorker") -> list[tuple[str, Object | None]]:
    """Names and objects of the pod's pull secrets; None for one that does not exist."""
    namespace = worker.pod["metadata"].get("namespace", "")
    names = [r["name"] for r in worker.pod["spec"].get("imagePullSecrets") or () if r.get("name")]
    return [(name, worker.node.lister(SECRETS).get(namespace, name)) for name in names]


def may_pull(worker: "PodWorker", image: str) -> bool:
    """Whether one of the pod's secrets has an entry for the image's registry."""
    reference = canonical(image)
    return any(
        _matches(entry, reference)
        for _, secret in pull_secrets(worker)
        if secret is not None
        for entry in _registries(secret)
    )


def _registries(secret: Object) -> list[str]:
    """Registries that a secret has credentials for; none if it is no proper pull secret."""
    import orjson

    key = KEYS.get(secret.get("type") or "")
    text = decoded(str((secret.get("data") or {}).get(key, ""))) if key else ""
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError:
        return []
    entries = data.get("auths") if key == ".dockerconfigjson" and isinstance(data, dict) else data
    return [host for host, entry in entries.items() if entry] if isinstance(entries, dict) else []


def _matches(entry: str, reference: str) -> bool:
    """Whether an entry (`registry`, `registry/path`, `https://registry/v1/`, `*.registry`) covers an image."""
    from fnmatch import fnmatchcase

    host, _, path = entry.removeprefix("https://").removeprefix("http://").partition("/")
    image_host, _, image_path = reference.partition("/")
    if host in DOCKER_HUB:
        return image_host in DOCKER_HUB
    path = path.strip("/")
    if path in ("v1", "v2"):
        path = ""
    return fnmatchcase(image_host, host) and image_path.startswith(path)
