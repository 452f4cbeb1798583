"""What the server does to metadata before an object is stored, whatever its kind, and the checks on it.

Called by the registry between mutating admission and the kind's own validation. Pure but for the server's uid and name generator.
"""

from functools import lru_cache
from typing import Any

from cluster_core.apimachinery import field
from cluster_core.apimachinery.errors import bad_request
from cluster_core.apimachinery.field import FieldError

Object = dict[str, Any]
NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
STANDARD_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")
GENERATED_BASE, GENERATED_RANDOM = 58, 5
_NOT_GENERATION = frozenset(("metadata", "status", "apiVersion", "kind"))


class Identities:
    """Random uids and name suffixes of one seeded generator."""

    def __init__(self, rng: Any) -> None:
        self._bits, self._letters = rng.getrandbits, rng.choices

    def uid(self) -> str:
        """A version 4 UUID."""
        text = f"{self._bits(128):032x}"
        variant = "89ab"[int(text[16], 16) & 3]
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"

    def suffix(self, length: int = GENERATED_RANDOM) -> str:
        """Random characters as in generated names."""
        return "".join(self._letters(NAME_LETTERS, k=length))

    def name(self, base: str) -> str:
        """A name from a generateName prefix, cut so that the random part fits in 63 bytes."""
        return base[:GENERATED_BASE] + self.suffix()


def begin_create(metadata: Object, namespaced: bool, namespace: str) -> None:
    """Check and set the namespace, and drop what a client may not set."""
    if namespaced:
        metadata["namespace"] = namespace
    else:
        metadata.pop("namespace", None)
    for name in ("deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion", "managedFields"):
        metadata.pop(name, None)


def check_namespace(metadata: Object, namespaced: bool, namespace: str) -> None:
    """The object's namespace must be the request's."""
    stated = metadata.get("namespace", "")
    if namespaced and stated and stated != namespace:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    if not namespaced and stated:
        raise bad_request("namespace is not allowed on this type")


def generation_changed(new: Object, old: Object, counted: tuple[str, ...] = ()) -> bool:
    """Whether anything outside metadata and status differs, or one of the `counted` fields of metadata."""
    names = new.keys() | old.keys()
    if any(new.get(n) != old.get(n) for n in names if n not in _NOT_GENERATION):
        return True
    return any((new["metadata"].get(n) or {}) != (old["metadata"].get(n) or {}) for n in counted)


def keep_system_metadata(new: Object, old: Object) -> None:
    """On update the server's own fields stay as stored; `new` is the object to be stored."""
    for name in (
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "generateName",
    ):
        if name in old:
            if name == "generateName" and name in new:
                continue
            new[name] = old[name]
        elif name != "generateName":
            new.pop(name, None)
    new.pop("selfLink", None)


def validate_metadata(metadata: Object, namespaced: bool, name_rule: Any) -> list[FieldError]:
    """Every problem of an object's metadata."""
    problems: list[FieldError] = []
    generate_name = metadata.get("generateName", "")
    if generate_name:
        problems += [field.invalid("metadata.generateName", generate_name, m) for m in name_rule(generate_name, True)]
    name = metadata.get("name", "")
    if not name:
        problems.append(field.required("metadata.name", "name or generateName is required"))
    else:
        problems += [field.invalid("metadata.name", name, m) for m in name_rule(name, False)]
    if namespaced:
        problems += _namespace_problems(metadata)
    problems += accessor_problems(metadata)
    return problems


def _namespace_problems(metadata: Object) -> list[FieldError]:
    from cluster_core.apimachinery.names import dns1123_label

    namespace = metadata.get("namespace", "")
    if not namespace:
        return [field.required("metadata.namespace")]
    return [field.invalid("metadata.namespace", namespace, m) for m in dns1123_label(namespace)]


def accessor_problems(metadata: Object) -> list[FieldError]:
    """Problems of the maps and lists of metadata."""
    finalizers = metadata.get("finalizers")
    return map_problems(metadata) + (finalizer_problems(finalizers) if finalizers else [])


def map_problems(metadata: Object) -> list[FieldError]:
    """Problems of labels, annotations and owners."""
    problems: list[FieldError] = []
    labels = metadata.get("labels")
    if labels:
        problems += label_problems(labels, "metadata.labels")
    annotations = metadata.get("annotations")
    if annotations:
        problems += annotation_problems(annotations, "metadata.annotations")
    owners = metadata.get("ownerReferences")
    if owners:
        problems += owner_problems(owners)
    return problems


IMMUTABLE = "field is immutable"
_IMMUTABLE = ("name", "namespace", "uid")


def update_problems(new: Object, old: Object) -> list[FieldError]:
    """Problems of an update's metadata, as the client stated it, beside the accessors' own."""
    problems: list[FieldError] = []
    if old.get("deletionTimestamp") is not None:
        extra = sorted(set(new.get("finalizers") or ()) - set(old.get("finalizers") or ()))
        if extra:
            shown = ", ".join(map(field.value_text, extra))
            text = "no new finalizers can be added if the object is being deleted, "
            problems.append(field.forbidden("metadata.finalizers", f"{text}found new finalizers []string{{{shown}}}"))
    for name in _IMMUTABLE:
        if new.get(name) and new[name] != old.get(name):
            problems.append(field.invalid(f"metadata.{name}", new[name], IMMUTABLE))
    if new.get("deletionTimestamp") and new["deletionTimestamp"] != old.get("deletionTimestamp"):
        problems.append(field.invalid("metadata.deletionTimestamp", new["deletionTimestamp"], IMMUTABLE))
    return problems


@lru_cache(maxsize=4096)
def _is_good_label(key: str, value: str) -> bool:
    from cluster_core.apimachinery.names import label_value, qualified_name

    return not qualified_name(key) and not label_value(value)


def label_problems(labels: Object, path: str) -> list[FieldError]:
    """Keys must be qualified names, values label values."""
    from cluster_core.apimachinery.names import label_value, qualified_name

    if all(_is_good_label(key, value) for key, value in labels.items()):
        return []
    problems: list[FieldError] = []
    for key, value in sorted(labels.items()):
        problems += [field.invalid(path, key, m) for m in qualified_name(key)]
        problems += [field.invalid(path, value, m) for m in label_value(value)]
    return problems


ANNOTATIONS_LIMIT = 256 * 1024


def annotation_problems(annotations: Object, path: str) -> list[FieldError]:
    """Keys must be qualified names, the whole at most 256 KiB."""
    from cluster_core.apimachinery.names import qualified_name

    problems: list[FieldError] = []
    for key in sorted(annotations):
        problems += [field.invalid(path, key, m) for m in qualified_name(key.lower())]
    size = sum(
        len(k.encode(errors="surrogateescape")) + len(v.encode(errors="surrogateescape"))
        for k, v in annotations.items()
    )
    if size > ANNOTATIONS_LIMIT:
        problems.append(field.too_long(path, ANNOTATIONS_LIMIT))
    return problems


def owner_problems(owners: list[Object]) -> list[FieldError]:
    """Owner references need all four names, and at most one may be the controller."""
    problems: list[FieldError] = []
    controller = ""
    for owner in owners:
        path = "metadata.ownerReferences"
        version = owner.get("apiVersion", "")
        if version.count("/") > 1 or not version.rpartition("/")[2]:
            problems.append(field.invalid(f"{path}.apiVersion", version, "version must not be empty"))
        for name in ("kind", "name", "uid"):
            if not owner.get(name):
                problems.append(field.invalid(f"{path}.{name}", owner.get(name, ""), "must not be empty"))
        if owner.get("controller"):
            this = f"{owner.get('kind', '')}/{owner.get('name', '')}"
            if controller:
                text = "Only one reference can have Controller set to true. "
                text += f'Found "true" in references for {controller} and {this}'
                shown = f"Invalid value: {_references_text(owners)}: {text}"
                problems.append(FieldError("metadata.ownerReferences", field.INVALID, shown))
            else:
                controller = this
    return problems


def _references_text(owners: list[Object]) -> str:
    import json

    order = ("apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion")
    return json.dumps([{k: o[k] for k in order if k in o} for o in owners], separators=(",", ":"), ensure_ascii=False)


def finalizer_problems(finalizers: list[str]) -> list[FieldError]:
    """Finalizers are qualified names; orphan and foregroundDeletion exclude each other."""
    from cluster_core.apimachinery.names import qualified_name

    problems: list[FieldError] = []
    for finalizer in finalizers:
        problems += [field.invalid("metadata.finalizers", finalizer, m) for m in qualified_name(finalizer)]
    for index, finalizer in enumerate(finalizers):
        if "/" not in finalizer and finalizer not in STANDARD_FINALIZERS:
            text = "name is neither a standard finalizer name nor is it fully qualified"
            problems.append(field.invalid(f"metadata.finalizers[{index}]", finalizer, text))
    if "orphan" in finalizers and "foregroundDeletion" in finalizers:
        text = "finalizer orphan and foregroundDeletion cannot be both set"
        problems.append(field.invalid("metadata.finalizers", finalizers, text))
    return problems
