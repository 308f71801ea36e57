"""Failed logins: how long the next answer takes, and when a lock falls. Bounded memory, no clock but the monotonic.

| who has failed               | what follows                                                                         |
|------------------------------|--------------------------------------------------------------------------------------|
| this account, this address   | ten times in a quarter of an hour: locked for as long as they are remembered         |
| this account, from anywhere  | answers take longer; a right password still opens, after the delay                   |
| this address, any account    | wrong answers take longer, right ones do not: an agency may share one address        |

So nobody can shut another person out from elsewhere, and whoever logged in lately from this address waits for nobody.
The numbers follow slapd's own policy for people (deploy/openldap/base.ldif.template: ten in 900 seconds) and Dovecot's
penalty, which doubles up to some seconds. App passwords are random, so that guessing is hopeless at any of these rates.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Final

from foundation import clock
from foundation.rates import Window

WINDOW_SECONDS: Final = 900.0
PAIR_FAILURES: Final = 10
FREE_FAILURES: Final = 3
"""So many mistakes of an account cost a right password nothing: a telephone with an old password has three tries."""
SHORTEST_DELAY_SECONDS: Final = 1.0
LONGEST_DELAY_SECONDS: Final = 8.0
_FAILURES_PER_DOUBLING_OF_ADDRESS: Final = 10
_FAMILIAR_SECONDS: Final = 86400.0
_REMEMBERED: Final = 20_000


class Failures:
    """What is remembered of failed and successful logins. Belongs to the loop's thread."""

    def __init__(self) -> None:
        self._pairs = Window(PAIR_FAILURES, WINDOW_SECONDS, _REMEMBERED)
        self._accounts = Window(math.inf, WINDOW_SECONDS, _REMEMBERED)
        self._addresses = Window(math.inf, WINDOW_SECONDS, _REMEMBERED)
        self._familiar: OrderedDict[str, float] = OrderedDict()

    def locked(self, account: str, address: str) -> bool:
        """Whether this account is closed for this address, for now."""
        return self._pairs.full(_pair(account, address))

    def failed(self, account: str, address: str) -> None:
        """A wrong password, or no such account."""
        self._pairs.add(_pair(account, address))
        self._accounts.add(account)
        self._addresses.add(address)

    def succeeded(self, account: str, address: str) -> None:
        """A right password: this address is familiar to this account from now on."""
        pair = _pair(account, address)
        self._pairs.forget(pair)
        self._familiar[pair] = clock.monotonic() + _FAMILIAR_SECONDS
        self._familiar.move_to_end(pair)
        if len(self._familiar) > _REMEMBERED:
            self._familiar.popitem(last=False)

    def delay_before(self, account: str, address: str) -> float:
        """Seconds to wait before a password is tried at all: an account under attack is tried slowly."""
        if self._familiar.get(_pair(account, address), 0.0) > clock.monotonic():
            return 0.0
        return _doubled(self._accounts.count(account) - FREE_FAILURES)

    def delay_after(self, account: str, address: str) -> float:
        """Seconds that a wrong answer takes in all, never less than `SHORTEST_DELAY_SECONDS`: how long the server
        needed to say no then tells nobody whether the account exists."""
        failures = max(
            self._accounts.count(account), self._addresses.count(address) / _FAILURES_PER_DOUBLING_OF_ADDRESS
        )
        return max(_doubled(failures), SHORTEST_DELAY_SECONDS)


def _doubled(failures: float) -> float:
    """1, 2, 4, 8, 8, ... seconds from the first failure on."""
    if failures < 1:
        return 0.0
    return min(SHORTEST_DELAY_SECONDS * 2 ** (min(failures, 10) - 1), LONGEST_DELAY_SECONDS)


def _pair(account: str, address: str) -> str:
    return f"{account}\0{address}"
