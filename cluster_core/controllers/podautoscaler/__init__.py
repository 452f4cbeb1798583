"""The horizontal pod autoscaler: the size of a workload after its metrics.

`controller` looks every fifteen seconds; `metrics` asks the metrics APIs; `calculator` turns usage into a size; `limits`
smooths it over time and keeps it within the allowed pace.
"""
