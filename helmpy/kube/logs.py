"""Container logs of pods, as text."""

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.gvk import GVR
from cluster_core.apimachinery.request import Request
from cluster_core.client.client import Client
from helmpy.errors import KubeError

PODS = GVR("", "v1", "pods")


def of_pods(client: Client, namespace: str, label_selector: str = "", field_selector: str = "") -> list[str]:
    """The log of every container of the selected pods, pod after pod. Raises KubeError."""
    try:
        pods = client.list(PODS, namespace, label_selector=label_selector, field_selector=field_selector)["items"]
    except ApiError as error:
        raise KubeError(f"failed to get pod list: {error}") from error
    return [
        of_container(client, namespace, pod["metadata"]["name"], container["name"])
        for pod in pods
        for container in pod["spec"]["containers"]
    ]


def of_container(client: Client, namespace: str, pod: str, container: str) -> str:
    """The log of one container. Raises KubeError."""
    request = Request(
        "get",
        PODS,
        namespace,
        pod,
        "log",
        query={"container": container},
        user=client.user,
        impersonate=client.impersonate,
    )
    try:
        answer = client.transport.request(request)
    except ApiError as error:
        raise KubeError(f"failed to get logs of pod {pod}, container {container}: {error}") from error
    return answer if isinstance(answer, str) else str(answer.get("text", ""))
