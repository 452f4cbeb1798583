"""IPAddress: columns."""

from ipaddress import ip_address

from cluster_core.api.cells import AGE, NAME, NONE
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors, immutable, ip_problems, name, required_segment, struct
from cluster_core.apimachinery import field, names


def _parent(address: Object, _now: float) -> str:
    parent = address["spec"].get("parentRef")
    if not parent:
        return NONE
    group = parent.get("group")
    resource = f"{parent.get('resource', '')}.{group}" if group else parent.get("resource", "")
    return "/".join(filter(None, (resource.lower(), parent.get("namespace"), parent.get("name"))))


def name_problems(text: str, _prefix: bool = False) -> list[str]:
    """The name is the address in its canonical form."""
    problems = ip_problems(text)
    if not problems and str(ip_address(text)) != text:
        problems.append(f'must be in canonical form ("{ip_address(text)}")')
    return problems


def validate(address: Object) -> Errors:
    """A new address."""
    errors: Errors = []
    parent = address["spec"].get("parentRef")
    if parent is None:
        return [field.required("spec.parentRef")]
    if parent.get("group"):
        name(errors, "spec.parentRef.group", parent["group"], names.dns1123_subdomain)
    for each in ("resource", "name"):
        required_segment(errors, f"spec.parentRef.{each}", parent.get(each))
    if parent.get("namespace"):
        name(errors, "spec.parentRef.namespace", parent["namespace"], names.path_segment)
    return errors


def validate_update(new: Object, old: Object) -> Errors:
    """The parent stays."""
    errors: Errors = []
    before, parent = (o["spec"].get("parentRef") for o in (old, new))
    fields = {key.capitalize(): (parent or {}).get(key, "") for key in ("group", "resource", "namespace", "name")}
    immutable(errors, "spec.parentRef", parent, before, struct(fields))
    return errors


RESOURCES = (
    Resource(
        group="networking.k8s.io",
        version="v1",
        kind="IPAddress",
        plural="ipaddresses",
        short_names=("ip",),
        namespaced=False,
        generation=False,
        validate=validate,
        validate_update=validate_update,
        name_rule=name_problems,
        columns=(NAME, Column("ParentRef", _parent), Column("", AGE.cell)),
    ),
)
