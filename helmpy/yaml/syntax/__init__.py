"""YAML's syntax as Go reads it: bytes (`stream`) to characters, tokens (`scanner`, with `cursor`, `scalars`, `tags`) and
events (`parser`). What scalars mean is decided by `helmpy.yaml.resolver` and `composer`.
"""
