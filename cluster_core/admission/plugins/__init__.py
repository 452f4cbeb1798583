"""Admission plugins, one file each, named after Kubernetes' own."""
