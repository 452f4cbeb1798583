"""The verbs on stored objects: get, create, update, each from decoded input to the stored result.

The order is the API's: decode, default, mutating admission, prepare, validate, validating admission, store. Called by the pipeline
after authorization; patching, deletion, listing and watching build on it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from cluster_core.admission.chain import CREATE, UPDATE, Attributes, Chain
from cluster_core.apimachinery import errors, field, names
from cluster_core.apimachinery.field import FieldError
from cluster_core.apimachinery.meta import deep_copy
from cluster_core.apimachinery.request import Request, UserInfo
from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.apiserver import conversion, strategy
from cluster_core.apiserver.ownership import NOBODY, Ownership, decode_managers, ownership_of, same, step, stored
from cluster_core.apiserver.served import Served
from cluster_core.auth.rbac import GROUP, Authorizer
from cluster_core.clock import Loop
from cluster_core.store.store import Key, KeyExistsError, KeyMissingError, RevisionConflictError, Store

Object = dict[str, Any]
GENERATE_ATTEMPTS = 8
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
GUARDED = frozenset(
    (
        "apiservices.apiregistration.k8s.io",
        "customresourcedefinitions.apiextensions.k8s.io",
        "leases.coordination.k8s.io",
        "runtimeclasses.node.k8s.io",
        "poddisruptionbudgets.policy",
        "csidrivers.storage.k8s.io",
        "csinodes.storage.k8s.io",
        "csistoragecapacities.storage.k8s.io",
        "volumeattachments.storage.k8s.io",
        "mutatingadmissionpolicies.admissionregistration.k8s.io",
        "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
        "mutatingwebhookconfigurations.admissionregistration.k8s.io",
        "validatingadmissionpolicies.admissionregistration.k8s.io",
        "validatingadmissionpolicybindings.admissionregistration.k8s.io",
        "validatingwebhookconfigurations.admissionregistration.k8s.io",
    )
)
"""Kinds whose updates must state the resourceVersion that they saw."""


class Call(NamedTuple):
    """One authorized request on a resource."""

    request: Request
    served: Served
    user: UserInfo
    warnings: list[str]
    dry_run: bool
    duplicates: tuple[str, ...] = ()
    """What the body says twice, as `duplicate field "data.a"`."""

    @property
    def key(self) -> Key:
        """Where the named object is stored."""
        return Key(self.served.bucket, self.request.namespace, self.request.name)

    @property
    def manager(self) -> str:
        """Who owns the fields that this request sets."""
        return self.request.query.get("fieldManager") or self.request.user_agent.partition("/")[0] or "unknown"


class Registry:
    """Performs verbs on one store."""

    def __init__(
        self, store: Store, loop: Loop, identities: strategy.Identities, admission: Chain, authorizer: Authorizer
    ) -> None:
        self.authorizer = authorizer
        self.store, self.loop, self.identities, self.admission = store, loop, identities, admission
        self.hooks: dict[str, Any] = {}
        """Allocators of kinds that need one, by bucket."""
        self._finish: Callable[[], None] = _nothing

    def get(self, call: Call) -> Object:
        """The named object; raises not found."""
        found = self.store.get(call.key)
        if found is None:
            raise errors.not_found(call.served.group_resource, call.request.name)
        return conversion.shown(call.served, found)

    # Create

    def create(self, call: Call, body: Object) -> Object:
        """Store a new object from a client's body."""
        obj = self.decode(call, body)
        return self.create_decoded(call, obj)

    def create_decoded(self, call: Call, obj: Object, owners: Ownership | None = None) -> Object:
        """Store a new object that was decoded already (a copy of the request's own); `owners` if not simply the caller."""
        resource = call.served.resource
        metadata = obj.setdefault("metadata", {})
        strategy.check_namespace(metadata, resource.namespaced, call.request.namespace)
        if metadata.get("resourceVersion") and metadata["resourceVersion"] != "0":
            raise errors.plain_failure("resourceVersion should not be set on objects to be created")
        if call.request.name and metadata.get("name") and metadata["name"] != call.request.name:
            raise _name_mismatch(metadata["name"], call.request.name)
        strategy.begin_create(metadata, resource.namespaced, call.request.namespace)
        metadata.pop("managedFields", None)
        resource.default(obj)
        if owners is None:
            owners = NOBODY.after(self._step(call, None, obj))
        attributes = self.attributes(call, CREATE, obj, None)
        self.admission.mutate(attributes)
        obj = stored(attributes.object, owners)
        attributes.object = obj
        metadata = obj["metadata"]
        generated = not metadata.get("name") and bool(metadata.get("generateName"))
        metadata["uid"] = self.identities.uid()
        metadata["creationTimestamp"] = rfc3339(self.loop.now())
        if resource.generation:
            metadata["generation"] = 1
        else:
            metadata.pop("generation", None)
        resource.prepare(obj, None)
        hook = self.hooks.get(call.served.bucket)
        if hook is not None:
            hook.normalize(obj, None)
        for _ in range(GENERATE_ATTEMPTS if generated else 1):
            if generated:
                metadata["name"] = self.identities.name(metadata["generateName"])
            self._validate_create(call, obj)
            self._check_escalation(call, obj)
            undo = self._allocate(call, hook, obj, None)
            self._validating(attributes, undo)
            key = Key(call.served.bucket, metadata.get("namespace", ""), metadata["name"])
            if call.dry_run:
                undo()
                if self.store.get(key) is not None:
                    raise errors.already_exists(call.served.group_resource, metadata["name"])
                return obj
            try:
                result = self.store.create(key, conversion.to_storage(call.served, obj))
                return conversion.shown(call.served, result)
            except KeyExistsError:
                undo()
        failed = errors.generate_name_conflict if generated else errors.already_exists
        raise failed(call.served.group_resource, metadata["name"])

    def _allocate(self, call: Call, hook: Any, obj: Object, current: Object | None) -> Callable[[], None]:
        """Let the kind's allocator take what the object needs; the result gives it back."""
        if hook is None:
            return _nothing
        problems, undo, finish = hook.allocate(obj, current)
        if problems:
            raise errors.invalid(call.served.group_kind, obj["metadata"]["name"], problems)
        self._finish = finish
        return undo  # type: ignore[no-any-return]

    def _validating(self, attributes: Attributes, undo: Callable[[], None]) -> None:
        try:
            self.admission.validate(attributes)
        except errors.ApiError:
            undo()
            raise

    def _check_escalation(self, call: Call, obj: Object) -> None:
        """Writers of roles and bindings grant no more than they hold."""
        if call.served.resource.group != GROUP or call.request.subresource:
            return
        from cluster_core.auth.escalation import check_binding, check_role

        plural = call.served.resource.plural
        check = check_binding if plural.endswith("bindings") else check_role
        check(self.authorizer, call.user, plural, obj)

    def _validate_create(self, call: Call, obj: Object) -> None:
        resource = call.served.resource
        rule = resource.name_rule or names.name_is_dns_subdomain
        problems = strategy.validate_metadata(obj["metadata"], resource.namespaced, rule)
        problems += resource.validate(obj)
        if problems:
            raise errors.invalid(call.served.group_kind, obj["metadata"].get("name", ""), problems)
        call.warnings.extend(resource.warnings(obj, None))

    # Update

    def update(self, call: Call, body: Object) -> tuple[int, Object]:
        """Replace the named object by a client's body: HTTP status (201 if it was created) and the stored object."""
        found = self.store.get(call.key)
        obj = self.decode(call, body, None if found is None else conversion.shown(call.served, found))
        metadata = obj.setdefault("metadata", {})
        strategy.check_namespace(metadata, call.served.resource.namespaced, call.request.namespace)
        if not metadata.get("name"):
            raise errors.bad_request(
                f"the name of the object ({call.request.name} based on URL) was undeterminable: name must be provided"
            )
        if metadata["name"] != call.request.name:
            raise _name_mismatch(metadata["name"], call.request.name)
        if self._creates_on_update(call):
            return 201, self.create_decoded(call._replace(request=call.request._replace(verb="create")), obj)
        return 200, self.replace(call, obj, self.get(call))

    def _creates_on_update(self, call: Call) -> bool:
        """Some kinds are created by an update of what does not exist."""
        wanted = call.served.group_resource in CREATED_BY_UPDATE and not call.request.subresource
        return wanted and self.store.get(call.key) is None

    def replace(self, call: Call, obj: Object, current: Object, owners: Ownership | None = None) -> Object:
        """Store `obj` (the caller's own copy) in the place of `current`; `owners` if ownership is worked out already."""
        resource = call.served.resource
        metadata = obj["metadata"]
        stated_owners = metadata.pop("managedFields", None)
        forced_owners = owners is not None
        self._check_version(call, metadata.get("resourceVersion") or "", current)
        if call.request.verb == "update":
            self._check_uid(call, metadata, current)
        problems = strategy.update_problems(metadata, current["metadata"])
        if resource.namespaced:
            metadata["namespace"] = current["metadata"]["namespace"]
        resource.default(obj)
        strategy.keep_system_metadata(metadata, current["metadata"])
        if owners is None:
            owners = self._owners_before(call, current, stated_owners).after(self._step(call, current, obj))
        attributes = self.attributes(call, UPDATE, obj, current)
        self.admission.mutate(attributes)
        obj = stored(attributes.object, owners)
        attributes.object = obj
        self._prepare_update(call, obj, current)
        self._validate_update(call, obj, current, problems)
        self._check_escalation(call, obj)
        hook = self.hooks.get(call.served.bucket) if not call.request.subresource else None
        undo = self._allocate(call, hook, obj, current)
        self._validating(attributes, undo)
        same_owners = (stated_owners is None and not forced_owners) or same(owners, current)
        result = self.commit_update(call, obj, current, same_owners)
        if hook is not None:
            undo() if call.dry_run else self._finish()
        return result

    def _step(self, call: Call, live: Object | None, new: Object) -> Any:
        now = "" if call.request.subresource == "scale" else rfc3339(self.loop.now())
        return step(call.served, call.request.subresource, call.manager, live, new, now)

    def _owners_before(self, call: Call, current: Object, stated: Any) -> Ownership:
        """The stored ownership, unless the client states another (or an empty list to forget all)."""
        if stated is None or call.request.subresource:
            return ownership_of(current)
        if stated in ([], [{}]):
            return Ownership({})
        try:
            return Ownership(decode_managers(stated)) if stated else ownership_of(current)
        except ValueError:
            return ownership_of(current)

    def _prepare_update(self, call: Call, obj: Object, current: Object) -> None:
        resource, metadata = call.served.resource, obj["metadata"]
        strategy.keep_system_metadata(metadata, current["metadata"])
        if call.request.subresource == "status":
            _keep_all_but_status(obj, current)
        elif call.request.subresource in ("ephemeralcontainers", "resize", "scale"):
            metadata["generation"] = current["metadata"].get("generation", 0) + strategy.generation_changed(
                obj, current
            )
        elif call.request.subresource == "":
            resource.prepare(obj, current)
            hook = self.hooks.get(call.served.bucket)
            if hook is not None:
                hook.normalize(obj, current)
            if resource.generation and strategy.generation_changed(obj, current):
                metadata["generation"] = current["metadata"].get("generation", 0) + 1

    def _validate_update(self, call: Call, obj: Object, current: Object, problems: list[FieldError]) -> None:
        resource = call.served.resource
        problems = (problems + strategy.accessor_problems(obj["metadata"])) * 2
        if call.request.subresource == "status":
            problems += resource.validate_status(obj, current)
        elif call.request.subresource in ("", "scale"):
            problems += resource.validate_update(obj, current)
        if problems:
            raise errors.invalid(call.served.group_kind, obj["metadata"]["name"], problems)
        call.warnings.extend(resource.warnings(obj, current))

    def commit_update(self, call: Call, obj: Object, current: Object, same_owners: bool = True) -> Object:
        """Store unless nothing changed; finish a deletion whose last finalizer went."""
        obj["metadata"]["resourceVersion"] = current["metadata"]["resourceVersion"]
        if same_owners and obj == current:
            return current
        if call.dry_run:
            return obj
        try:
            if _is_last_finalizer_gone(obj, current):
                self.forget(call, current)
                self.store.delete(call.key, conversion.to_storage(call.served, obj), current)
                metadata = {**obj["metadata"], "resourceVersion": current["metadata"]["resourceVersion"]}
                return stored({**obj, "metadata": metadata}, ownership_of(obj))
            result = self.store.update(call.key, conversion.to_storage(call.served, obj), current)
            return conversion.shown(call.served, result)
        except KeyMissingError:
            raise errors.not_found(call.served.group_resource, call.request.name) from None
        except RevisionConflictError:
            raise errors.conflict(call.served.group_resource, call.request.name) from None

    def forget(self, call: Call, gone: Object) -> None:
        """Give back what a deleted object held."""
        hook = self.hooks.get(call.served.bucket)
        if hook is not None:
            hook.release(gone)

    def modify(self, call: Call, change: Callable[[Object], Object]) -> Object:
        """Replace by what `change` makes of the current object (a copy is made before)."""
        current = self.get(call)
        return self.replace(call, change(deep_copy(current)), current)

    # Shared

    def decode(self, call: Call, body: Any, current: Object | None = None) -> Object:
        """The request's own, typed copy of a body; unknown fields become warnings or a refusal.

        Parts that are `current`'s own (path copies in process) are good as they are and stay shared.
        """
        resource = call.served.resource
        if not isinstance(body, dict):
            raise errors.bad_request(f"the object provided is unrecognized (must be of type {resource.kind})")
        self._check_type(call, body)
        if call.served.custom is not None:
            return self._decode_custom(call, body)
        if call.served.shape is None:
            return deep_copy(body)  # type: ignore[no-any-return]
        from cluster_core.api.schema import DecodeError, decode

        kept = _shared_parts(body, current) if current is not None else {}
        if kept:
            body = {k: v for k, v in body.items() if k not in kept}
        elif type(body) is not dict:
            body = dict(body)
        try:
            decoded = decode(call.served.shape, body)
        except DecodeError as error:
            text = f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: {error}'
            raise errors.bad_request(text) from None
        unknown = [*call.duplicates, *decoded.unknown] if call.duplicates else decoded.unknown
        if unknown:
            _report_unknown(call, unknown)
        obj = decoded.object
        obj.update(kept)
        obj["apiVersion"], obj["kind"] = resource.gvk.api_version, resource.kind
        return obj

    def _decode_custom(self, call: Call, body: Object) -> Object:
        from cluster_core.api.schema import DecodeError

        try:
            obj, unknown = call.served.custom.decode(body)
        except DecodeError as error:
            resource = call.served.resource
            text = f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: {error}'
            raise errors.bad_request(text) from None
        if unknown:
            _report_unknown(call, unknown)
        return obj  # type: ignore[no-any-return]

    def _check_type(self, call: Call, body: Object) -> None:
        resource = call.served.resource
        version, kind = body.get("apiVersion") or resource.gvk.api_version, body.get("kind") or resource.kind
        if version != resource.gvk.api_version:
            text = f"the API version in the data ({version}) does not match the expected API version ({resource.gvk.api_version})"
            raise errors.bad_request(text)
        if kind != resource.kind:
            stated = f'{kind} in version "{resource.version}" cannot be handled as a {resource.kind}'
            prefix = (resource.group.partition(".")[0] or "core") if resource.group != "" else "core"
            text = f"converting ({resource.version}.{kind}) to ({prefix}.{resource.kind}): unknown conversion"
            raise errors.bad_request(f"{stated}: {text}")

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
        if not stated or stated == "0":
            if call.request.verb == "update" and not call.request.subresource and _is_guarded(call.served):
                problem = field.invalid("metadata.resourceVersion", 0, "must be specified for an update")
                raise errors.invalid(call.served.group_resource, call.request.name, [problem])
        elif stated != current["metadata"]["resourceVersion"]:
            if not stated.isdigit():
                raise errors.plain_failure(f'strconv.ParseUint: parsing "{stated}": invalid syntax')
            raise errors.conflict(call.served.group_resource, call.request.name)

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


def _shared_parts(body: Object, current: Object) -> Object:
    """Top-level parts of a body that are the stored object's very own; metadata as a copy, since it will change."""
    kept = {k: v for k, v in body.items() if v is current.get(k) and isinstance(v, dict)}
    if "metadata" in kept:
        kept["metadata"] = dict(kept["metadata"])
    return kept


def _is_guarded(served: Served) -> bool:
    return served.custom is not None or served.group_resource in GUARDED


def _nothing() -> None:
    return None


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


def _report_unknown(call: Call, unknown: list[str]) -> None:
    mode = call.request.query.get("fieldValidation", "Warn")
    if mode == "Strict":
        kind, version = call.served.resource.kind, call.served.resource.version
        text = f"strict decoding error: {', '.join(unknown)}"
        raise errors.bad_request(f'{kind} in version "{version}" cannot be handled as a {kind}: {text}')
    if mode == "Warn":
        call.warnings.extend(unknown)
