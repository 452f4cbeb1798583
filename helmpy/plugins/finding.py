"""Which plugins are installed: `<folder>/*/plugin.yaml` in each folder of HELM_PLUGINS. Broken ones are warned of and left out."""

import glob
import os

from helmpy import log
from helmpy.errors import PluginError
from helmpy.plugins import metadata
from helmpy.plugins.metadata import Plugin


def find(folders: str, name: str = "", type: str = "") -> list[Plugin]:
    """The plugins of a name and a type, empty meaning any; `folders` is a path list. Raises PluginError for a name given twice."""
    found = [plugin for folder in folders.split(os.pathsep) if folder for plugin in _in_folder(folder)]
    return [plugin for plugin in found if name in ("", plugin.name) and type in ("", plugin.type)]


def get(folders: str, name: str, type: str) -> Plugin:
    """One plugin. Raises PluginError."""
    found = find(folders, name, type)
    if not found:
        raise PluginError(f"plugin: {{Name:{name} Type:{type}}} not found")
    return found[0]


def _in_folder(folder: str) -> list[Plugin]:
    plugins: dict[str, Plugin] = {}
    for path in sorted(glob.glob(os.path.join(glob.escape(folder), "*", metadata.FILE_NAME))):
        try:
            plugin = metadata.load(os.path.dirname(path))
        except PluginError as error:
            log.warn("failed to load plugin (ignoring)", plugin_yaml=path, error=error)
            continue
        if plugin.name in plugins:
            raise PluginError(
                f'two plugins claim the name "{plugin.name}" at "{plugins[plugin.name].directory}" and "{plugin.directory}"'
            )
        plugins[plugin.name] = plugin
    return list(plugins.values())
