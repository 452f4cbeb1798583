"""`.Files`: the files of a chart that are neither templates nor metadata.

Built by `context`. Never touches the disk: a template sees only what the chart was loaded with.
"""

from collections.abc import Iterable

from helmpy.annotations import Any, ClassVar
from helmpy.chart.model import File
from helmpy.golang.types import StringSlice, go_string


class Files(dict[str, bytes]):
    """Names to contents, with Helm's methods."""

    GO_TYPE, GO_KIND = "engine.files", "map"
    GO_UNDERLYING: ClassVar[str] = "map[string][]uint8"
    GO_ZERO: ClassVar[bytes] = b""
    GO_METHODS: ClassVar[dict[str, str]] = {
        "AsConfig": "as_config",
        "AsSecrets": "as_secrets",
        "Get": "text",
        "GetBytes": "data",
        "Glob": "glob",
        "Lines": "lines",
    }
    GO_PARAMS: ClassVar[dict[str, tuple[str, ...]]] = {
        "Get": ("string",),
        "GetBytes": ("string",),
        "Glob": ("string",),
        "Lines": ("string",),
    }

    @classmethod
    def of(cls, files: Iterable[File]) -> "Files":
        """The files of a chart."""
        return cls((file.name, file.data) for file in files)

    def data(self, name: str) -> bytes:
        """A file's bytes; none for a file that is not there."""
        return self.get(name, b"")

    def text(self, name: str) -> str:
        """A file as text; "" for a file that is not there."""
        return go_string(self.data(name))

    def glob(self, pattern: str) -> "Files":
        """The files whose names match; a pattern that is not valid matches all."""
        from helmpy.engine.globs import matching

        return Files((name, self[name]) for name in matching(pattern, self))

    def lines(self, name: str) -> StringSlice:
        """The lines of a file; one final newline does not make another line."""
        data = self.text(name)
        return StringSlice(data.removesuffix("\n").split("\n") if data else ())

    def as_config(self) -> str:
        """YAML of base names and texts, for the data of a ConfigMap."""
        return self._yaml({_base(name): go_string(data) for name, data in sorted(self.items())})

    def as_secrets(self) -> str:
        """YAML of base names and base64 texts, for the data of a Secret."""
        from base64 import b64encode

        return self._yaml({_base(name): b64encode(data).decode("ascii") for name, data in sorted(self.items())})

    def _yaml(self, entries: dict[str, Any]) -> str:
        from helmpy.golang.types import GoError
        from helmpy.yaml import emitter

        try:
            return emitter.dump(entries).removesuffix("\n")
        except GoError:
            return ""


def _base(name: str) -> str:
    return name.rstrip("/").rpartition("/")[2]
