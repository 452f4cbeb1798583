"""Secret: its type, `stringData`, columns."""

import base64

from cluster_core.api.cells import AGE, NAME, count, get
from cluster_core.api.resource import Column, Object, Resource


def default(secret: Object) -> None:
    """Opaque; plain text moves into data."""
    plain = secret.pop("stringData", None)
    if plain:
        encoded = {key: base64.b64encode(text.encode(errors="surrogateescape")).decode() for key, text in plain.items()}
        secret["data"] = {**(secret.get("data") or {}), **encoded}
    if not secret.get("type"):
        secret["type"] = "Opaque"


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="Secret",
        plural="secrets",
        default=default,
        generation=False,
        columns=(NAME, Column("Type", get("type")), Column("Data", count("data")), AGE),
        selectable_fields={"type": lambda secret: secret.get("type", "")},
    ),
)
