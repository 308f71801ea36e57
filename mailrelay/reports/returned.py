"""Reads delivery reports (RFC 3464) and disposition notifications (RFC 8098) that come back. Being built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Returned:
    """What a report says of one recipient. Fields that it does not give are empty. `kind` "mdn" is about reading,
    then `disposition` is set ("displayed", "deleted", ...) and `action`, `status`, `diagnostic` are empty."""

    kind: Literal["dsn", "mdn"]
    envelope_identifier: str
    original_recipient: str
    final_recipient: str
    action: str
    status: str
    diagnostic: str
    original_message_id: str
    disposition: str = ""


def parse_report(message: bytes, limit: int = 100) -> list[Returned]:
    """The recipients that a report speaks of, at most `limit`; empty for what is no report."""
    raise NotImplementedError
