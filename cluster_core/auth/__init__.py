"""Who somebody is and what they may do.

`rbac` is the authorizer, `escalation` keeps people from granting more than they hold, `bootstrap_policy` the roles a cluster starts with,
`tokens` the service accounts' bearer tokens, `impersonation` the checks of acting as somebody else. Reads stored roles through an injected
`Roles`, knows no store.
"""
