"""Kinds of the API group core, one file each."""
