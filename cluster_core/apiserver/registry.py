"""The verbs on stored objects: get, create, update, each from decoded input to the stored result.

The order is the API's: decode, default, mutating admission, prepare, validate, validating admission, store. Called by the pipeline
after authorization; patching, deletion, listing and watching build on it.
"""

from typing import Any

from cluster_core.admission.chain import CREATE, UPDATE, Attributes, Chain
from cluster_core.apimachinery import errors, field, names
from cluster_core.apimachinery.field import FieldError
from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.apiserver import conversion, strategy
from cluster_core.apiserver.alike import GENERATE_ATTEMPTS, Alike
from cluster_core.apiserver.call import Call
from cluster_core.apiserver.decoding import decode, part_alone
from cluster_core.apiserver.hooks import Hook, Undo, nothing
from cluster_core.apiserver.ownership import NOBODY, Ownership, decode_managers, ownership_of, same, step, stored
from cluster_core.apiserver.served import Served
from cluster_core.auth.rbac import GROUP, Authorizer
from cluster_core.clock import Loop
from cluster_core.store.store import Key, KeyExistsError, KeyMissingError, RevisionConflictError, Store

Object = dict[str, Any]
REPORTED = frozenset(("pods",))
"""Kinds whose status is written most, and whose defaults leave it alone."""
RENEWED = frozenset(("leases.coordination.k8s.io",))
"""Kinds whose spec is written again and again, and which have neither defaults nor generations."""
WRITES_STATUS = ("status", "approval")
CREATED_BY_UPDATE = frozenset(
    (
        "endpoints",
        "events",
        "events.events.k8s.io",
        "limitranges",
        "services",
        "leases.coordination.k8s.io",
        "runtimeclasses.node.k8s.io",
        "clusterrolebindings.rbac.authorization.k8s.io",
        "clusterroles.rbac.authorization.k8s.io",
        "rolebindings.rbac.authorization.k8s.io",
        "roles.rbac.authorization.k8s.io",
    )
)


class Registry:
    """Performs verbs on one store. `hooks` has the special treatment of single kinds, by bucket."""

    def __init__(
        self, store: Store, loop: Loop, identities: strategy.Identities, admission: Chain, authorizer: Authorizer
    ) -> None:
        self.store, self.loop, self.identities = store, loop, identities
        self.admission, self.authorizer = admission, authorizer
        self.hooks: dict[str, Hook] = {}
        self._alike = Alike(self)
        self.bound_specs: dict[tuple[int, str], tuple[Object, Object]] = {}
        """Specs of pods on nodes, by the spec before and the node; the binding subresource's."""

    def get(self, call: Call) -> Object:
        """The named object; raises not found."""
        found = self.store.get(call.key)
        if found is None:
            raise errors.not_found(call.served.group_resource, call.request.name)
        return conversion.shown(call.served, found)

    def decode(self, call: Call, body: Any, current: Object | None = None) -> Object:
        """The request's own, typed copy of a body."""
        return decode(call, body, current)

    # Create

    def create(self, call: Call, body: Object) -> Object:
        """Store a new object from a client's body."""
        if call.request.alike:
            return self._alike.create(call, body)
        return self.create_decoded(call, decode(call, body))

    def create_decoded(self, call: Call, obj: Object, owners: Ownership | None = None) -> Object:
        """Store a new object that was decoded already (a copy of the request's own); `owners` if not simply the caller."""
        resource = call.served.resource
        metadata = obj.setdefault("metadata", {})
        self._check_new(call, metadata)
        strategy.begin_create(metadata, resource.namespaced, call.request.namespace)
        resource.default(obj)
        if owners is None:
            owners = NOBODY.after(self.step(call, None, obj))
        attributes = self.attributes(call, CREATE, obj, None)
        self.admission.mutate(attributes)
        obj = attributes.object = stored(attributes.object, owners)
        self._prepare_create(call, obj)
        return self._store_new(call, obj, attributes)

    def _check_new(self, call: Call, metadata: Object) -> None:
        strategy.check_namespace(metadata, call.served.resource.namespaced, call.request.namespace)
        if metadata.get("resourceVersion") and metadata["resourceVersion"] != "0":
            raise errors.plain_failure("resourceVersion should not be set on objects to be created")
        if call.request.name and metadata.get("name") and metadata["name"] != call.request.name:
            raise _name_mismatch(metadata["name"], call.request.name)

    def _prepare_create(self, call: Call, obj: Object) -> None:
        resource, metadata = call.served.resource, obj["metadata"]
        metadata["uid"] = self.identities.uid()
        metadata["creationTimestamp"] = rfc3339(call.request.at or self.loop.now())
        if resource.generation:
            metadata["generation"] = 1
        else:
            metadata.pop("generation", None)
        resource.prepare(obj, None)
        hook = self.hooks.get(call.served.bucket)
        if hook is not None:
            hook.normalize(obj, None, call.user)

    def _store_new(self, call: Call, obj: Object, attributes: Attributes) -> Object:
        """Validate and store; a generated name that is taken is tried again."""
        metadata = obj["metadata"]
        generated = not metadata.get("name") and bool(metadata.get("generateName"))
        for _ in range(GENERATE_ATTEMPTS if generated else 1):
            if generated:
                metadata["name"] = self.identities.name(metadata["generateName"])
            undo, _finish = self._allocate(call, obj, None)
            try:
                self._validate_create(call, obj)
                self.admission.validate(attributes)
                return self._insert(call, obj, undo)
            except KeyExistsError:
                undo()
            except errors.ApiError:
                undo()
                raise
        failed = errors.generate_name_conflict if generated else errors.already_exists
        raise failed(call.served.group_resource, metadata["name"])

    def _insert(self, call: Call, obj: Object, undo: Undo) -> Object:
        metadata = obj["metadata"]
        key = Key(call.served.bucket, metadata.get("namespace", ""), metadata["name"])
        if not call.dry_run:
            return conversion.shown(call.served, self.store.create(key, conversion.to_storage(call.served, obj)))
        undo()
        if self.store.get(key) is not None:
            raise errors.already_exists(call.served.group_resource, metadata["name"])
        return obj

    def _validate_create(self, call: Call, obj: Object) -> None:
        resource = call.served.resource
        rule = resource.name_rule or names.name_is_dns_subdomain
        problems = strategy.validate_metadata(obj["metadata"], resource.namespaced, rule)
        problems += resource.validate(obj)
        if problems:
            raise errors.invalid(call.served.group_kind, obj["metadata"].get("name", ""), problems)
        self._check_escalation(call, obj)
        call.warnings.extend(resource.warnings(obj, None))

    # Update

    def update(self, call: Call, body: Object) -> tuple[int, Object]:
        """Replace the named object by a client's body: HTTP status (201 if it was created) and the stored object."""
        found = self.store.get(call.key)
        part = _part_written(call)
        if part and found is not None:
            value = part_alone(call, part, body, found)
            if value is not None:
                return 200, self._replace_part(call, part, value, found)
        obj = decode(call, body, None if found is None else conversion.shown(call.served, found))
        metadata, name = obj.setdefault("metadata", {}), call.request.name
        strategy.check_namespace(metadata, call.served.resource.namespaced, call.request.namespace)
        if not metadata.get("name"):
            text = f"the name of the object ({name} based on URL) was undeterminable: name must be provided"
            raise errors.bad_request(text)
        if metadata["name"] != name:
            raise _name_mismatch(metadata["name"], name)
        if found is None and call.served.group_resource in CREATED_BY_UPDATE and not call.request.subresource:
            return 201, self.create_decoded(call._replace(request=call.request._replace(verb="create")), obj)
        return 200, self.replace(call, obj, self.get(call))

    def replace(self, call: Call, obj: Object, current: Object, owners: Ownership | None = None) -> Object:
        """Store `obj` (the caller's own copy) in the place of `current`; `owners` if ownership is worked out already."""
        metadata = obj["metadata"]
        stated_owners = metadata.pop("managedFields", None)
        problems = self._check_replaced(call, metadata, current)
        call.served.resource.default(obj)
        strategy.keep_system_metadata(metadata, current["metadata"])
        if owners is None:
            owners = self._owners_before(call, current, stated_owners).after(self.step(call, current, obj))
        attributes = self.attributes(call, UPDATE, obj, current)
        self.admission.mutate(attributes)
        obj = attributes.object = stored(attributes.object, owners)
        self._prepare_update(call, obj, current)
        undo, finish = self._allocate(call, obj, current)
        try:
            self._validate_update(call, obj, current, problems)
            self.admission.validate(attributes)
            result = self._commit_update(call, obj, current)
        except errors.ApiError:
            undo()
            raise
        (undo if call.dry_run else finish)()
        return result

    def _replace_part(self, call: Call, part: str, value: Object, current: Object) -> Object:
        """As `replace`, where nothing but the status or spec can differ: the rest was defaulted and validated before."""
        obj: Object = {**current, "metadata": dict(current["metadata"]), part: value}
        step = self.step(call, current, obj)
        step.part = part
        owners = ownership_of(current).after(step)
        attributes = self.attributes(call, UPDATE, obj, current)
        self.admission.mutate(attributes)
        obj = attributes.object = stored(attributes.object, owners)
        resource = call.served.resource
        problems = (resource.validate_status if part == "status" else resource.validate_update)(obj, current)
        if problems:
            raise errors.invalid(call.served.group_kind, call.request.name, problems)
        self.admission.validate(attributes)
        return self._commit_update(call, obj, current)

    def _check_replaced(self, call: Call, metadata: Object, current: Object) -> list[FieldError]:
        """Preconditions of an update; the problems of what a client may not change."""
        self._check_version(call, metadata.get("resourceVersion") or "", current)
        if call.request.verb == "update":
            self._check_uid(call, metadata, current)
        problems = strategy.update_problems(metadata, current["metadata"])
        if call.served.resource.namespaced:
            metadata["namespace"] = current["metadata"]["namespace"]
        return problems

    def _prepare_update(self, call: Call, obj: Object, current: Object) -> None:
        resource, metadata, subresource = call.served.resource, obj["metadata"], call.request.subresource
        strategy.keep_system_metadata(metadata, current["metadata"])
        if subresource in WRITES_STATUS:
            _keep_all_but_status(obj, current)
            return
        if subresource == "":
            resource.prepare(obj, current)
            hook = self.hooks.get(call.served.bucket)
            if hook is not None:
                hook.normalize(obj, current, call.user)
        counts = (resource.generation and resource.generation_counts) or subresource in (
            "ephemeralcontainers",
            "resize",
            "scale",
        )
        if counts and strategy.generation_changed(obj, current, resource.generation_metadata):
            metadata["generation"] = current["metadata"].get("generation", 0) + 1

    def _validate_update(self, call: Call, obj: Object, current: Object, problems: list[FieldError]) -> None:
        resource = call.served.resource
        metadata = obj["metadata"]
        problems = problems + strategy.map_problems(metadata)
        problems = strategy.accessor_problems(metadata) + problems * 2  # the server looks twice, the kind once more
        if call.request.subresource in WRITES_STATUS:
            problems += resource.validate_status(obj, current)
        elif call.request.subresource in ("", "scale"):
            problems += resource.validate_update(obj, current)
        if problems:
            raise errors.invalid(call.served.group_kind, metadata["name"], problems)
        self._check_escalation(call, obj)
        call.warnings.extend(resource.warnings(obj, current))

    def _commit_update(self, call: Call, obj: Object, current: Object) -> Object:
        """Store unless nothing changed; finish a deletion whose last finalizer went."""
        obj["metadata"]["resourceVersion"] = current["metadata"]["resourceVersion"]
        if obj == current and same(ownership_of(obj), current):
            return current
        if call.dry_run:
            return obj
        try:
            if _is_last_finalizer_gone(obj, current):
                return self._finish_deletion(call, obj, current)
            result = self.store.update(call.key, conversion.to_storage(call.served, obj), current)
        except KeyMissingError:
            raise errors.not_found(call.served.group_resource, call.request.name) from None
        except RevisionConflictError:
            raise errors.conflict(call.served.group_resource, call.request.name) from None
        return conversion.shown(call.served, result)

    def _finish_deletion(self, call: Call, obj: Object, current: Object) -> Object:
        """The update was the object's last: the answer still shows the version before."""
        self.forget(call, current)
        self.store.delete(call.key, conversion.to_storage(call.served, obj), current)
        metadata = {**obj["metadata"], "resourceVersion": current["metadata"]["resourceVersion"]}
        return stored({**obj, "metadata": metadata}, ownership_of(obj))

    # Shared

    def forget(self, call: Call, gone: Object) -> None:
        """Give back what a deleted object held."""
        hook = self.hooks.get(call.served.bucket)
        if hook is not None:
            hook.release(gone)

    def attributes(self, call: Call, operation: str, obj: Object | None, old: Object | None) -> Attributes:
        """What admission is told of this call."""
        return Attributes(
            operation=operation,
            resource=call.served.resource,
            subresource=call.request.subresource,
            namespace=call.request.namespace,
            name=call.request.name or (obj["metadata"].get("name", "") if obj else ""),
            object=obj,
            old_object=old,
            user=call.user,
            dry_run=call.dry_run,
            warnings=call.warnings,
        )

    def _allocate(self, call: Call, obj: Object, current: Object | None) -> tuple[Undo, Undo]:
        """Let the kind's hook take what the object needs: (undo, finish)."""
        hook = self.hooks.get(call.served.bucket) if not call.request.subresource else None
        if hook is None:
            return nothing, nothing
        problems, undo, finish = hook.allocate(obj, current)
        if problems:
            raise errors.invalid(call.served.group_kind, obj["metadata"]["name"], problems)
        return undo, finish

    def step(self, call: Call, live: Object | None, new: Object) -> Any:
        """A write of `new` over `live` (None: a creation) by the caller, as ownership counts it."""
        now = "" if call.request.subresource == "scale" else rfc3339(call.request.at or self.loop.now())
        return step(call.served, call.request.subresource, call.manager, live, new, now)

    def _owners_before(self, call: Call, current: Object, stated: Any) -> Ownership:
        """The stored ownership, unless the client states another (or an empty list to forget all)."""
        if stated is None or call.request.subresource:
            return ownership_of(current)
        if stated in ([], [{}]):
            return Ownership({})
        try:
            return Ownership(decode_managers(stated))
        except ValueError:
            return ownership_of(current)

    def _check_escalation(self, call: Call, obj: Object) -> None:
        """Writers of roles and bindings grant no more than they hold."""
        if call.served.resource.group != GROUP or call.request.subresource:
            return
        from cluster_core.auth.escalation import check_binding, check_role

        plural = call.served.resource.plural
        check = check_binding if plural.endswith("bindings") else check_role
        check(self.authorizer, call.user, plural, obj)

    def _check_uid(self, call: Call, metadata: Object, current: Object) -> None:
        stated, actual = metadata.get("uid"), current["metadata"].get("uid")
        if stated and stated != actual:
            namespace = call.request.namespace
            place = f"/registry/{call.served.resource.plural}/{namespace + '/' if namespace else ''}{call.request.name}"
            text = (
                f"StorageError: invalid object, Code: 4, Key: {place}, ResourceVersion: 0, AdditionalErrorMsg: "
                f"Precondition failed: UID in precondition: {stated}, UID in object meta: {actual}"
            )
            raise errors.conflict(call.served.group_resource, call.request.name, text)

    def _check_version(self, call: Call, stated: str, current: Object) -> None:
        """The resourceVersion that the client saw; some kinds insist on one."""
        served = call.served
        if not stated or stated == "0":
            whole = not call.request.subresource or (served.custom is not None and call.request.subresource == "status")
            if call.request.verb == "update" and whole and _is_guarded(served):
                problem = field.invalid("metadata.resourceVersion", 0, "must be specified for an update")
                raise errors.invalid(served.group_resource, call.request.name, [problem])
        elif stated != current["metadata"]["resourceVersion"]:
            if not stated.isdigit():
                raise errors.plain_failure(f'strconv.ParseUint: parsing "{stated}": invalid syntax')
            raise errors.conflict(served.group_resource, call.request.name)


def _part_written(call: Call) -> str:
    """The one part that a frequent kind of write changes; "" for any other write."""
    request, bucket = call.request, call.served.bucket
    if request.subresource == "status":
        return "status" if bucket in REPORTED else ""
    return "spec" if request.typed and not request.subresource and bucket in RENEWED else ""


def _is_guarded(served: Served) -> bool:
    return served.custom is not None or not served.resource.unconditional_update


def _name_mismatch(stated: str, expected: str) -> errors.ApiError:
    return errors.bad_request(f"the name of the object ({stated}) does not match the name on the URL ({expected})")


def _keep_all_but_status(obj: Object, current: Object) -> None:
    for name in obj.keys() - current.keys() - {"status"}:
        del obj[name]
    for name, value in current.items():
        if name not in ("status", "metadata"):
            obj[name] = value


def _is_last_finalizer_gone(obj: Object, current: Object) -> bool:
    metadata = obj["metadata"]
    if metadata.get("deletionTimestamp") is None or metadata.get("finalizers"):
        return False
    return bool(current["metadata"].get("finalizers")) and not metadata.get("deletionGracePeriodSeconds")
