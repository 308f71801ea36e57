"""Programs that log in by a name of their own: what they may send as, whether a password is theirs.

An application is no person: the directory is not asked, so it works while that is down; it owns no mailbox, and no
limit of people counts for it. Its password stands in a secret, which is read whenever one is tried: a file that was
changed counts from then on, one that cannot be read closes this door alone. As an account it is called
`application:NAME`, in the journal too; a person whose uid begins like that never logs in.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

from foundation.rates import Window
from mailrelay.policy.addressing import spelled
from mailrelay.settings import Application

PREFIX: Final = "application:"
_HOUR_SECONDS: Final = 3600


def account_of(name: str) -> str:
    """The account of the application with this name."""
    return PREFIX + name


def is_application(account: str) -> bool:
    """Whether this account is an application's, configured still or not."""
    return account.startswith(PREFIX)


class Applications:
    """The applications of the configuration. Belongs to the loop's thread, but for `right`."""

    def __init__(self, configured: Mapping[str, Application]) -> None:
        self._configured = dict(configured)
        self._sent: dict[str, Window] = {}

    def reload(self, configured: Mapping[str, Application]) -> None:
        """Others from now on; what was counted stays."""
        self._configured = dict(configured)
        self._sent = {name: window for name, window in self._sent.items() if name in configured}

    def named(self, login: str) -> str:
        """The account that this login means, or nothing."""
        return account_of(login) if login in self._configured else ""

    def first_address(self, account: str) -> str:
        """Its main address; nothing when there is no such application (any more)."""
        found = self._of(account)
        return found.addresses[0] if found else ""

    def right(self, account: str, password: bytes) -> bool:
        """Whether this is its password. Reads the secret; may be called in any thread. Raises ConfigError."""
        found = self._of(account)
        if found is None:
            return False
        kept = found.password.read().encode("utf-8")
        return hmac.compare_digest(hashlib.sha256(kept).digest(), hashlib.sha256(password).digest())

    def exists(self, account: str) -> bool:
        """Whether it is configured now."""
        return self._of(account) is not None

    def may_send_as(self, account: str, address: str) -> bool:
        """Whether this is one of its addresses, or one of them with a +detail (RFC 5233)."""
        found, spelling = self._of(account), spelled(address)
        if found is None or spelling is None:
            return False
        return spelling.address in found.addresses or spelling.without_detail in found.addresses

    def take(self, account: str) -> bool:
        """Count one more message; False when its own limit is reached."""
        found = self._of(account)
        if found is None:
            return False
        if not found.messages_per_hour:
            return True
        window = self._sent.setdefault(account.removeprefix(PREFIX), Window(found.messages_per_hour, _HOUR_SECONDS))
        window.limit_to(found.messages_per_hour)
        return window.take(account)

    def _of(self, account: str) -> Application | None:
        return self._configured.get(account.removeprefix(PREFIX)) if is_application(account) else None
