"""Writes the machine-readable part of a delivery report: RFC 3464 fields, one block for the message, one a recipient.

Every value is cleaned and folded here, so neither an address nor a remote reply can start a field of its own. With
`international` the fields may hold UTF-8 (RFC 6533 message/global-delivery-status); without it they are ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from foundation.clock import from_microseconds
from mailrelay.messages.trace import mail_date

Action = Literal["failed", "delayed", "delivered", "relayed", "expanded"]


@dataclass(frozen=True, slots=True)
class ReportedRecipient:
    """What became of one recipient. `original` is ORCPT (`rfc822;An@tinh.test`) or empty; `status` is an RFC 3463 code
    such as "5.1.1"; `reply` the raw reply of the host `remote` (empty: we decided ourselves); `via` the list or role
    address it came from. Instants are microseconds; `will_retry_until` is for delays only."""

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


_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_WITHOUT_STATUS: Final[dict[Action, str]] = {
    "failed": "5.0.0",
    "delayed": "4.0.0",
    "delivered": "2.0.0",
    "relayed": "2.0.0",
    "expanded": "2.0.0",
}
_VALUE_LIMIT: Final = 4000
"""Characters of a raw reply that are kept: RFC 5321 4.5.3.1.5 allows 512 a line, and replies may have several."""
_LINE_LIMIT: Final = 76
_LONG_WORD: Final = re.compile(r"(\S{400})(?=\S)")
"""A word longer than a line may be (RFC 5322 2.1.1: 998 octets; 400 letters can be 1,200 octets only in scripts that
no reply uses) is broken, so that no line grows too long."""
_ORIGINAL: Final = re.compile(r"([A-Za-z0-9-]{1,32});(.+)", re.DOTALL)


def status_part(
    hostname: str,
    envelope_identifier: str,
    arrived_at: int,
    recipients: Sequence[ReportedRecipient],
    timezone: str,
    international: bool,
) -> bytes:
    """The body of the status part; blocks are separated by empty lines, lines end in CRLF."""
    message = [("Reporting-MTA", f"dns; {hostname}")]
    if envelope_identifier:
        message.append(("Original-Envelope-Id", envelope_identifier))
    message.append(("Arrival-Date", _date(arrived_at, timezone)))
    blocks = [message, *(list(_recipient(recipient, timezone, international)) for recipient in recipients)]
    text = "\r\n".join("".join(_field(name, value, international) for name, value in block) for block in blocks)
    return text.encode()


def _recipient(recipient: ReportedRecipient, timezone: str, international: bool) -> Iterator[tuple[str, str]]:
    original = _ORIGINAL.fullmatch(recipient.original)
    if original:
        yield "Original-Recipient", _typed_address(original[2], original[1], international)
    yield "Final-Recipient", _typed_address(recipient.address, "rfc822", international)
    yield "Action", recipient.action
    status = recipient.status if _STATUS.fullmatch(recipient.status) else _WITHOUT_STATUS[recipient.action]
    yield "Status", status
    if recipient.remote:
        yield "Remote-MTA", f"dns; {recipient.remote}"
    if recipient.reply:
        yield "Diagnostic-Code", f"{'smtp' if recipient.remote else 'x-congvu'}; {recipient.reply}"
    yield "Last-Attempt-Date", _date(recipient.last_attempt_at, timezone)
    if recipient.action == "delayed" and recipient.will_retry_until is not None:
        yield "Will-Retry-Until", _date(recipient.will_retry_until, timezone)


def _typed_address(address: str, kind: str, international: bool) -> str:
    """`rfc822; an@tinh.test`; beyond ASCII `utf-8`, with escapes where UTF-8 may not stand (RFC 6533 3)."""
    if address.isascii():
        return f"{kind}; {address}"
    if international:
        return f"utf-8; {address}"
    return "utf-8; " + "".join(
        letter if "!" <= letter <= "~" and letter not in "\\+=" else f"\\x{{{ord(letter):02X}}}" for letter in address
    )


def _date(at: int, timezone: str) -> str:
    return mail_date(from_microseconds(at), timezone)


def _field(name: str, value: str, international: bool) -> str:
    """`Name: value` with CRLF, cleaned and folded (RFC 5322 2.2.3)."""
    words = _clean(value, international).split() or ["-"]
    lines = [f"{name}:"]
    for word in words:
        if len(lines[-1]) + 1 + len(word.encode()) > _LINE_LIMIT and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines) + "\r\n"


def _clean(value: str, international: bool) -> str:
    cut = value[:_VALUE_LIMIT]
    if not international and not cut.isascii():
        cut = cut.encode("ascii", "backslashreplace").decode("ascii")
    cut = "".join(letter if letter.isprintable() else " " for letter in cut)
    return _LONG_WORD.sub(r"\1 ", cut)
