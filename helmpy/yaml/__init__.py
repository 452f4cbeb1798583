"""YAML and TOML, byte for byte as Go's libraries read and write them.

Reading: `loader` is the way in. It tries `lines`, which knows the common block style; for all else `syntax` turns text into
events and `composer` events into values, with `resolver` to say what a scalar means and `keys` what a mapping key may be.
Writing: `emitter` (toYaml and toYamlPretty), with `styles` for single strings and `order` for keys. `toml` is its own.
"""
