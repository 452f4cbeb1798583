"""The container runtime behind the kubelets, simulated: nothing is executed on the real machine.

Read in this order: `container` (sandboxes and containers as records), `images` (what is known of images, as data),
`behaviour` (per-pod overrides by annotation), `process` (a program running in virtual time), `files` (a container's files),
`shell` (a tiny sh that understands what tests and probes usually run), `commands` (a file per family), `programs` (what a
command line means), `engine` (the runtime itself:
pull, create, start, stop, exec).
"""
