"""Volumes of pods: each kind of source, and what several sources in one volume mean."""

from collections.abc import Callable
from typing import Any

from cluster_core.api.core.pod_spec.fields import field_selector, resource_selector
from cluster_core.api.validation import (
    Errors,
    annotations,
    file_mode,
    labels,
    local_descending,
    local_not_reserved,
    name,
    no_backsteps,
    unsupported,
)
from cluster_core.apimachinery import field, names, quantity

Object = dict[str, Any]
Check = Callable[[Errors, str, Object], None]

MORE_THAN_ONE = "may not specify more than 1 volume type"
_VOLUME_FIELDS = frozenset(
    ("metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "metadata.uid")
)
_HOST_PATH_TYPES = (
    "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket",
)  # fmt: skip


def volumes(errors: Errors, path: str, found: list[Object], pod_name: str = "") -> dict[str, Object]:
    """Checks a pod's volumes and returns the good ones by name. `pod_name` matters to ephemeral claims only."""
    good: dict[str, Object] = {}
    created = {f"{pod_name}-{v.get('name', '')}" for v in found if "ephemeral" in v} if pod_name else set()
    for index, volume in enumerate(found):
        where, problems = f"{path}[{index}]", Errors()
        volume_name = volume.get("name", "")
        source(problems, where, volume, pod_name)
        if not volume_name:
            problems.append(field.required(f"{where}.name"))
        else:
            name(problems, f"{where}.name", volume_name, names.dns1123_label)
        if volume_name in good:
            problems.append(field.duplicate(f"{where}.name", volume_name))
        if problems:
            errors += problems
        else:
            good[volume_name] = volume
        claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        if claim and claim in created:
            problem = "must not reference a PVC that gets created for an ephemeral volume"
            errors.append(field.invalid(f"{where}.persistentVolumeClaim.claimName", claim, problem))
    return good


def source(errors: Errors, path: str, volume: Object, pod_name: str = "") -> None:
    """What one volume is made of: exactly one source."""
    count = 0
    for kind, check in SOURCES.items():
        found = volume.get(kind)
        if found is None:
            continue
        count += 1
        if count > 1:
            errors.append(field.forbidden(f"{path}.{_MISSPELT.get(kind, kind)}", MORE_THAN_ONE))
            continue
        check(errors, f"{path}.{_CHECKED_AS.get(kind, kind)}", found)
        if kind == "ephemeral" and pod_name and volume.get("name"):
            claim = f"{pod_name}-{volume['name']}"
            for problem in names.dns1123_subdomain(claim):
                errors.append(field.invalid(f"{path}.name", volume["name"], f'PVC name "{claim}": {problem}'))
    if not count:
        errors.append(field.required(path, "must specify a volume type"))


def _needs(*required: str) -> Check:
    def check(errors: Errors, path: str, found: Object) -> None:
        for each in required:
            if not found.get(each):
                errors.append(field.required(f"{path}.{each}"))

    return check


def _empty_dir(errors: Errors, path: str, found: Object) -> None:
    limit = found.get("sizeLimit")
    if limit is not None and quantity.parse(limit).nanos < 0:
        errors.append(field.forbidden(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity"))


def host_path(errors: Errors, path: str, found: Object) -> None:
    """A path of the node."""
    if not found.get("path"):
        errors.append(field.required(f"{path}.path"))
        return
    no_backsteps(errors, f"{path}.path", found["path"])
    kind = found.get("type")
    if kind is not None and kind not in _HOST_PATH_TYPES:
        errors.append(unsupported(f"{path}.type", kind, _HOST_PATH_TYPES))


def _git_repo(errors: Errors, path: str, found: Object) -> None:
    if not found.get("repository"):
        errors.append(field.required(f"{path}.repository"))
    local_descending(errors, f"{path}.directory", found.get("directory", ""))


def _partitioned(id_field: str) -> Check:
    def check(errors: Errors, path: str, found: Object) -> None:
        if not found.get(id_field):
            errors.append(field.required(f"{path}.{id_field}"))
        partition = found.get("partition", 0)
        if not 0 <= partition <= 255:
            errors.append(field.invalid(f"{path}.partition", partition, "must be between 1 and 255, inclusive"))

    return check


def nfs(errors: Errors, path: str, found: Object) -> None:
    """A network file system."""
    for each in ("server", "path"):
        if not found.get(each):
            errors.append(field.required(f"{path}.{each}"))
    if not found.get("path", "").startswith("/"):
        errors.append(field.invalid(f"{path}.path", found.get("path", ""), "must be an absolute path"))


def iscsi(errors: Errors, path: str, found: Object) -> None:
    """An iSCSI target."""
    if not found.get("targetPortal"):
        errors.append(field.required(f"{path}.targetPortal"))
    qualified = found.get("iqn", "")
    if not qualified:
        errors.append(field.required(f"{path}.iqn"))
    else:
        _iscsi_name(errors, f"{path}.iqn", qualified)
    lun = found.get("lun", 0)
    if not 0 <= lun <= 255:
        errors.append(field.invalid(f"{path}.lun", lun, "must be between 0 and 255, inclusive"))
    if (found.get("chapAuthDiscovery") or found.get("chapAuthSession")) and not found.get("secretRef"):
        errors.append(field.required(f"{path}.secretRef"))
    if found.get("initiatorName") is not None:
        _iscsi_name(errors, f"{path}.initiatorname", found["initiatorName"])


def _iscsi_name(errors: Errors, path: str, text: str) -> None:
    import re

    rules = {
        "iqn": r"iqn\.\d{4}-\d{2}\.([a-z0-9-.]+)(:([^\s_]*))?",
        "eui": r"eui.[0-9a-f]{16}",
        "naa": r"naa.[0-9a-f]{32}",
    }
    pattern = rules.get(text[:3])
    if pattern is None:
        errors.append(field.invalid(path, text, "must be valid format starting with iqn, eui, or naa"))
    elif not re.fullmatch(pattern, text, re.IGNORECASE if text[:3] != "iqn" else 0):
        errors.append(field.invalid(path, text, "must be valid format"))


def fc(errors: Errors, path: str, found: Object) -> None:
    """Fibre Channel."""
    targets, wide = found.get("targetWWNs"), found.get("wwids")
    if not targets and not wide:
        problem = "must specify either targetWWNs or wwids, but not both"
        errors.append(field.required(f"{path}.targetWWNs", problem))
    if targets and wide:
        problem = "targetWWNs and wwids can not be specified simultaneously"
        errors.append(field.invalid(f"{path}.targetWWNs", targets, problem))
    if targets:
        lun = found.get("lun")
        if lun is None:
            errors.append(field.required(f"{path}.lun", "lun is required if targetWWNs is specified"))
        elif not 0 <= lun <= 255:
            errors.append(field.invalid(f"{path}.lun", lun, "must be between 0 and 255, inclusive"))


def _keyed(name_field: str) -> Check:
    def check(errors: Errors, path: str, found: Object) -> None:
        if not found.get(name_field):
            errors.append(field.required(f"{path}.{name_field}"))
        file_mode(errors, f"{path}.defaultMode", found.get("defaultMode"))
        for index, item in enumerate(found.get("items") or ()):
            _key_to_path(errors, f"{path}.items[{index}]", item)

    return check


def _key_to_path(errors: Errors, path: str, item: Object) -> None:
    if not item.get("key"):
        errors.append(field.required(f"{path}.key"))
    target = item.get("path", "")
    if not target:
        errors.append(field.required(f"{path}.path"))
    local_not_reserved(errors, f"{path}.path", target)
    file_mode(errors, f"{path}.mode", item.get("mode"))


def _downward(errors: Errors, path: str, found: Object) -> None:
    file_mode(errors, f"{path}.defaultMode", found.get("defaultMode"))
    for item in found.get("items") or ():
        _downward_file(errors, path, item)


def _downward_file(errors: Errors, path: str, item: Object) -> None:
    target = item.get("path", "")
    if not target:
        errors.append(field.required(f"{path}.path"))
    local_not_reserved(errors, f"{path}.path", target)
    if "fieldRef" in item:
        field_selector(errors, f"{path}.fieldRef", item["fieldRef"], _VOLUME_FIELDS)
        if "resourceFieldRef" in item:
            problem = "fieldRef and resourceFieldRef can not be specified simultaneously"
            errors.append(field.invalid(path, "resource", problem))
    elif "resourceFieldRef" in item:
        resource_selector(errors, f"{path}.resourceFieldRef", item["resourceFieldRef"], volume=True)
    else:
        errors.append(field.required(path, "one of fieldRef and resourceFieldRef is required"))
    file_mode(errors, f"{path}.mode", item.get("mode"))


def _projected(errors: Errors, path: str, found: Object) -> None:
    file_mode(errors, f"{path}.defaultMode", found.get("defaultMode"))
    paths: set[str] = set()
    for index, item in enumerate(found.get("sources") or ()):
        where = f"{path}.sources[{index}]"
        for kind, check in _PROJECTIONS.items():
            if kind in item:
                check(errors, f"{where}.{kind}", item[kind], path, paths)
        if sum(kind in item for kind in _PROJECTIONS) > 1:
            errors.append(field.forbidden(where, "may not specify more than 1 volume type per source"))


def _claim_path(errors: Errors, path: str, paths: set[str], target: str, shown: str) -> None:
    if target in paths:
        errors.append(field.invalid(path, shown, "conflicting duplicate paths"))
    paths.add(target)


def _projected_keys(errors: Errors, where: str, found: Object, path: str, paths: set[str]) -> None:
    source_name = found.get("name", "")
    if not source_name:
        errors.append(field.required(f"{where}.name"))
    for index, item in enumerate(found.get("items") or ()):
        _key_to_path(errors, f"{where}.items[{index}]", item)
        if item.get("path"):
            _claim_path(errors, path, paths, item["path"], source_name)


def _projected_downward(errors: Errors, where: str, found: Object, path: str, paths: set[str]) -> None:
    for item in found.get("items") or ():
        _downward_file(errors, where, item)
        if item.get("path"):
            _claim_path(errors, path, paths, item["path"], item["path"])


def _projected_token(errors: Errors, where: str, found: Object, path: str, _paths: set[str]) -> None:
    seconds = found.get("expirationSeconds", 3600)
    if seconds < 600:
        problem = "may not specify a duration less than 10 minutes"
        errors.append(field.invalid(f"{where}.expirationSeconds", seconds, problem))
    if seconds > 1 << 32:
        problem = "may not specify a duration larger than 2^32 seconds"
        errors.append(field.invalid(f"{where}.expirationSeconds", seconds, problem))
    if not found.get("path"):
        errors.append(field.required(f"{path}.path"))
    else:
        local_not_reserved(errors, f"{path}.path", found["path"])


_PROJECTIONS = {
    "secret": _projected_keys,
    "configMap": _projected_keys,
    "downwardAPI": _projected_downward,
    "serviceAccountToken": _projected_token,
}


def _quobyte(errors: Errors, path: str, found: Object) -> None:
    pairs = "must be a host:port pair or multiple pairs separated by commas"
    registry = found.get("registry", "")
    if not registry:
        errors.append(field.required(f"{path}.registry", pairs))
    elif len(found.get("tenant", "")) >= 65:
        problem = "must be a UUID and may not exceed a length of 64 characters"
        errors.append(field.required(f"{path}.tenant", problem))
    else:
        for pair in registry.split(","):
            if pair.count(":") != 1:
                errors.append(field.invalid(f"{path}.registry", registry, pairs))
    if not found.get("volume"):
        errors.append(field.required(f"{path}.volume"))


def _flocker(errors: Errors, path: str, found: Object) -> None:
    dataset, uuid = found.get("datasetName", ""), found.get("datasetUUID", "")
    if not dataset and not uuid:
        errors.append(field.required(path, "one of datasetName and datasetUUID is required"))
    if dataset and uuid:
        problem = "datasetName and datasetUUID can not be specified simultaneously"
        errors.append(field.invalid(path, "resource", problem))
    if "/" in dataset:
        errors.append(field.invalid(f"{path}.datasetName", dataset, "must not contain '/'"))


def _azure_disk(errors: Errors, path: str, found: Object) -> None:
    if not found.get("diskName"):
        errors.append(field.required(f"{path}.diskName"))
    uri = found.get("diskURI", "")
    if not uri:
        errors.append(field.required(f"{path}.diskURI"))
    caching, kind = found.get("cachingMode"), found.get("kind")
    if caching is not None and caching not in ("None", "ReadOnly", "ReadWrite"):
        errors.append(unsupported(f"{path}.cachingMode", caching, ("None", "ReadOnly", "ReadWrite")))
    if kind is not None and kind not in ("Dedicated", "Managed", "Shared"):
        errors.append(unsupported(f"{path}.kind", kind, ("Dedicated", "Managed", "Shared")))
    if kind == "Managed" and uri.find("/subscriptions/") != 0:
        errors.append(
            unsupported(
                f"{path}.diskURI",
                uri,
                ("/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}",),
            )
        )
    elif kind not in (None, "Managed") and not uri.startswith("https://"):
        errors.append(
            unsupported(
                f"{path}.diskURI",
                uri,
                ("https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd",),
            )
        )


def _azure_file(errors: Errors, path: str, found: Object) -> None:
    for each in ("secretName", "shareName"):
        if not found.get(each):
            errors.append(field.required(f"{path}.{each}"))
    if found.get("secretNamespace") == "":
        errors.append(field.required(f"{path}.secretNamespace"))


def _cinder(errors: Errors, path: str, found: Object) -> None:
    if not found.get("volumeID"):
        errors.append(field.required(f"{path}.volumeID"))
    _secret_reference(errors, path, found)


def _storage_os(errors: Errors, path: str, found: Object) -> None:
    if not found.get("volumeName"):
        errors.append(field.required(f"{path}.volumeName"))
    else:
        name(errors, f"{path}.volumeName", found["volumeName"], names.dns1123_label)
    if found.get("volumeNamespace"):
        name(errors, f"{path}.volumeNamespace", found["volumeNamespace"], names.dns1123_label)
    _secret_reference(errors, path, found)


def _secret_reference(errors: Errors, path: str, found: Object) -> None:
    if found.get("secretRef") is not None and not found["secretRef"].get("name"):
        errors.append(field.required(f"{path}.secretRef.name"))


def csi_driver_name(errors: Errors, path: str, text: str) -> None:
    """The name of a CSI driver: at most 63 characters, a DNS subdomain in any case."""
    if not text:
        errors.append(field.required(path))
        return
    if len(text) > 63:
        errors.append(field.too_long(path, 63))
    for problem in names.dns1123_subdomain(text.lower()):
        errors.append(field.invalid(path, text, problem))


def _csi(errors: Errors, path: str, found: Object) -> None:
    csi_driver_name(errors, f"{path}.driver", found.get("driver", ""))
    reference = found.get("nodePublishSecretRef")
    if reference is not None:
        if not reference.get("name"):
            errors.append(field.required(f"{path}.nodePublishSecretRef.name"))
        else:
            name(errors, f"{path}.name", reference["name"], names.dns1123_subdomain)


def _ephemeral(errors: Errors, path: str, found: Object) -> None:
    template = found.get("volumeClaimTemplate")
    if template is None:
        errors.append(field.required(f"{path}.volumeClaimTemplate"))
        return
    from cluster_core.api.core.persistent_volume_claim import validate_claim_spec

    where, metadata = f"{path}.volumeClaimTemplate", template.get("metadata") or {}
    annotations(errors, f"{where}.metadata.annotations", metadata.get("annotations"))
    labels(errors, f"{where}.metadata.labels", metadata.get("labels"))
    for each, value in metadata.items():
        if each not in ("annotations", "labels") and value:
            errors.append(field.forbidden(f"{where}.metadata.{each}", "cannot be set"))
    validate_claim_spec(errors, f"{where}.spec", template["spec"])


def _image(errors: Errors, path: str, found: Object) -> None:
    if not found.get("reference"):
        errors.append(field.required(f"{path}.reference"))
    policy = found.get("pullPolicy")
    if policy not in ("Always", "IfNotPresent", "Never"):
        errors.append(unsupported(f"{path}.pullPolicy", policy or "", ("Always", "IfNotPresent", "Never")))


def _flex(errors: Errors, path: str, found: Object) -> None:
    if not found.get("driver"):
        errors.append(field.required(f"{path}.driver"))
    for key in found.get("options") or ():
        domain, _, _ = key.partition("/")
        if "/" in key and ("." + domain).endswith((".kubernetes.io", ".k8s.io")):
            problem = "kubernetes.io and k8s.io namespaces are reserved"
            errors.append(field.invalid(f"{path}.options[{key}]", key, problem))


# In the order in which upstream looks at them.
SOURCES: dict[str, Check] = {
    "emptyDir": _empty_dir,
    "hostPath": host_path,
    "gitRepo": _git_repo,
    "gcePersistentDisk": _partitioned("pdName"),
    "awsElasticBlockStore": _partitioned("volumeID"),
    "secret": _keyed("secretName"),
    "nfs": nfs,
    "iscsi": iscsi,
    "glusterfs": _needs("endpoints", "path"),
    "flocker": _flocker,
    "persistentVolumeClaim": _needs("claimName"),
    "rbd": _needs("monitors", "image"),
    "cinder": _cinder,
    "cephfs": _needs("monitors"),
    "quobyte": _quobyte,
    "downwardAPI": _downward,
    "fc": fc,
    "flexVolume": _flex,
    "configMap": _keyed("name"),
    "azureFile": _azure_file,
    "vsphereVolume": _needs("volumePath"),
    "photonPersistentDisk": _needs("pdID"),
    "portworxVolume": _needs("volumeID"),
    "azureDisk": _azure_disk,
    "storageos": _storage_os,
    "projected": _projected,
    "scaleIO": _needs("gateway", "system", "volumeName"),
    "csi": _csi,
    "ephemeral": _ephemeral,
    "image": _image,
}
_MISSPELT = {"cephfs": "cephFS", "downwardAPI": "downwarAPI"}
_CHECKED_AS = {"gcePersistentDisk": "persistentDisk"}
