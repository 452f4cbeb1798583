"""ClusterRoles with an aggregationRule: their rules are those of the roles that it selects."""

from typing import Any

from cluster_core.apimachinery import selectors
from cluster_core.client.resources import CLUSTERROLES
from cluster_core.controllers.reconciler import Controller

Object = dict[str, Any]


class ClusterRoleAggregationController(Controller):
    """Keys are names of aggregating roles. Any change of any role may concern each of them."""

    name = "clusterrole-aggregation-controller"

    def watch(self) -> None:
        self.roles = self.lister(CLUSTERROLES)
        self.informer(CLUSTERROLES).add_handler(on_add=self._changed, on_update=self._updated, on_delete=self._changed)

    def _updated(self, old: Object, new: Object) -> None:
        same_labels = old["metadata"].get("labels") == new["metadata"].get("labels")
        if (
            old.get("rules") != new.get("rules")
            or not same_labels
            or old.get("aggregationRule") != new.get("aggregationRule")
        ):
            self._changed(new)

    def _changed(self, _: Object) -> None:
        for role in self.roles.list():
            if role.get("aggregationRule"):
                self.enqueue(role)

    def sync(self, key: str) -> None:
        role = self.roles.get("", key)
        if role is None or not role.get("aggregationRule"):
            return
        rules = self._rules(role)
        if rules == (role.get("rules") or []):
            return
        wanted = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": key},
            "rules": rules,
        }
        self.client.patch(CLUSTERROLES, key, wanted, type="apply", force=True)

    def _rules(self, role: Object) -> list[Object]:
        """The rules of the selected roles, selector by selector, roles by name, repeats left out."""
        rules: list[Object] = []
        others = sorted(self.roles.list(), key=lambda one: one["metadata"]["name"])
        for selector in role["aggregationRule"].get("clusterRoleSelectors") or ():
            matches = selectors.from_object(selector).matches
            for other in others:
                if other["metadata"]["name"] != role["metadata"]["name"] and matches(other["metadata"].get("labels")):
                    rules += [rule for rule in other.get("rules") or () if rule not in rules]
        return rules
