"""Releases: what was rendered and installed under a name, and the history of it.

`model` is a release as data, `codec` its stored form (Helm's own, byte for byte readable by the real helm), `storage` the
history over a driver (`drivers/`: Secrets, ConfigMaps, memory), `manifest` splits and orders rendered files, `hooks` runs
hooks.
"""
