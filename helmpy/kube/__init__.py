"""The cluster as helmpy uses it: a `connection` (embedded or by kubeconfig), objects built from manifests (`resources`),
applied and deleted (`apply`), judged (`ready`) and waited for (`wait`).

Everything is an ordinary API request through cluster_core.client; only `connection` knows which cluster it is.
"""
