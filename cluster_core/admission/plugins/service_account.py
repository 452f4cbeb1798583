"""ServiceAccount: every pod runs as an account of its namespace and gets its token mounted."""

from typing import Any

from cluster_core.admission.chain import CREATE, Attributes
from cluster_core.admission.plugin import AdmissionPlugin
from cluster_core.apimachinery import errors

Object = dict[str, Any]
PREFIX = "kube-api-access-"
MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
MIRROR = "kubernetes.io/config.mirror"
ENFORCE = "kubernetes.io/enforce-mountable-secrets"


class ServiceAccount(AdmissionPlugin):
    """Sets the account, its pull secrets and the token volume."""

    name = "ServiceAccount"
    interests = frozenset({("pods", "", CREATE)})

    def admit(self, attributes: Attributes) -> None:
        """Give the pod its account and token."""
        pod = attributes.object
        if MIRROR in (pod["metadata"].get("annotations") or {}):
            self._check_mirror(attributes, pod["spec"])
            return
        spec = dict(pod["spec"])
        spec["serviceAccountName"] = spec["serviceAccount"] = spec.get("serviceAccountName") or "default"
        account = self._account(attributes, spec["serviceAccountName"])
        if _automounts(spec, account):
            self._mount_token(spec)
        if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
            spec["imagePullSecrets"] = account["imagePullSecrets"]
        attributes.object = {**pod, "spec": spec}

    def validate(self, attributes: Attributes) -> None:
        """Enforce the account's list of secrets where asked."""
        spec = attributes.object["spec"]
        if MIRROR in (attributes.object["metadata"].get("annotations") or {}):
            return
        account = self._account(attributes, spec.get("serviceAccountName") or "default")
        if (account["metadata"].get("annotations") or {}).get(ENFORCE) == "true":
            problem = _secret_problem(spec, account)
            if problem:
                raise self._refusal(attributes, problem)

    def _refusal(self, attributes: Attributes, text: str) -> errors.ApiError:
        metadata = attributes.object["metadata"]
        return errors.forbidden("pods", metadata.get("name") or metadata.get("generateName") or "", text)

    def _account(self, attributes: Attributes, name: str) -> Object:
        account = self.context.get("serviceaccounts", attributes.namespace, name)
        if account is None:
            text = f'error looking up service account {attributes.namespace}/{name}: serviceaccount "{name}" not found'
            raise self._refusal(attributes, text)
        return account

    def _check_mirror(self, attributes: Attributes, spec: Object) -> None:
        if spec.get("serviceAccountName"):
            raise self._refusal(attributes, "a mirror pod may not reference service accounts")
        for volume in spec.get("volumes") or ():
            if "secret" in volume:
                raise self._refusal(attributes, "a mirror pod may not reference secrets")
            sources = (volume.get("projected") or {}).get("sources") or ()
            if any("serviceAccountToken" in s for s in sources):
                raise self._refusal(attributes, "a mirror pod may not use ServiceAccountToken volume projections")

    def _mount_token(self, spec: Object) -> None:
        volumes = spec.get("volumes") or []
        name = next((v["name"] for v in volumes if v["name"].startswith(PREFIX)), "")
        present = bool(name)
        name = name or PREFIX + self.context.suffix()
        mounted = False
        for field in ("initContainers", "containers"):
            if not spec.get(field):
                continue
            containers = [_with_mount(c, name) for c in spec[field]]
            mounted = mounted or any(new is not old for new, old in zip(containers, spec[field], strict=True))
            spec[field] = containers
        if mounted and not present:
            spec["volumes"] = [*volumes, {"name": name, "projected": token_projection()}]


def _automounts(spec: Object, account: Object) -> bool:
    wish = spec.get("automountServiceAccountToken")
    if wish is None:
        wish = account.get("automountServiceAccountToken")
    return wish is not False


def _with_mount(container: Object, name: str) -> Object:
    mounts = container.get("volumeMounts") or []
    if any(m["mountPath"] == MOUNT_PATH for m in mounts):
        return container
    return {**container, "volumeMounts": [*mounts, {"name": name, "readOnly": True, "mountPath": MOUNT_PATH}]}


def token_projection() -> Object:
    """What a token volume holds: the token, the cluster's certificate and the namespace's name."""
    namespace = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    return {
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [namespace]}},
        ],
        "defaultMode": 420,
    }


def _secret_problem(spec: Object, account: Object) -> str:
    name = account["metadata"]["name"]
    allowed = {s.get("name") for s in account.get("secrets") or ()}
    because = f"because service account {name} does not reference that secret"
    for volume in spec.get("volumes") or ():
        secret = (volume.get("secret") or {}).get("secretName")
        if secret and secret not in allowed:
            return f'volume with secret.secretName="{secret}" is not allowed {because}'
    for field, noun in (
        ("initContainers", "init container"),
        ("containers", "container"),
        ("ephemeralContainers", "ephemeral container"),
    ):
        for container in spec.get(field) or ():
            problem = _container_problem(container, noun, allowed, because)
            if problem:
                return problem
    pulls = {s.get("name") for s in account.get("imagePullSecrets") or ()}
    for index, reference in enumerate(spec.get("imagePullSecrets") or ()):
        if reference.get("name") not in pulls:
            text = f"because service account {name} does not reference that imagePullSecret"
            return f'imagePullSecrets[{index}].name="{reference.get("name")}" is not allowed {text}'
    return ""


def _container_problem(container: Object, noun: str, allowed: set[Any], because: str) -> str:
    for variable in container.get("env") or ():
        secret = ((variable.get("valueFrom") or {}).get("secretKeyRef") or {}).get("name")
        if secret and secret not in allowed:
            where = f"{noun} {container['name']} with envVar {variable['name']}"
            return f'{where} referencing secret.secretName="{secret}" is not allowed {because}'
    for source in container.get("envFrom") or ():
        secret = (source.get("secretRef") or {}).get("name")
        if secret and secret not in allowed:
            where = f"{noun} {container['name']} with envFrom"
            return f'{where} referencing secret.secretName="{secret}" is not allowed {because}'
    return ""
