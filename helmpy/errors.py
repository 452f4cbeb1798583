"""Every error that a user of helmpy can see.

    HelmpyError                 exit code 1; `str(error)` is the message without the leading "Error: "
    ├─ UsageError               wrong flags or arguments
    ├─ ChartError               a chart, archive, Chart.yaml or lock file that cannot be read
    ├─ ValuesError              -f, --set*, coalescing
    │  └─ SchemaError           values.schema.json is violated
    ├─ TemplateError            parsing or executing a template (file:line:col and include stack are in the text)
    ├─ ManifestError            a rendered document that is not a Kubernetes object
    ├─ ReleaseError             names in use, not found, wrong state
    │  └─ ReleaseNotFoundError
    ├─ KubeError                a cluster refused or failed (carries the Kubernetes Status)
    ├─ RepositoryError          repositories, downloads, digests, provenance
    └─ PluginError              a plugin that is missing, broken, or ended with an error (and its exit code)

Named constructors beside the code that raises them fix the wording. Must not import anything of helmpy.
"""


class HelmpyError(Exception):
    """Base of every error meant for the user; prints as one clear message, never as a traceback.

    `scene` is what was being rendered (an `actions.rendering.Scene`), for explanations. They are added as notes, which are
    printed behind the message.
    """

    exit_code = 1
    prefix = "Error: "
    scene: object | None = None


class UsageError(HelmpyError):
    """Wrong flags or arguments."""


class ChartError(HelmpyError):
    """A chart, archive, Chart.yaml or lock file that cannot be read."""


class ValuesError(HelmpyError):
    """Values that cannot be read or combined."""


class SchemaError(ValuesError):
    """Values that violate values.schema.json."""


class TemplateError(HelmpyError):
    """A template that cannot be parsed or executed."""


class ManifestError(HelmpyError):
    """A rendered document that is not a Kubernetes object."""


class ReleaseError(HelmpyError):
    """A release in the wrong state, or a name in use."""


class ReleaseNotFoundError(ReleaseError):
    """No release of that name or revision."""


class KubeError(HelmpyError):
    """A cluster refused or failed."""


class RepositoryError(HelmpyError):
    """Repositories, downloads, digests and provenance."""


class PluginError(HelmpyError):
    """A plugin that is missing, broken, or ended with an error: then `exit_code` is its program's."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code
