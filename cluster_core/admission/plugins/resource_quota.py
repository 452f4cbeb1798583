"""ResourceQuota: what a namespace may hold in all; usage is charged before an object is stored."""

from typing import Any

from cluster_core.admission.chain import CREATE, UPDATE, Attributes
from cluster_core.admission.plugin import AdmissionPlugin
from cluster_core.admission.plugins.quota_usage import compute_problems, in_scope, usage
from cluster_core.apimachinery import errors, quantity
from cluster_core.store.store import Key

Object = dict[str, Any]
Usage = dict[str, str]


class ResourceQuota(AdmissionPlugin):
    """Checks and charges every quota of the namespace."""

    name = "ResourceQuota"

    def handles(self, group: str, resource: str, subresource: str, operation: str) -> bool:
        """Creations, and updates of what can grow; events are free."""
        if subresource or resource == "events":
            return False
        return operation == CREATE or (
            operation == UPDATE and not group and resource in ("pods", "services", "persistentvolumeclaims")
        )

    def validate(self, attributes: Attributes) -> None:
        """Refuse what exceeds a quota; charge the rest."""
        quotas = self.context.list("resourcequotas", attributes.namespace) if attributes.namespace else []
        if not quotas:
            return
        charges = []
        for quota in quotas:
            charge = self._charge(attributes, quota)
            if charge:
                charges.append((quota, charge))
        if not attributes.dry_run:
            for quota, used in charges:
                self._store(quota, used)

    def _charge(self, attributes: Attributes, quota: Object) -> Usage | None:
        """The quota's usage after this write; None if it says nothing about it. Raises forbidden.

        What counts is the status: a quota that the controller has not seen yet limits nothing.
        """
        hard = (quota.get("status") or {}).get("hard") or {}
        obj = attributes.object
        if not in_scope(quota["spec"], attributes.resource, obj):
            return None
        name = quota["metadata"]["name"]
        added = usage(attributes.resource, obj)
        if attributes.old_object is not None:
            added = _difference(added, usage(attributes.resource, attributes.old_object))
        limited = {k: v for k, v in added.items() if k in hard and quantity.parse(v).nanos > 0}
        if attributes.operation == CREATE and attributes.resource.kind == "Pod" and not attributes.resource.group:
            missing = compute_problems(obj["spec"], hard)
            if missing:
                raise self._refusal(attributes, f"failed quota: {name}: must specify {missing}")
        if not limited:
            return None
        used = (quota.get("status") or {}).get("used") or {}
        unknown = sorted(k for k in limited if k not in used)
        if unknown:
            raise self._refusal(attributes, f"status unknown for quota: {name}, resources: {','.join(unknown)}")
        return self._add(attributes, name, hard, used, limited)

    def _add(self, attributes: Attributes, name: str, hard: Usage, used: Usage, added: Usage) -> Usage:
        total = {**used}
        over = []
        for resource, amount in added.items():
            total[resource] = quantity.add(used[resource], amount)
            if resource in hard and quantity.compare(total[resource], hard[resource]) > 0:
                over.append(resource)
        if over:
            over.sort()
            asked, had, most = (
                ",".join(f"{r}={quantity.canonical(values[r])}" for r in over) for values in (added, used, hard)
            )
            text = f"exceeded quota: {name}, requested: {asked}, used: {had}, limited: {most}"
            raise self._refusal(attributes, text)
        return total

    def _refusal(self, attributes: Attributes, text: str) -> errors.ApiError:
        return errors.forbidden(attributes.group_resource, attributes.object["metadata"].get("name", ""), text)

    def _store(self, quota: Object, used: Usage) -> None:
        metadata = quota["metadata"]
        new = {**quota, "metadata": {**metadata}, "status": {**quota["status"], "used": used}}
        self.context.write_status(Key("resourcequotas", metadata["namespace"], metadata["name"]), new, quota)


def _difference(new: Usage, old: Usage) -> Usage:
    return {k: quantity.subtract(v, old[k]) if k in old else v for k, v in new.items()}
