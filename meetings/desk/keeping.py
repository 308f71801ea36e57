"""Keeps what is kept of mails that came in within its limits: whoever can send us mail must not fill the disk.

Of answers that count and of delivery reports no bytes are kept, so they never meet a limit (but answers with files:
these are passed on). Over one, the oldest mails that nobody needs any more (`store.kept_mails`) give way, which the log
says; a mail for which that is not enough is not taken in, and the relay tries again for days: meanwhile the secretary
decides, or an administrator raises the limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from foundation.errors import CongvuError
from foundation.language import Text
from foundation.storage import Transaction
from meetings.settings import Limits
from meetings.store import kept_mails
from meetings.store.kept_mails import DAY_MICROSECONDS, Amount

LET_GO_AT_ONCE: Final = 1000
"""Mails whose bytes give way at a time, so that the next ones find room without looking."""


@dataclass(frozen=True, slots=True)
class KeepingRules:
    """The most that is kept; [meetings.limits] of the configuration."""

    total_bytes: int = 1 << 30
    day_bytes: int = 256 << 20
    day_mails: int = 10_000

    def share(self, amount: Amount) -> float:
        """How full the fullest of the limits is: above 1 is too much."""
        return max(
            amount.total_bytes / self.total_bytes,
            amount.day_bytes / self.day_bytes,
            amount.day_mails / self.day_mails,
        )


def keeping_rules(limits: Limits) -> KeepingRules:
    """From the settings."""
    return KeepingRules(limits.kept_bytes, limits.kept_day_bytes, limits.kept_day_mails)


class NoRoom(CongvuError):
    """A mail would be one too many: it is not taken in now."""

    exit_code = 75

    def __init__(self) -> None:
        super().__init__(
            Text(
                "thư chờ quyết định đã chạm giới hạn [meetings.limits] kept",
                "mails that wait for a decision have reached the limits of [meetings.limits] kept",
            ),
            Text(
                "xử lý: meetings held list, held accept|reject; hoặc tăng kept_bytes, kept_day_bytes, kept_day_mails",
                "decide: meetings held list, held accept|reject; or raise kept_bytes, kept_day_bytes, kept_day_mails",
            ),
        )


def keep_within(transaction: Transaction, rules: KeepingRules, at: int) -> int:
    """To be called in the unit of work that has kept one more: of how many older mails the bytes gave way. Raises
    NoRoom, and then nothing of the unit may be stored."""
    kept = kept_mails.amount(transaction, at)
    if rules.share(kept) <= 1:
        return 0
    unneeded = kept_mails.unneeded(transaction, at)
    if rules.share(Amount(*(all_ - free for all_, free in zip(kept, unneeded, strict=True)))) > 1:
        raise NoRoom
    gone = 0
    while rules.share(kept) > 1:
        since = at - DAY_MICROSECONDS if kept.total_bytes <= rules.total_bytes else 0
        found = kept_mails.let_go(transaction, at, LET_GO_AT_ONCE, since)
        if not found:  # on PostgreSQL another unit changed it meanwhile
            raise NoRoom
        gone += len(found)
        kept = kept_mails.amount(transaction, at)
    return gone
