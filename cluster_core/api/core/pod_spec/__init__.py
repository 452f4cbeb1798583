"""The pod spec, shared by pods and every kind with a pod template.

`defaults` fills a spec in, `validation` checks one (containers, volumes, affinity, security and resources each in a file of their
own), `updates` says what may change in a running pod, `qos` computes a pod's QoS class.
"""
