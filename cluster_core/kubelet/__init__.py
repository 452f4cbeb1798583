"""The kubelets: each runs the pods of one node, on machines that are simulated.

Read in this order: `manager` (one kubelet per Node object), `node` (a kubelet: status, lease, ticks), `worker` (one pod from
start to end), `actions` (what a round has to do: pure), `containers` (doing it), `status` with `conditions` and `facts` (what the API is told: pure),
`probe_set` with `probes`, `hooks`, `pulling`, `environment`, `volumes` with `mounting` and `container_files`, `restarts`, `backoff`,
`admission` (may the pod run here), `adoption` (pods that ran before), `resize` (resources changed in place), `eviction` (node
pressure), `static_pods` (pods that the API only mirrors), `credentials` (pull secrets), `storage` (disks that outlive pods), `node_api` with `logs` (what the API server asks),
`events` (texts), `tasks` (sequential code on the loop), and `runtime/` (the container runtime behind it all).
Behaviour of images and overrides by annotation are data: `runtime/images` and `runtime/behaviour`.
"""
