"""The kubelets: each runs the pods of one node, on machines that are simulated.

Read in this order: `manager` (one kubelet per Node object), `node` (a kubelet and its ticks), `heartbeat` with `node_status` (what the
API is told of the machine), `worker` (one pod from start to end), `actions` (what a round has to do: pure), `containers` (doing it),
`status` with `conditions` and `facts` (what the API is to be told: pure), `publishing` (telling it), `probe_set` with `probes`, `hooks`,
`pulling` with `credentials`, `environment`, `restarts`, `backoff`, `resize` (resources changed in place), `adoption` (pods that ran before).

May a pod be here: `room` with `admission`, `eviction` with `thresholds` and `ranking` (a machine that runs low), `shutdown` (a machine that is
turned off), `configuration` (how a kubelet is set up, by upstream's names). Pods of a node's own: `static_pods`, `manifests`.

What containers find: `volumes` with `mounting` and `atomic_volume`, `storage` (disks that outlive pods), `tokens`, `container_files`, `cgroup`.
What others ask: `node_api` with `logs`, `streams` and `usage`. Beneath: `events` (texts), `tasks` (sequential code on the loop), and
`runtime/`, the container runtime: `engine`, `world`, `programs` with `shell/` and `commands/`, `tool`, `agnhost`.

How images behave is data: `runtime/behaviour` has the keys, `runtime/image_file` the YAML, `runtime/catalogue` the well-known ones; annotations of a
pod override them.
"""
