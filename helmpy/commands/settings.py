"""What every command shares: Helm's global flags and environment variables, and where files live.

`cli` sets the settings of the running command once; commands read them with `current()`. Cheap to import.
"""

import os
from collections.abc import Mapping

from helmpy.annotations import Any
from helmpy.records import FrozenRecord, replace


class Settings(FrozenRecord):
    """The global flags over the environment over the defaults. Paths are absolute or as given; names follow Helm's flags."""

    namespace: str = ""
    debug: bool = False
    kubeconfig: str = ""
    kube_context: str = ""
    kube_token: str = ""
    kube_apiserver: str = ""
    kube_ca_file: str = ""
    kube_tls_server_name: str = ""
    kube_insecure_skip_tls_verify: bool = False
    as_user: str = ""
    as_groups: tuple[str, ...] = ()
    registry_config: str = ""
    repository_config: str = ""
    repository_cache: str = ""
    content_cache: str = ""
    plugins: str = ""
    burst_limit: int = 100
    qps: float = 0.0
    max_history: int = 10
    color: str = "auto"
    ephemeral: bool = False
    cache_home: str = ""
    config_home: str = ""
    data_home: str = ""
    home: str = ""
    driver: str = ""

    @property
    def uses_kubeconfig(self) -> bool:
        """Whether the user pointed at a real cluster; otherwise commands use the embedded one."""
        return bool(self.kubeconfig or self.kube_context or self.kube_apiserver)


def _home(variable: str, xdg: str, *fallback: str) -> str:
    """A base directory of Helm's: HELM_*_HOME, else XDG_*_HOME/helm, else under the user's home."""
    if own := os.environ.get(variable):
        return own
    base = os.environ.get(xdg) or os.path.join(os.path.expanduser("~"), *fallback)
    return os.path.join(base, "helm")


def _number(text: str | None, default: Any) -> Any:
    try:
        return type(default)(text) if text else default
    except ValueError:
        return default


def _flag(text: str | None) -> bool:
    return text in ("1", "t", "T", "true", "TRUE", "True")


def from_environment() -> Settings:
    """The settings when no global flag is given."""
    env = os.environ.get
    cache = _home("HELM_CACHE_HOME", "XDG_CACHE_HOME", ".cache")
    config = _home("HELM_CONFIG_HOME", "XDG_CONFIG_HOME", ".config")
    data = _home("HELM_DATA_HOME", "XDG_DATA_HOME", ".local", "share")
    own = env("HELMPY_HOME") or os.path.join(
        env("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share"), "helmpy"
    )
    color = (env("HELM_COLOR") or "auto").lower()
    groups = env("HELM_KUBEASGROUPS", "").strip(", ")
    return Settings(
        namespace=env("HELM_NAMESPACE", ""),
        debug=_flag(env("HELM_DEBUG")),
        kubeconfig=env("KUBECONFIG", ""),
        kube_context=env("HELM_KUBECONTEXT", ""),
        kube_token=env("HELM_KUBETOKEN", ""),
        kube_apiserver=env("HELM_KUBEAPISERVER", ""),
        kube_ca_file=env("HELM_KUBECAFILE", ""),
        kube_tls_server_name=env("HELM_KUBETLS_SERVER_NAME", ""),
        kube_insecure_skip_tls_verify=_flag(env("HELM_KUBEINSECURE_SKIP_TLS_VERIFY")),
        as_user=env("HELM_KUBEASUSER", ""),
        as_groups=tuple(groups.split(",")) if groups else (),
        registry_config=env("HELM_REGISTRY_CONFIG") or os.path.join(config, "registry", "config.json"),
        repository_config=env("HELM_REPOSITORY_CONFIG") or os.path.join(config, "repositories.yaml"),
        repository_cache=env("HELM_REPOSITORY_CACHE") or os.path.join(cache, "repository"),
        content_cache=env("HELM_CONTENT_CACHE") or os.path.join(cache, "content"),
        plugins=env("HELM_PLUGINS") or os.path.join(data, "plugins"),
        burst_limit=_number(env("HELM_BURST_LIMIT"), 100),
        qps=_number(env("HELM_QPS"), 0.0),
        max_history=_number(env("HELM_MAX_HISTORY"), 10),
        color="never" if env("NO_COLOR") else (color if color in ("never", "auto", "always") else "auto"),
        ephemeral=_flag(env("HELMPY_EPHEMERAL")),
        cache_home=cache,
        config_home=config,
        data_home=data,
        home=own,
        driver=env("HELM_DRIVER", ""),
    )


_current: Settings | None = None


def current() -> Settings:
    """The settings of the running command."""
    global _current
    if _current is None:
        _current = from_environment()
    return _current


def use(overrides: Mapping[str, Any]) -> Settings:
    """Start a command: the environment, overridden by the global flags that were given (None means not given)."""
    global _current
    given = {name: value for name, value in overrides.items() if value not in (None, ())}
    _current = replace(from_environment(), **given)
    return _current
