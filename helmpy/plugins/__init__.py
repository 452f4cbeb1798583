"""Helm's plugins: folders with a plugin.yaml that add commands, post-renderers and getters.

`metadata` reads a plugin.yaml, `finding` looks through the plugins folder, `running` starts a plugin's program, `installing`
brings a plugin there. Only the subprocess runtime is known; WebAssembly plugins are refused.
"""
