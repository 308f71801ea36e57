"""Whether a command may come now: hello, then TLS and login where the listener wants them, then MAIL, RCPT, DATA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailrelay.reception import replies
from mailrelay.reception.replies import Reply

if TYPE_CHECKING:
    from mailrelay.reception.session import Session


def entitled(session: Session) -> Reply | None:
    """Whether this session may speak of mail at all: hello said, TLS and login where the listener wants them."""
    if session.client is None:
        return replies.HELLO_FIRST
    if session.rules.authentication and not session.account:
        return replies.LOGIN_FIRST if session.tls else replies.TLS_FIRST
    return None


def not_ready(session: Session) -> Reply | None:
    """Why a message's content cannot come now, or None."""
    refusal = entitled(session)
    if refusal is not None:
        return refusal
    transaction = session.transaction
    if transaction is None:
        return replies.MAIL_FIRST
    if transaction.recipients:
        return None
    return replies.NO_RECIPIENTS if transaction.refused_recipients else replies.RCPT_FIRST
