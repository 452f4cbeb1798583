"""The embedded cluster as a thing: where it is, what is in it, starting over, more or fewer nodes."""

import os
from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery.errors import ApiError
from cluster_core.client import resources
from helmpy.actions.cluster_view import server_error
from helmpy.errors import KubeError
from helmpy.kube.connection import Connection, open_embedded, server_version
from helmpy.kube.target import Target

if TYPE_CHECKING:
    from cluster_core.machines import Shape

SIDE_FILES = ("", "-wal", "-shm", "-journal", ".lock")
"""What a cluster's file may have beside it."""


def info(connection: Connection, target: Target) -> dict[str, Any]:
    """Name → value of what `cluster info` shows. Raises KubeError."""
    client = connection.client
    try:
        counts = {
            "Nodes": len(client.list(resources.NODES)["items"]),
            "Namespaces": len(client.list(resources.NAMESPACES)["items"]),
            "Pods": len(client.list(resources.PODS)["items"]),
        }
    except ApiError as error:
        raise server_error(error) from error
    return {
        "Cluster": "embedded" if target.embedded else "kubeconfig",
        "Location": _location(target),
        "Kubernetes": server_version(client)["gitVersion"],
        "Namespace": connection.namespace,
        **counts,
    }


def _location(target: Target) -> str:
    if not target.embedded:
        return target.server or target.kubeconfig or "~/.kube/config"
    return target.path or "memory"


def reset(path: str, nodes: int = 1, shape: "Shape | None" = None, images: str = "") -> None:
    """Delete the cluster's file and make a new one with so many nodes of a shape; `images` says how images behave there.

    Raises KubeError, also while a server has it open."""
    from cluster_core import machines
    from cluster_core.serving import running, store_images

    if running(path) is not None:
        raise KubeError("the cluster is being served; stop the server first: helmpy cluster stop")
    if images:
        _check_images(images)
    open_embedded(Target(path=path)).close()
    for suffix in SIDE_FILES:
        if os.path.exists(path + suffix):
            os.unlink(path + suffix)
    made = nodes if shape is None else machines.nodes(nodes, shape)
    connection = open_embedded(Target(path=path), nodes=made)
    try:
        if images:
            store_images(connection.cluster.client, images)
    finally:
        connection.close()


def _check_images(text: str) -> None:
    from cluster_core.serving import check_images

    try:
        check_images(text)
    except ValueError as error:
        raise KubeError(str(error)) from error


def add_node(connection: Connection, name: str, shape: "Shape") -> None:
    """Add a node; its kubelet starts by itself. Raises KubeError."""
    from cluster_core.machines import node

    try:
        connection.client.create(resources.NODES, node(name, shape))
    except ApiError as error:
        raise server_error(error) from error


def remove_node(connection: Connection, name: str) -> None:
    """Remove a node; its pods are cleaned up by the cluster. Raises KubeError."""
    try:
        connection.client.delete(resources.NODES, name)
    except ApiError as error:
        raise server_error(error) from error
