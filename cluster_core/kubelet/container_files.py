"""What a container finds on its disk: mounts, hosts file, resolver configuration, and whether sub-paths can be prepared.

Called when a container is created; the files themselves are made when a program first looks at one.
"""

from typing import TYPE_CHECKING, Any

from cluster_core.kubelet import cgroup, environment, volumes
from cluster_core.kubelet.runtime.container import Container
from cluster_core.kubelet.runtime.engine import expand
from cluster_core.kubelet.runtime.files import MEMORY, OVERLAY, Files
from cluster_core.kubelet.runtime.naming import full_name, host_name, seen_name

if TYPE_CHECKING:
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]

ROOT_DIRECTORIES = "/bin /dev /etc /home /proc /root /run /sbin /sys /tmp /usr /var"
NO_VARIABLE = "missing value for {}"
NO_SUB_PATH = 'failed to prepare subPath for volumeMount "{}" of container "{}"'
HOST_HOSTS = "# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n127.0.0.1 {}\n"
POD_HOSTS = (
    "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
    "fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n"
)
ALIASES = "\n# Entries added by HostAliases.\n"


def check_mounts(worker: "PodWorker", spec: Object) -> None:
    """Make sure that every subPath can be prepared. Raises ConfigError."""
    mounts = [m for m in spec.get("volumeMounts") or () if m.get("subPath") or m.get("subPathExpr")]
    if not mounts:
        return
    known = {v["name"]: v for v in worker.pod["spec"].get("volumes") or ()}
    for mount in mounts:
        path = _sub_path(worker, spec, mount)
        volume = known.get(mount["name"])
        files = worker.volumes.files(volume) if volume is not None else None
        if files is not None and any(files.is_file(p) for p in _parents(path)):
            raise environment.ConfigError(NO_SUB_PATH.format(mount["name"], spec["name"]))


def _parents(path: str) -> list[str]:
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[:n]) for n in range(1, len(parts))]


def _sub_path(worker: "PodWorker", spec: Object, mount: Object) -> str:
    """The subPath with variables filled in. Raises ConfigError for an unset one."""
    if not mount.get("subPathExpr"):
        return str(mount.get("subPath") or "")
    text = mount["subPathExpr"]
    result = expand(text, environment.build(worker.sources(), spec, ()))
    if "$(" in result:
        name = result.partition("$(")[2].partition(")")[0]
        raise environment.ConfigError(NO_VARIABLE.format(name))
    return result


def files_of(worker: "PodWorker", container: Container) -> Files:
    """The container's own root with every volume mounted."""
    spec, loop = container.spec, worker.node.loop
    context = spec.get("securityContext") or {}
    told = worker.behaviour(spec, container.restart_count).files
    content = {**_base_files(worker, container), **{path: str(text) for path, text in told.items()}}
    files = Files(content, bool(context.get("readOnlyRootFilesystem")), ROOT_DIRECTORIES)
    files.clock, files.kind = loop.now, OVERLAY
    files.touched(container.created_at)
    files.compute(cgroup.files(worker, container))
    for path in content:
        if path.startswith("/bin/") or path in told:
            files.allow_running(path)
    for path in ("/tmp", "/dev"):
        files.allow_everybody(path)
    device = Files()
    device.kind, device.root_mode = MEMORY, 0o1777
    files.mount("/dev", device)
    message = spec.get("terminationMessagePath") or "/dev/termination-log"
    files.mount(message, Files({"/log": ""}), "log")
    directory = spec.get("workingDir")
    if directory and directory != "/" and not files.is_file(directory):
        files.prepare_directory(directory)
    _mount_volumes(worker, spec, files)
    uid, gid = container.user
    files.user = (uid, frozenset((gid, *_groups(worker.pod))))
    return files


def _groups(pod: Object) -> list[int]:
    context = pod["spec"].get("securityContext") or {}
    group = [context["fsGroup"]] if context.get("fsGroup") is not None else []
    return [*(context.get("supplementalGroups") or ()), *group]


def _mount_volumes(worker: "PodWorker", spec: Object, files: Files) -> None:
    for volume in worker.pod["spec"].get("volumes") or ():
        for mount in spec.get("volumeMounts") or ():
            if mount["name"] != volume["name"]:
                continue
            source = worker.volumes.files(volume)
            path = _sub_path(worker, spec, mount)
            if path:
                source = _sub_tree(source, path, volume)
            frozen = bool(mount.get("readOnly")) or bool(volumes.content_kind(volume))
            files.mount(mount["mountPath"], source, path, frozen)


def _sub_tree(source: Files, path: str, volume: Object) -> Files:
    """The tree to mount a path of: one that does not follow later changes for volumes made from the API."""
    if not volumes.content_kind(volume):
        if not source.is_file(path) and not source.is_directory(path):
            source.prepare_directory(path)
            source.set_mode(path, source.root_mode)
        return source
    copy = Files()
    if source.is_file(path):
        copy.write(f"/{path}", source.read(f"/{path}") or "")
        copy.set_mode(f"/{path}", source.mode(f"/{path}") & 0o7777)
    else:
        copy.prepare_directory(path)
    return copy


def _base_files(worker: "PodWorker", container: Container) -> dict[str, str]:
    from cluster_core.kubelet.runtime.programs import program_files

    name = seen_name(worker.pod, worker.node.options.cluster_domain)
    uid = container.user[0]
    user = f"appuser:x:{uid}:{uid}::/home/appuser:/bin/sh\n" if uid else ""
    return {
        **program_files(),
        "/etc/hosts": _hosts(worker),
        "/etc/hostname": f"{name}\n",
        "/etc/resolv.conf": _resolv_conf(worker),
        "/etc/passwd": f"root:x:0:0:root:/root:/bin/sh\n{user}",
    }


def _hosts(worker: "PodWorker") -> str:
    spec, name = worker.pod["spec"], host_name(worker.pod)
    whole = full_name(worker.pod, worker.node.options.cluster_domain)
    full = name if whole == name else f"{whole}\t{name}"
    text = HOST_HOSTS.format(worker.node.name) if spec.get("hostNetwork") else f"{POD_HOSTS}{worker.address}\t{full}\n"
    aliases = spec.get("hostAliases") or ()
    if aliases:
        text += ALIASES
        text += "".join(f"{alias['ip']}\t{chr(9).join(alias.get('hostnames') or ())}\n" for alias in aliases)
    return text


def _resolv_conf(worker: "PodWorker") -> str:
    spec, options = worker.pod["spec"], worker.node.options
    config = spec.get("dnsConfig") or {}
    policy = spec.get("dnsPolicy") or "ClusterFirst"
    searches: list[str] = []
    servers: list[str] = []
    settings: dict[str, str] = {}
    if policy == "ClusterFirstWithHostNet" or (policy == "ClusterFirst" and not spec.get("hostNetwork")):
        domain = options.cluster_domain
        searches = [f"{worker.pod['metadata'].get('namespace', '')}.svc.{domain}", f"svc.{domain}", domain]
        servers, settings = [options.cluster_dns], {"ndots": "5"}
    elif policy != "None":
        servers = ["127.0.0.1"]
    searches += [s for s in config.get("searches") or () if s not in searches]
    servers += [s for s in config.get("nameservers") or () if s not in servers]
    for option in config.get("options") or ():
        settings[option["name"]] = option.get("value") or ""
    lines = [f"search {' '.join(searches)}"] if searches else []
    lines += [f"nameserver {server}" for server in servers]
    if settings:
        lines.append("options " + " ".join(f"{k}:{v}" if v else k for k, v in settings.items()))
    return "".join(f"{line}\n" for line in lines)
