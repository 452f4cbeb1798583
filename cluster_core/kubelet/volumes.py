"""A pod's volumes: what is missing before it can start, and what its containers find mounted.

Called by the pod worker. Contents are simulated `Files`; ConfigMaps, Secrets and claims are read through listers.
"""

from collections.abc import Callable, Iterable
from typing import Any

from cluster_core.apimachinery import pod_resources
from cluster_core.kubelet import atomic_volume, environment, events
from cluster_core.kubelet.environment import ConfigError, Sources
from cluster_core.kubelet.runtime.files import MEMORY, Files

Object = dict[str, Any]

NO_ITEM = "{} references non-existent config key: {}"
HOST_TYPE = "hostPath type check failed: {} is not a {}"
_HOST_TYPES = {
    "Directory": "directory",
    "File": "file",
    "Socket": "socket file",
    "CharDevice": "character device",
    "BlockDevice": "block device",
}
HOST_PATHS = frozenset(("/", "/etc", "/var", "/tmp", "/proc", "/sys", "/dev", "/run", "/var/log", "/var/run", "/var/lib", "/usr", "/opt", "/home", "/lib", "/lib/modules", "/var/lib/kubelet", "/etc/kubernetes", "/var/log/pods", "/var/lib/docker/containers", "/var/log/containers"))  # fmt: skip
"""Directories that every simulated node has."""
HOST_FILES = {
    "File": frozenset(("/etc/passwd", "/etc/group", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/os-release", "/etc/localtime", "/etc/machine-id", "/proc/cpuinfo", "/proc/meminfo", "/var/lib/kubelet/config.yaml", "/run/xtables.lock")),
    "Socket": frozenset(("/run/containerd/containerd.sock", "/var/run/containerd/containerd.sock", "/run/dbus/system_bus_socket", "/var/run/dbus/system_bus_socket")),
    "CharDevice": frozenset(("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/full", "/dev/kmsg", "/dev/fuse", "/dev/net/tun")),
    "BlockDevice": frozenset(("/dev/sda", "/dev/sda1")),
}  # fmt: skip
"""Other things that every simulated node has, by type."""
ROOT_CA = "kube-root-ca.crt"


DEFAULT_TOKEN_SECONDS = 3600
Token = Callable[[str, int], str]


def _no_token(audience: str, seconds: int) -> str:
    return ""


class MountError(Exception):
    """A volume that cannot be set up now; the event's text."""


def mount_error(sources: Sources, volume: Object) -> str:
    """Why the volume cannot be set up, "" if it can: the part after `MountVolume.SetUp failed for volume "v" : `."""
    try:
        if "configMap" in volume:
            _keyed(sources, "ConfigMap", volume["configMap"], volume["configMap"]["name"])
        elif "secret" in volume:
            _keyed(sources, "Secret", volume["secret"], volume["secret"]["secretName"])
        elif "projected" in volume:
            for source in volume["projected"].get("sources") or ():
                if "secret" in source or ("configMap" in source and source["configMap"]["name"] != ROOT_CA):
                    _projected(sources, source, _no_token)
        elif "hostPath" in volume:
            _check_host_path(volume["hostPath"])
    except (MountError, ConfigError) as error:
        return str(error)
    return ""


def claim_error(sources: Sources, volume: Object, claim_of: Callable[[str, str], Object | None], unmounted: str) -> str:
    """Why the claim behind a volume cannot be used, "" if it can: the part after `Unable to attach or mount volumes: `."""
    if "persistentVolumeClaim" in volume:
        name = volume["persistentVolumeClaim"]["claimName"]
    elif "ephemeral" in volume:
        name = f"{sources.pod['metadata']['name']}-{volume['name']}"
    else:
        return ""
    claim = claim_of(sources.namespace, name)
    if claim is None:
        reason = f'failed to fetch PVC from API server: persistentvolumeclaims "{name}" not found'
    elif (claim.get("status") or {}).get("phase") != "Bound":
        reason = "PVC is not bound"
    else:
        return ""
    return events.CLAIM_FAILED.format(unmounted, volume["name"], sources.namespace, name, reason)


def _check_host_path(source: Object) -> None:
    kind, path = source.get("type") or "", source["path"]
    if not kind:
        return
    found = _kind_on_host(path.rstrip("/") or "/")
    wanted = kind.removesuffix("OrCreate")
    if found != wanted and not (found == "" and kind.endswith("OrCreate")):
        raise MountError(HOST_TYPE.format(path, _HOST_TYPES.get(wanted, wanted)))


def _kind_on_host(path: str) -> str:
    """What every node has at a path: a type of hostPath volumes, "" for nothing."""
    if path in HOST_PATHS:
        return "Directory"
    return next((kind for kind, paths in HOST_FILES.items() if path in paths), "")


def _keyed(sources: Sources, kind: str, source: Object, name: str) -> dict[str, str]:
    """Path -> text of a ConfigMap or Secret source."""
    found = sources.lookup(kind, name)
    optional = bool(source.get("optional"))
    if found is None:
        if optional or name == ROOT_CA:
            return {}
        raise MountError(environment.NOT_FOUND.format(kind.lower(), name))
    values = environment.texts(found)
    items = source.get("items")
    if not items:
        return values
    result = {}
    for item in items:
        if item["key"] in values:
            result[item["path"]] = values[item["key"]]
        elif not optional:
            raise MountError(NO_ITEM.format(kind.lower(), item["key"]))
    return result


def _projected(sources: Sources, source: Object, token: Token) -> dict[str, str]:
    if "configMap" in source:
        return _keyed(sources, "ConfigMap", source["configMap"], source["configMap"]["name"])
    if "secret" in source:
        return _keyed(sources, "Secret", source["secret"], source["secret"]["name"])
    if "downwardAPI" in source:
        return _downward(sources, source["downwardAPI"].get("items"))
    if "serviceAccountToken" in source:
        wanted = source["serviceAccountToken"]
        seconds = int(wanted.get("expirationSeconds") or DEFAULT_TOKEN_SECONDS)
        return {wanted["path"]: token(wanted.get("audience") or "", seconds)}
    return {}


def _downward(sources: Sources, items: list[Object] | None) -> dict[str, str]:
    first = sources.pod["spec"]["containers"][0]
    return {
        item["path"]: environment.field_value(sources, item["fieldRef"]["fieldPath"])
        if "fieldRef" in item
        else environment.resource_value(sources, first, item["resourceFieldRef"])
        for item in items or ()
    }


def content(sources: Sources, volume: Object, token: Token) -> dict[str, str]:
    """Path -> text of a volume made from the API. Raises MountError, ConfigError."""
    if "configMap" in volume:
        found = _keyed(sources, "ConfigMap", volume["configMap"], volume["configMap"]["name"])
    elif "secret" in volume:
        found = _keyed(sources, "Secret", volume["secret"], volume["secret"]["secretName"])
    elif "projected" in volume:
        found = {}
        for source in volume["projected"].get("sources") or ():
            found.update(_projected(sources, source, token))
    else:
        found = _downward(sources, volume["downwardAPI"].get("items"))
    return {f"/{path}": text for path, text in found.items()}


class PodVolumes:
    """The volumes of one pod as its containers see them, made when a container first looks at a file.

    `shared` gives the files of volumes that outlive the pod, `now` the time, `token` a service account's token for
    (audience, seconds that it is good for)."""

    def __init__(
        self,
        sources: Callable[[], Sources],
        shared: Callable[[Object], Files | None],
        now: Callable[[], float],
        token: Callable[[str, int], str],
    ) -> None:
        self._sources, self._shared, self._now, self._token = sources, shared, now, token
        self._files: dict[str, Files] = {}

    def files(self, volume: Object) -> Files:
        """The content of one volume, shared by all containers."""
        found = self._files.get(volume["name"])
        if found is None:
            found = self._files[volume["name"]] = self._shared(volume) or self._new(volume)
        return found

    def _new(self, volume: Object) -> Files:
        kind = content_kind(volume)
        if kind:
            files = atomic_volume.new(kind)
            self._fill(volume, files)
            return files
        files = Files()
        files.root_mode = atomic_volume.EVERYBODY
        files.touched(self._now())
        directory = volume.get("emptyDir") or {}
        if directory.get("medium") == "Memory":
            files.kind, files.root_mode = MEMORY, atomic_volume.STICKY
            if directory.get("sizeLimit"):
                files.limit = pod_resources.amounts({"memory": directory["sizeLimit"]})["memory"]
        group = (self._sources().pod["spec"].get("securityContext") or {}).get("fsGroup")
        if group is not None:
            files.root_mode |= 0o2770
            files.replace_all({}, now=self._now(), gid=group)
        return files

    def _fill(self, volume: Object, files: Files) -> None:
        sources = self._sources()
        try:
            found = content(sources, volume, self._token)
        except (MountError, ConfigError):
            return
        group = (sources.pod["spec"].get("securityContext") or {}).get("fsGroup")
        seed = f"{sources.pod['metadata'].get('uid', '')}/{volume['name']}"
        atomic_volume.fill(files, found, modes(volume, found), self._now(), seed, group)

    def refresh(self, pod: Object) -> None:
        """Take over changed ConfigMaps, Secrets and pod fields, and tokens that are to be renewed."""
        for volume in pod["spec"].get("volumes") or ():
            files = self._files.get(volume["name"])
            if files is not None and content_kind(volume):
                self._fill(volume, files)

    def used(self, name: str) -> Files | None:
        """A volume's files if anybody looked at them yet."""
        return self._files.get(name)


def content_kind(volume: Object) -> str:
    """What a volume's content comes from in the API, "" if from nothing there."""
    return next((kind for kind in ("configMap", "secret", "projected", "downwardAPI") if kind in volume), "")


def modes(volume: Object, content: Iterable[str]) -> dict[str, int]:
    """The mode of each path of a volume made from the API."""
    kind = content_kind(volume)
    source = volume[kind]
    default = source.get("defaultMode")
    result = dict.fromkeys(content, 0o644 if default is None else int(default))
    lists = [source.get("items")]
    if kind == "projected":
        lists = [part.get("items") for entry in source.get("sources") or () for part in entry.values()]
    for items in lists:
        for item in items or ():
            if item.get("mode") is not None:
                result[f"/{item['path']}"] = int(item["mode"])
    return result


def references(pod: Object) -> set[tuple[str, str]]:
    """(kind, name) of every ConfigMap and Secret that the pod's volumes show."""
    found: set[tuple[str, str]] = set()
    for volume in pod["spec"].get("volumes") or ():
        if "configMap" in volume:
            found.add(("ConfigMap", volume["configMap"]["name"]))
        elif "secret" in volume:
            found.add(("Secret", volume["secret"]["secretName"]))
        for source in (volume.get("projected") or {}).get("sources") or ():
            if "configMap" in source and source["configMap"]["name"] != ROOT_CA:
                found.add(("ConfigMap", source["configMap"]["name"]))
            elif "secret" in source:
                found.add(("Secret", source["secret"]["name"]))
    return found
