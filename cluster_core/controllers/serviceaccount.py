"""Every active namespace has a service account called default."""

from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_already_exists, is_namespace_terminating, is_not_found
from cluster_core.client.resources import NAMESPACES, SERVICEACCOUNTS
from cluster_core.controllers.reconciler import Controller

Object = dict[str, Any]


class ServiceAccountController(Controller):
    """Keys are names of namespaces."""

    name = "service-account-controller"

    def watch(self) -> None:
        self.namespaces, self.accounts = self.lister(NAMESPACES), self.lister(SERVICEACCOUNTS)
        self.informer(NAMESPACES).add_handler(on_add=self.enqueue, on_update=self.enqueue_updated)
        self.informer(SERVICEACCOUNTS).add_handler(on_delete=self._account_deleted)

    def _account_deleted(self, account: Object) -> None:
        if account["metadata"]["name"] == "default":
            self.queue.add(account["metadata"]["namespace"])

    def sync(self, key: str) -> None:
        namespace = self.namespaces.get("", key)
        if namespace is None or namespace["status"].get("phase") != "Active":
            return
        if self.accounts.get(key, "default") is None:
            account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
            self._create(account, key)

    def _create(self, account: Object, namespace: str) -> None:
        try:
            self.client.create(SERVICEACCOUNTS, account, namespace)
        except ApiError as error:
            if not (is_already_exists(error) or is_namespace_terminating(error) or is_not_found(error)):
                raise
