"""Secrets of type service-account-token: filled for their account, deleted without it. None are made unasked."""

import base64
from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_not_found
from cluster_core.apimachinery.meta import key_of, split_key
from cluster_core.client.resources import SECRETS, SERVICEACCOUNTS
from cluster_core.controllers.reconciler import Controller

Object = dict[str, Any]

TOKEN_TYPE = "kubernetes.io/service-account-token"
ACCOUNT_NAME = "kubernetes.io/service-account.name"
ACCOUNT_UID = "kubernetes.io/service-account.uid"


class TokenController(Controller):
    """Keys are those of secrets."""

    name = "token-controller"

    def watch(self) -> None:
        self.secrets, self.accounts = self.lister(SECRETS), self.lister(SERVICEACCOUNTS)
        self.informer(SECRETS).add_handler(
            on_add=self._secret_changed, on_update=lambda _old, new: self._secret_changed(new)
        )
        self.informer(SERVICEACCOUNTS).add_handler(on_add=self._account_changed, on_delete=self._account_changed)

    def _secret_changed(self, secret: Object) -> None:
        if secret.get("type") == TOKEN_TYPE:
            self.enqueue(secret)

    def _account_changed(self, account: Object) -> None:
        for secret in self.secrets.list(account["metadata"]["namespace"]):
            if secret.get("type") == TOKEN_TYPE and _annotation(secret, ACCOUNT_NAME) == account["metadata"]["name"]:
                self.queue.add(key_of(secret))

    def sync(self, key: str) -> None:
        secret = self.secrets.get(*split_key(key))
        if secret is None or secret.get("type") != TOKEN_TYPE:
            return
        namespace = secret["metadata"]["namespace"]
        account = self._live_account(namespace, _annotation(secret, ACCOUNT_NAME))
        if account is None or _annotation(secret, ACCOUNT_UID) not in ("", account["metadata"]["uid"]):
            self._delete(secret)
            return
        self._fill(secret, account)

    def _live_account(self, namespace: str, name: str) -> Object | None:
        try:
            return self.client.get(SERVICEACCOUNTS, name, namespace)
        except ApiError as error:
            if is_not_found(error):
                return None
            raise

    def _delete(self, secret: Object) -> None:
        metadata = secret["metadata"]
        try:
            self.client.delete(SECRETS, metadata["name"], metadata["namespace"], uid=metadata["uid"])
        except ApiError as error:
            if not is_not_found(error):
                raise

    def _fill(self, secret: Object, account: Object) -> None:
        """The data that pods expect in the mounted secret, and the account's uid."""
        data = dict(secret.get("data") or {})
        namespace = secret["metadata"]["namespace"]
        data["ca.crt"] = _encode(self.options.root_ca)
        data["namespace"] = _encode(namespace)
        if "token" not in data:
            data["token"] = _encode(self._token(secret, account))
        annotations = {**secret["metadata"]["annotations"], ACCOUNT_UID: account["metadata"]["uid"]}
        if data != secret.get("data") or annotations != secret["metadata"]["annotations"]:
            metadata = {**secret["metadata"], "annotations": annotations}
            self.client.update(SECRETS, {**secret, "metadata": metadata, "data": data})

    def _token(self, secret: Object, account: Object) -> str:
        """A legacy token: it names its account and secret; whoever made the cluster may sign it."""
        metadata = account["metadata"]
        claims = {
            "iss": "kubernetes/serviceaccount",
            "kubernetes.io/serviceaccount/namespace": metadata["namespace"],
            "kubernetes.io/serviceaccount/secret.name": secret["metadata"]["name"],
            "kubernetes.io/serviceaccount/service-account.name": metadata["name"],
            "kubernetes.io/serviceaccount/service-account.uid": metadata["uid"],
            "sub": f"system:serviceaccount:{metadata['namespace']}:{metadata['name']}",
        }
        return self.options.sign_token(claims)


def _annotation(obj: Object, name: str) -> str:
    return (obj["metadata"].get("annotations") or {}).get(name, "")  # type: ignore[no-any-return]


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
