"""`congvu doctor`: is everything configured, reachable, safe? One finding per check, each failure with its next step.

`machine` looks at this machine (keys, secrets, storage, clock), `directory` at the LDAP server, `command` shows what
they found. Nothing is changed or created by looking.
"""
