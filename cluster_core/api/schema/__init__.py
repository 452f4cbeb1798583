"""Field schemas of the API: what a field's type is, what is written when empty, and how lists merge.

`definitions` reads kubernetes-validate's data of one minor, `shapes` turns a type into a `Shape` on first use, `decode` checks and
normalises an object as the server's typed decoding does. `presence` holds facts that the data lacks.
"""

from cluster_core.api.schema.decode import Decoded, DecodeError, decode
from cluster_core.api.schema.definitions import DEFAULT_VERSION, versions
from cluster_core.api.schema.shapes import Field, Kind, Shape, shape_for, shape_named

__all__ = [
    "DEFAULT_VERSION",
    "DecodeError",
    "Decoded",
    "Field",
    "Kind",
    "Shape",
    "decode",
    "shape_for",
    "shape_named",
    "versions",
]
