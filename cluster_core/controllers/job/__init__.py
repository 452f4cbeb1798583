"""Jobs: pods that run to an end, counted exactly once.

`controller` watches and enqueues; `attempt` is one sync of one job; `counting` moves finished pods into the counters by
way of their finalizer; `ending` decides how a job ends; `starting` makes and removes pods; `indexes`, `backoff` and
`failure_policy` are the rules for indexes, waits and pod failures.
"""
