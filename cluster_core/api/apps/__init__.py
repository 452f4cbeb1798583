"""Kinds of the API group apps, one file each."""
