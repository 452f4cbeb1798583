"""What a container finds on its disk: mounts, hosts file, resolver configuration, and whether sub-paths can be prepared.

Called when a container is created; the files themselves are made when a program first looks at one.
"""

from typing import TYPE_CHECKING, Any

from cluster_core.kubelet import environment, volumes
from cluster_core.kubelet.runtime.container import Container
from cluster_core.kubelet.runtime.engine import expand
from cluster_core.kubelet.runtime.files import Files

if TYPE_CHECKING:
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]

ROOT_DIRECTORIES = "/bin /dev /etc /home /proc /root /run /sbin /sys /tmp /usr /var"
NO_VARIABLE = "missing value for {}"
NO_SUB_PATH = 'failed to prepare subPath for volumeMount "{}" of container "{}"'


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
    spec, pod = container.spec, worker.pod
    context = spec.get("securityContext") or {}
    files = Files(_base_files(worker), bool(context.get("readOnlyRootFilesystem")), ROOT_DIRECTORIES)
    files.mount("/dev", Files())
    for volume in pod["spec"].get("volumes") or ():
        for mount in spec.get("volumeMounts") or ():
            if mount["name"] == volume["name"]:
                source = worker.volumes.files(volume)
                path = _sub_path(worker, spec, mount)
                source.make_directory("/") if not path else None
                frozen = bool(mount.get("readOnly")) or volumes.content_kind(volume)
                if path and volumes.content_kind(volume):
                    source = Files({f"/{path}": source.read(f"/{path}") or ""})
                files.mount(mount["mountPath"], source, path, frozen)
    return files


def _base_files(worker: "PodWorker") -> dict[str, str]:
    pod, node = worker.pod, worker.node
    spec = pod["spec"]
    name = spec.get("hostname") or pod["metadata"]["name"]
    full = name
    if spec.get("subdomain"):
        namespace = pod["metadata"].get("namespace", "")
        full = f"{name}.{spec['subdomain']}.{namespace}.svc.{node.options.cluster_domain}\t{name}"
    hosts = [
        "# Kubernetes-managed hosts file.", "127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback",
        "fe00::0\tip6-localnet", "fe00::0\tip6-mcastprefix", "fe00::1\tip6-allnodes", "fe00::2\tip6-allrouters",
        f"{worker.address}\t{full}",
    ]  # fmt: skip
    aliases = spec.get("hostAliases") or ()
    if aliases:
        hosts += ["", "# Entries added by HostAliases."]
        hosts += [f"{alias['ip']}\t{chr(9).join(alias.get('hostnames') or ())}" for alias in aliases]
    from cluster_core.kubelet.runtime.programs import program_files

    return {
        **program_files(),
        "/etc/hosts": "\n".join(hosts) + "\n",
        "/etc/hostname": f"{name}\n",
        "/etc/resolv.conf": _resolv_conf(worker),
        "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
    }


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
