"""Secret: its type, `stringData`, columns."""

import base64
from base64 import b64decode

from cluster_core.api.cells import AGE, NAME, count, get
from cluster_core.api.core.config_map import SIZE_LIMIT, immutability, keys_and_size
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors, immutable
from cluster_core.apimachinery import field


def default(secret: Object) -> None:
    """Opaque; plain text moves into data."""
    plain = secret.pop("stringData", None)
    if plain:
        encoded = {key: base64.b64encode(text.encode(errors="surrogateescape")).decode() for key, text in plain.items()}
        secret["data"] = {**(secret.get("data") or {}), **encoded}
    if not secret.get("type"):
        secret["type"] = "Opaque"


def validate(secret: Object) -> Errors:
    """A new secret has what its type needs."""
    errors: Errors = []
    data, kind = secret.get("data") or {}, secret.get("type", "")
    if keys_and_size(errors, "data", data, encoded=True) > SIZE_LIMIT:
        errors.append(field.too_long("data", SIZE_LIMIT))
    if kind == "kubernetes.io/service-account-token":
        if not (secret["metadata"].get("annotations") or {}).get(_ACCOUNT_NAME):
            errors.append(field.required(f"metadata.annotations[{_ACCOUNT_NAME}]"))
    elif kind in _DOCKER:
        _validate_docker(errors, data, _DOCKER[kind])
    elif kind == "kubernetes.io/basic-auth":
        if "username" not in data and "password" not in data:
            errors += [field.required("data[username]"), field.required("data[password]")]
    elif kind == "kubernetes.io/ssh-auth":
        if not data.get("ssh-privatekey"):
            errors.append(field.required("data[ssh-privatekey]"))
    elif kind == "kubernetes.io/tls":
        errors += [field.required(f"data[{key}]") for key in ("tls.crt", "tls.key") if key not in data]
    return errors


_ACCOUNT_NAME = "kubernetes.io/service-account.name"
_DOCKER = {"kubernetes.io/dockercfg": ".dockercfg", "kubernetes.io/dockerconfigjson": ".dockerconfigjson"}


def _validate_docker(errors: Errors, data: Object, key: str) -> None:
    if key not in data:
        errors.append(field.required(f"data[{key}]"))
        return
    problem = _json_problem(base64.b64decode(data[key]))
    if problem:
        errors.append(field.invalid(f"data[{key}]", "<secret contents redacted>", problem))


def _json_problem(text: bytes) -> str:
    """Go's complaint about text that should be a JSON object."""
    import json

    if not text.strip():
        return "unexpected end of JSON input"
    try:
        found = json.loads(text)
    except ValueError as error:
        position = getattr(error, "pos", 0)
        if position >= len(text):
            return "unexpected end of JSON input"
        character = text[position : position + 1].decode(errors="replace")
        return f"invalid character '{character}' looking for beginning of value"
    if isinstance(found, dict) or found is None:
        return ""
    kinds = {str: "string", bool: "bool", list: "array"}
    return f"json: cannot unmarshal {kinds.get(type(found), 'number')} into Go value of type map[string]interface {{}}"


def validate_update(new: Object, old: Object) -> Errors:
    """A changed secret keeps its type."""
    errors: Errors = []
    immutable(errors, "type", new.get("type", ""), old.get("type", ""))
    immutability(errors, new, old, ("data",))
    return errors + validate(new)


def warnings(new: Object, _old: Object | None) -> list[str]:
    """Certificates that are none."""
    if new.get("type") != "kubernetes.io/tls":
        return []
    certificate = b64decode((new.get("data") or {}).get("tls.crt", ""))
    return [] if b"-----BEGIN " in certificate else ["tls: failed to find any PEM data in certificate input"]


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="Secret",
        plural="secrets",
        default=default,
        warnings=warnings,
        validate=validate,
        validate_update=validate_update,
        generation=False,
        columns=(NAME, Column("Type", get("type")), Column("Data", count("data")), AGE),
        selectable_fields={"type": lambda secret: secret.get("type", "")},
    ),
)
