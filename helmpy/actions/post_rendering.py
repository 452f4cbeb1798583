"""Post-renderers: the whole stream through another program, then back into files by an annotation.

As Helm 4 does it: documents carry the annotation `postrenderer.helm.sh/postrender-filename` on their way; those that come
back without one get a generated file name.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

from helmpy.errors import HelmpyError, ManifestError, PluginError, UsageError
from helmpy.golang.types import GoError
from helmpy.release import manifest

PostRenderer = Callable[[str], str]
"""Takes the whole manifest stream and gives it back changed; raises HelmpyError."""

ANNOTATION = "postrenderer.helm.sh/postrender-filename"


def executable(path: str, arguments: list[str]) -> PostRenderer:
    """A post-renderer that runs a program: the stream on its stdin, its stdout back. Raises HelmpyError when it fails."""

    def run(text: str) -> str:
        try:
            done = subprocess.run(
                [os.path.expanduser(path), *arguments],
                input=text.encode("utf-8", "surrogateescape"),
                capture_output=True,
                check=False,
            )
        except OSError as error:
            raise HelmpyError(f"unable to find binary at {path}: {(error.strerror or '').lower()}") from error
        if done.returncode:
            reason = done.stderr.decode("utf-8", "replace").strip()
            raise HelmpyError(
                f"error while running command {path}. error output:\n{reason}\n: exit status {done.returncode}"
            )
        if not done.stdout.strip():
            raise HelmpyError(f'post-renderer "{path}" produced empty output')
        return done.stdout.decode("utf-8", "surrogateescape")

    return run


def plugin(name: str, arguments: list[str], plugins: str) -> PostRenderer:
    """A post-renderer that is a plugin in one of the folders of the path list. Raises PluginError."""
    from helmpy.plugins import finding, metadata, running

    found = finding.get(plugins, name, metadata.POST_RENDERER)

    def run(text: str) -> str:
        output = running.post_render(found, arguments, text.encode("utf-8", "surrogateescape"))
        return output.decode("utf-8", "surrogateescape")

    return run


def named(name: str, arguments: list[str], plugins: str) -> PostRenderer:
    """What --post-renderer names: a plugin, as Helm 4 has it, else a program, as Helm 3 had. Raises UsageError."""
    try:
        return plugin(name, arguments, plugins)
    except PluginError as error:
        if shutil.which(os.path.expanduser(name)):
            return executable(name, arguments)
        raise UsageError(f'invalid argument "{name}" for "--post-renderer" flag: {error}') from error


def post_render(files: dict[str, str], renderer: PostRenderer) -> dict[str, str]:
    """The rendered files after the post-renderer. Raises HelmpyError."""
    try:
        merged = _merge(files)
    except GoError as error:
        raise ManifestError(f"error merging manifests: {error}") from error
    try:
        result = renderer(merged)
    except HelmpyError as error:
        raise HelmpyError(f"error while running post render on files: {error}") from error
    try:
        return _split(result)
    except GoError as error:
        raise ManifestError(f"error while parsing post rendered output: {error}") from error


def _merge(files: dict[str, str]) -> str:
    from helmpy.yaml import emitter, loader

    parts = []
    for path in sorted(files):
        if os.path.basename(path).startswith("_"):
            continue
        for document in manifest.split(files[path]):
            obj = loader.load(document, integers=True)
            if isinstance(obj, dict):
                parts.append(emitter.dump(_annotated(obj, path)))
    return "---\n".join(parts)


def _annotated(obj: dict[str, Any], path: str) -> dict[str, Any]:
    metadata = dict(obj.get("metadata") or {})
    return {**obj, "metadata": {**metadata, "annotations": {**(metadata.get("annotations") or {}), ANNOTATION: path}}}


def _split(text: str) -> dict[str, str]:
    from helmpy.yaml import emitter, loader

    files: dict[str, list[str]] = {}
    for position, document in enumerate(manifest.split(text)):
        obj = loader.load(document, integers=True)
        if not isinstance(obj, dict):
            continue
        metadata = dict(obj.get("metadata") or {})
        annotations = dict(metadata.get("annotations") or {})
        path = annotations.pop(ANNOTATION, "") or f"generated-by-postrender-{position}.yaml"
        if annotations:
            metadata["annotations"] = annotations
        else:
            metadata.pop("annotations", None)
        files.setdefault(path, []).append(emitter.dump({**obj, "metadata": metadata} if metadata else obj))
    return {path: "---\n".join(documents) for path, documents in files.items()}
