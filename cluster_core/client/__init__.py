"""The acting side's view of a cluster: one client over any transport, and what controllers build on.

`client.Client` sends requests through a `transport.Transport` (in process or HTTP); `informer` mirrors a kind into
indexes; `workqueue` runs keyed work on the loop; `recorder` writes events; `resources` names the built-in resources.
"""
