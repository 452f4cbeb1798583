"""Bodies in `application/vnd.kubernetes.protobuf`, read into the same values that JSON would give.

`reader` decodes by `fields.txt`, a table of message names, field numbers and types; `derive` makes that table anew from the interface
definitions of a Kubernetes release. Answers are never written in protobuf: clients that prefer it accept JSON too.
"""

from cluster_core.apiserver.protobuf.reader import MEDIA_TYPE, ProtobufError, decode

__all__ = ["MEDIA_TYPE", "ProtobufError", "decode"]
