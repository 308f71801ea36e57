"""Composes a delivery report (RFC 3464) that a civil servant understands and a program can read. Being built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Action = Literal["failed", "delayed", "delivered", "relayed", "expanded"]


@dataclass(frozen=True, slots=True)
class ReportedRecipient:
    """What became of one recipient. `original` is ORCPT (`rfc822;An@tinh.test`) or empty; `status` is an RFC 3463 code
    such as "5.1.1"; `reply` the raw reply of the host `remote`; `via` the list or role address it came from. Instants
    are microseconds; `will_retry_until` is for delays only."""

    address: str
    original: str
    action: Action
    status: str
    reply: str
    remote: str
    via: str
    last_attempt_at: int
    will_retry_until: int | None = None
    possible_duplicate: bool = False


def compose_report(
    *,
    hostname: str,
    postmaster: str,
    to: str,
    envelope_identifier: str,
    arrived_at: int,
    recipients: Sequence[ReportedRecipient],
    original_head: bytes,
    original: bytes | None,
    at: datetime,
    timezone: str,
    message_id_domain: str,
    smtputf8: bool,
    organisation: str,
) -> bytes:
    """The report as a whole message with CRLF."""
    raise NotImplementedError
