"""Volumes, claims, storage classes."""

from typing import Any

from cluster_core.apimachinery.gvk import GVR
from helmpy.actions.describe.context import Context
from helmpy.actions.describe.pods import annotations, heading, marks
from helmpy.actions.describe.writer import Writer

MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}


def _modes(modes: list[str] | None) -> str:
    return ",".join(MODES.get(mode, mode) for mode in modes or [])


def claim(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A PersistentVolumeClaim and the pods that use it."""
    metadata, spec, status = obj["metadata"], obj["spec"], obj.get("status") or {}
    heading(w, obj)
    w.field(0, "StorageClass", spec.get("storageClassName", ""))
    w.field(0, "Status", "Terminating" if metadata.get("deletionTimestamp") else status.get("phase", ""))
    w.field(0, "Volume", spec.get("volumeName", ""))
    marks(w, obj)
    w.field(0, "Finalizers", f"[{' '.join(metadata.get('finalizers') or [])}]")
    bound = bool(spec.get("volumeName"))
    w.field(0, "Capacity", (status.get("capacity") or {}).get("storage", "") if bound else "")
    w.field(0, "Access Modes", _modes(status.get("accessModes")) if bound else "")
    w.field(0, "VolumeMode", spec.get("volumeMode", "Filesystem"))
    users = [
        pod["metadata"]["name"]
        for pod in context.all(GVR("", "v1", "pods"), metadata["namespace"])
        if any(
            (v.get("persistentVolumeClaim") or {}).get("claimName") == metadata["name"]
            for v in pod["spec"].get("volumes") or []
        )
    ]
    w.field(0, "Used By", "\n".join(users) or "<none>")


def volume(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A PersistentVolume."""
    metadata, spec, status = obj["metadata"], obj["spec"], obj.get("status") or {}
    w.field(0, "Name", metadata["name"])
    marks(w, obj)
    w.field(0, "Finalizers", f"[{' '.join(metadata.get('finalizers') or [])}]")
    w.field(0, "StorageClass", spec.get("storageClassName", ""))
    w.field(0, "Status", "Terminating" if metadata.get("deletionTimestamp") else status.get("phase", ""))
    ref = spec.get("claimRef")
    w.field(0, "Claim", f"{ref.get('namespace', '')}/{ref.get('name', '')}" if ref else "")
    w.field(0, "Reclaim Policy", spec.get("persistentVolumeReclaimPolicy", ""))
    w.field(0, "Access Modes", _modes(spec.get("accessModes")))
    w.field(0, "VolumeMode", spec.get("volumeMode", "Filesystem"))
    w.field(0, "Capacity", (spec.get("capacity") or {}).get("storage", ""))
    w.field(0, "Node Affinity", "<none>" if not spec.get("nodeAffinity") else "set")
    w.field(0, "Message", status.get("message", ""))
    source = next((key for key in ("csi", "hostPath", "nfs", "local") if key in spec), "unknown")
    w.line(0, "Source:")
    w.field(1, "Type", source)
    for key, value in sorted((spec.get(source) or {}).items()):
        w.field(1, key[:1].upper() + key[1:], value)


def storage_class(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A StorageClass."""
    w.field(0, "Name", obj["metadata"]["name"])
    default = (obj["metadata"].get("annotations") or {}).get("storageclass.kubernetes.io/is-default-class")
    w.field(0, "IsDefaultClass", "Yes" if default == "true" else "No")
    annotations(w, obj)
    w.field(0, "Provisioner", obj.get("provisioner", ""))
    parameters = ",".join(f"{k}={v}" for k, v in sorted((obj.get("parameters") or {}).items()))
    w.field(0, "Parameters", parameters or "<none>")
    w.field(0, "AllowVolumeExpansion", str(obj["allowVolumeExpansion"]) if "allowVolumeExpansion" in obj else "<unset>")
    w.field(0, "MountOptions", "\n".join(obj.get("mountOptions") or []) or "<none>")
    w.field(0, "ReclaimPolicy", obj.get("reclaimPolicy", ""))
    w.field(0, "VolumeBindingMode", obj.get("volumeBindingMode", ""))
