"""Fields of pods that belong to switched-off features: taken away from what clients send."""

from typing import Any

Object = dict[str, Any]
_PROJECTIONS = ("clusterTrustBundle", "podCertificate")


def drop_disabled(spec: Object, old: Object | None = None) -> None:
    """Remove what no feature supports; grace periods are not negative."""
    if old is None:
        spec.pop("schedulingGroup", None)
        for each in ("initContainers", "containers", "ephemeralContainers"):
            for container in spec.get(each) or ():
                if "lifecycle" in container:
                    container["lifecycle"].pop("stopSignal", None)
                    if not container["lifecycle"]:
                        del container["lifecycle"]
        for volume in spec.get("volumes") or ():
            for source in (volume.get("projected") or {}).get("sources") or ():
                for kind in _PROJECTIONS:
                    source.pop(kind, None)
    if (spec.get("terminationGracePeriodSeconds") or 0) < 0:
        spec["terminationGracePeriodSeconds"] = 1
