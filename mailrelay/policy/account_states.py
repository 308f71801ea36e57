"""What the state of an account gates: logging in, receiving and sending, each for itself. One table. Pure.

| congvuState | logs in | receives | sends | why                                                                      |
|-------------|---------|----------|-------|--------------------------------------------------------------------------|
| invited     | no      | yes      | no    | the mailbox exists before its person has activated it; nothing is lost    |
| active      | yes     | yes      | yes   |                                                                          |
| suspended   | no      | yes      | no    | whoever follows may need what still comes; nobody opens the mailbox       |
| any other   | no      | no       | no    | a state that we do not know was written by hand: nothing is opened for it |

slapd refuses the login by itself (deploy/openldap), Dovecot's filters say the same (deploy/dovecot), and 389-DS leaves
it to us. A mailbox that must not receive any more is one that the directory no longer has.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from foundation.directory.schema import STATE_ACTIVE, STATE_INVITED, STATE_SUSPENDED


class Allowed(NamedTuple):
    """What an account in one state may do."""

    logs_in: bool
    receives: bool
    sends: bool


ACCOUNT_STATES: Final[dict[str, Allowed]] = {
    STATE_INVITED: Allowed(logs_in=False, receives=True, sends=False),
    STATE_ACTIVE: Allowed(logs_in=True, receives=True, sends=True),
    STATE_SUSPENDED: Allowed(logs_in=False, receives=True, sends=False),
}

NOTHING: Final = Allowed(logs_in=False, receives=False, sends=False)


def allowed(state: str) -> Allowed:
    """What this state allows; a state that is not in the table allows nothing."""
    return ACCOUNT_STATES.get(state, NOTHING)
