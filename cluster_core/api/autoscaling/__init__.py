"""Kinds of the API group autoscaling, one file each."""
