"""OpenAPI documents: /openapi/v3, one for each group version, and /openapi/v2, the whole in the older form.

Made of the schema package's definitions, the table of served resources, and the schemas of CustomResourceDefinitions. kubectl and helm
read them to explain fields, to merge patches of custom resources and to learn that the server validates fields.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from hashlib import sha256
from typing import Any

from cluster_core.api import scheme
from cluster_core.api.resource import Resource
from cluster_core.apimachinery import errors
from cluster_core.apiserver.served import Served, ServedResources

Object = dict[str, Any]
Rename = Callable[[str], str]
V2, V3 = "#/definitions/", "#/components/schemas/"
_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_SPECIAL: dict[str, Object] = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {
        "format": "int-or-string",
        "oneOf": [{"type": "integer"}, {"type": "string"}],
    },
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"oneOf": [{"type": "string"}, {"type": "number"}]},
}
"""Schemas that the package states in the form of JSON Schema."""
_VERBS = {
    "create": ("post", False, ("dryRun", "fieldManager", "fieldValidation")),
    "list": ("get", False, ("continue", "fieldSelector", "labelSelector", "limit", "resourceVersion", "watch")),
    "deletecollection": ("delete", False, ("dryRun", "fieldSelector", "labelSelector", "propagationPolicy")),
    "get": ("get", True, ()),
    "update": ("put", True, ("dryRun", "fieldManager", "fieldValidation")),
    "patch": ("patch", True, ("dryRun", "fieldManager", "fieldValidation", "force")),
    "delete": ("delete", True, ("dryRun", "gracePeriodSeconds", "propagationPolicy")),
}
"""Verb to HTTP method, whether it names one object, and its query parameters."""
_ACTIONS = {"create": "post", "update": "put"}
_TYPES = {"force": "boolean", "watch": "boolean", "limit": "integer", "gracePeriodSeconds": "integer"}
_BODIES = {"create", "update", "patch", "delete", "deletecollection"}


def serve(served: ServedResources, parts: list[str]) -> Object:
    """The document under /openapi/…; raises not found."""
    if parts == ["openapi", "v3"]:
        return index(served)
    if parts == ["openapi", "v2"]:
        return whole(served)
    if parts[:2] == ["openapi", "v3"]:
        for group, version in _group_versions(served):
            if parts[2:] == _path(group, version).split("/"):
                return document(served, group, version)
        if "/".join(parts[2:]) in _plain_paths(served):
            return _document(served, {}, {})
    raise errors.PageNotFoundError


def _group_versions(served: ServedResources) -> Iterator[tuple[str, str]]:
    for group, versions in served.groups().items():
        for version in versions:
            yield group, version


def _path(group: str, version: str) -> str:
    return f"apis/{group}/{version}" if group else f"api/{version}"


def _plain_paths(served: ServedResources) -> list[str]:
    """Documents about no group version."""
    fixed = [".well-known/openid-configuration", "api", "apis", "openid/v1/jwks", "version"]
    return fixed + [f"apis/{group}" for group in served.groups() if group]


def index(served: ServedResources) -> Object:
    """/openapi/v3: where the documents are; the hash changes with their content."""
    paths = _plain_paths(served)
    paths += [_path(group, version) for group, version in _group_versions(served)]
    revision = served.revision
    found = {}
    for path in sorted(paths):
        mark = sha256(f"{served.kubernetes_version} {revision} {path}".encode()).hexdigest().upper()
        found[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={mark}"}
    return {"paths": found}


def document(served: ServedResources, group: str, version: str) -> Object:
    """One group version in OpenAPI v3."""
    paths: Object = {}
    schemas: Object = {}
    for resource in served.resources(group, version):
        found = served.lookup(resource.gvr)
        assert found is not None
        name = schema_name(served, found)
        paths.update(_paths(resource, name, _v3_operation))
        schemas.update(_schemas(served, found, name, V3))
    return _document(served, paths, schemas)


def _document(served: ServedResources, paths: Object, schemas: Object) -> Object:
    head = {"openapi": "3.0.0", "info": _info(served)}
    return {**head, "paths": paths, "components": {"schemas": schemas}}


def _info(served: ServedResources) -> Object:
    return {"title": "Kubernetes", "version": f"v{served.kubernetes_version}.0"}


def whole(served: ServedResources) -> Object:
    """Everything in OpenAPI v2."""
    paths: Object = {}
    definitions: Object = {}
    for group, version in _group_versions(served):
        for resource in served.resources(group, version):
            found = served.lookup(resource.gvr)
            assert found is not None
            name = schema_name(served, found)
            paths.update(_paths(resource, name, _v2_operation))
            definitions.update(_schemas(served, found, name, V2))
    return {"swagger": "2.0", "info": _info(served), "paths": paths, "definitions": definitions}


def schema_name(served: ServedResources, found: Served) -> str:
    """The name under which a kind's schema stands."""
    from cluster_core.api.schema.definitions import kinds

    resource = found.resource
    if found.custom is None:
        known = kinds(served.kubernetes_version).get(tuple(resource.gvk))  # type: ignore[arg-type]
        if known is not None:
            return known
    return ".".join([*reversed(resource.group.split(".")), resource.version, resource.kind])


# Schemas


def _schemas(served: ServedResources, found: Served, name: str, prefix: str) -> Object:
    """A kind's schema with everything that it refers to."""
    if found.custom is not None:
        return _custom_schemas(served, found, name, prefix)
    if found.backend is not None:
        return found.backend.schemas(prefix)
    version = served.kubernetes_version
    roots = (name, f"{name}List", f"{_META}DeleteOptions", f"{_META}Status", f"{_META}Patch")
    return {wanted: _schema(version, wanted, prefix) for wanted in _closure(version, roots)}


@cache
def _closure(version: str, roots: tuple[str, ...]) -> tuple[str, ...]:
    """These definitions and all that they refer to."""
    from cluster_core.api.schema.definitions import definitions

    known, waiting = definitions(version), list(roots)
    found: dict[str, None] = {}
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            found[name] = None
            waiting += _references(known[name])
    return tuple(sorted(found))


def _references(schema: Any) -> Iterable[str]:
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref" and isinstance(value, str):
                yield value.rpartition("/")[2]
            else:
                yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


@cache
def _schema(version: str, name: str, prefix: str) -> Object:
    from cluster_core.api.schema.definitions import definitions

    raw = definitions(version)[name]
    shown: Object = _shown(raw, prefix)
    if name in _SPECIAL:
        keep = {k: v for k, v in shown.items() if k == "description"}
        special = _SPECIAL[name] if prefix == V3 else {"type": "string", "format": _SPECIAL[name].get("format", "")}
        return {**keep, **{k: v for k, v in special.items() if v}}
    if "x-kubernetes-group-version-kind" in shown:
        properties = shown.get("properties", {})
        for field in ("apiVersion", "kind"):
            if field in properties:
                properties[field] = {k: v for k, v in properties[field].items() if k != "enum"}
    return shown


def _shown(schema: Any, prefix: str) -> Any:
    """JSON Schema as OpenAPI has it: no null among the types, references of the document's own."""
    if isinstance(schema, list):
        return [_shown(value, prefix) for value in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _value(key, value, prefix) for key, value in schema.items()}
    reference = found.get("$ref")
    if isinstance(reference, str) and len(found) > 1 and prefix == V3:
        rest = {key: value for key, value in found.items() if key != "$ref"}
        return {**rest, "allOf": [{"$ref": reference}]}
    return found


def _value(key: str, value: Any, prefix: str) -> Any:
    if key == "$ref" and isinstance(value, str):
        return prefix + value.rpartition("/")[2]
    if key == "type" and isinstance(value, list):
        return next((t for t in value if t != "null"), "object")
    return _shown(value, prefix)


def _custom_schemas(served: ServedResources, found: Served, name: str, prefix: str) -> Object:
    """The schema in a CustomResourceDefinition, with the fields that every object has."""
    schema = found.custom.schema
    resource, version = found.resource, served.kubernetes_version
    gvk = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    properties = {
        **(schema.get("properties") or {}),
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"allOf": [{"$ref": f"{prefix}{_META}ObjectMeta"}]},
    }
    own = {**schema, "type": "object", "properties": properties, "x-kubernetes-group-version-kind": [gvk]}
    items = {"type": "array", "items": {"allOf": [{"$ref": prefix + name}]}}
    listed = {
        "type": "object",
        "required": ["items"],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "items": items,
            "metadata": {"allOf": [{"$ref": f"{prefix}{_META}ListMeta"}]},
        },
        "x-kubernetes-group-version-kind": [{**gvk, "kind": f"{resource.kind}List"}],
    }
    shared = (f"{_META}ObjectMeta", f"{_META}ListMeta", f"{_META}DeleteOptions", f"{_META}Status", f"{_META}Patch")
    found_schemas = {wanted: _schema(version, wanted, prefix) for wanted in _closure(version, shared)}
    return {**found_schemas, name: own, f"{name}List": listed}


# Paths

Operation = Callable[[Resource, str, str, tuple[str, ...]], Object]


def _paths(resource: Resource, name: str, operation: Operation) -> Object:
    """Every URL of a resource with its operations."""
    prefix = "/" + _path(resource.group, resource.version)
    if resource.namespaced:
        base = f"{prefix}/namespaces/{{namespace}}/{resource.plural}"
    else:
        base = f"{prefix}/{resource.plural}"
    found: Object = {}
    for verb in resource.verbs:
        if verb in _VERBS:
            method, named, parameters = _VERBS[verb]
            item = found.setdefault(f"{base}/{{name}}" if named else base, _item(resource, named, operation))
            item[method] = operation(resource, name, verb, parameters)
    if resource.namespaced and "list" in resource.verbs:
        every = found.setdefault(f"{prefix}/{resource.plural}", {})
        every["get"] = operation(resource, name, "list", _VERBS["list"][2])
    for below in resource.subresources:
        item = found.setdefault(f"{base}/{{name}}/{below}", _item(resource, True, operation))
        if below == "status":
            for verb in ("get", "update", "patch"):
                method, _, parameters = _VERBS[verb]
                item[method] = operation(resource, name, verb, parameters)
    return found


def _item(resource: Resource, named: bool, operation: Operation) -> Object:
    wanted = (["name"] if named else []) + (["namespace"] if resource.namespaced else [])
    v3 = operation is _v3_operation
    return {"parameters": [_parameter(n, "path", v3) for n in wanted]} if wanted else {}


def _parameter(name: str, where: str, v3: bool) -> Object:
    type_ = _TYPES.get(name, "string")
    head: Object = {"name": name, "in": where, "required": True} if where == "path" else {"name": name, "in": where}
    return {**head, **({"schema": {"type": type_}} if v3 else {"type": type_})}


def _common(resource: Resource, verb: str) -> Object:
    scope = "Namespaced" if resource.namespaced else ""
    group = "".join(part.capitalize() for part in (resource.group.partition(".")[0] or "core", resource.version))
    return {
        "operationId": f"{verb}{group}{scope}{resource.kind}",
        "x-kubernetes-action": _ACTIONS.get(verb, verb),
        "x-kubernetes-group-version-kind": {
            "group": resource.group,
            "version": resource.version,
            "kind": resource.kind,
        },
    }


def _answered(name: str, verb: str) -> str:
    """The schema of a verb's answer."""
    if verb in ("delete", "deletecollection"):
        return f"{_META}Status"
    return f"{name}List" if verb == "list" else name


def _asked(name: str, verb: str) -> str:
    """The schema of a verb's body."""
    if verb == "patch":
        return f"{_META}Patch"
    return f"{_META}DeleteOptions" if verb.startswith("delete") else name


def _v3_operation(resource: Resource, name: str, verb: str, parameters: tuple[str, ...]) -> Object:
    def content(schema: str, media_types: tuple[str, ...]) -> Object:
        return {media_type: {"schema": {"$ref": V3 + schema}} for media_type in media_types}

    found = _common(resource, verb)
    if parameters:
        found["parameters"] = [_parameter(p, "query", True) for p in parameters]
    if verb in _BODIES:
        found["requestBody"] = {"content": content(_asked(name, verb), _body_types(resource, verb))}
    answer = {"description": "OK", "content": content(_answered(name, verb), ("application/json",))}
    return {**found, "responses": {"200": answer}}


def _body_types(resource: Resource, verb: str) -> tuple[str, ...]:
    """Custom resources take no strategic merge patches; kubectl apply reads here what to send."""
    if verb != "patch":
        return ("*/*",)
    strategic = ("strategic-merge-patch+json",) if scheme.row_for(*resource.gvr) else ()
    forms = ("json-patch+json", "merge-patch+json", *strategic, "apply-patch+yaml")
    return tuple(f"application/{form}" for form in forms)


def _v2_operation(resource: Resource, name: str, verb: str, parameters: tuple[str, ...]) -> Object:
    found = _common(resource, verb)
    listed = [_parameter(p, "query", False) for p in parameters]
    if verb in _BODIES:
        listed.append({"name": "body", "in": "body", "schema": {"$ref": V2 + _asked(name, verb)}})
        found["consumes"] = list(_body_types(resource, verb))
    if listed:
        found["parameters"] = listed
    answer = {"description": "OK", "schema": {"$ref": V2 + _answered(name, verb)}}
    return {**found, "produces": ["application/json"], "responses": {"200": answer}}
