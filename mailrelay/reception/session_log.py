"""What is logged of sessions: every refusal (information), every end (debug), nothing per command.

Passwords and content never come here. Nothing is built when nobody listens: this stands on the hot path.
"""

from __future__ import annotations

import logging
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Final

from foundation import logs

if TYPE_CHECKING:
    from mailrelay.reception.session import Session

AREA: Final = "relay.session"
FULL_SECONDS: Final = 60.0
"""How often it is said that all places are taken."""
_REMEMBERED_REFUSALS: Final = 256
_logger = logging.getLogger(f"congvu.{AREA}")


def refused(session: Session, reply: bytes, step: str, told: Mapping[str, str]) -> None:
    """A command, a message or a connection was refused with this reply: said once in a session, but for senders
    and recipients refused for good, each of whom is news."""
    whom = tuple(told.values()) if reply.startswith(b"5") else ()
    if _logger.isEnabledFor(logging.INFO) and _is_news(session, (step, reply, whom)):
        logs.event(
            logging.INFO,
            AREA,
            "refused",
            peer=session.address,
            listener=session.rules.kind,
            step=step,
            reply=reply.decode("ascii").strip(),
            account=session.account or None,
            **told,
        )


def _is_news(session: Session, refusal: Hashable) -> bool:
    """Whether this was not logged of this session yet, among the last few hundred refusals."""
    if session.told is None:
        session.told = set()
    if refusal in session.told:
        return False
    if len(session.told) >= _REMEMBERED_REFUSALS:
        session.told.clear()
    session.told.add(refusal)
    return True


def full(session: Session) -> None:
    """All places are taken: one warning a minute, not a line for each who comes."""
    desk = session.desk
    if desk.now - desk.full_logged_at < FULL_SECONDS:
        return
    desk.full_logged_at = desk.now
    logs.event(
        logging.WARNING,
        AREA,
        "connections are refused: too many are open",
        peer=session.address,
        listener=session.rules.kind,
        open=desk.admission.total,
        at_port_25=desk.admission.public,
        limit=desk.settings.limits.connections,
        refused=desk.counters.refused_connections,
    )


def ended(session: Session, error: Exception | None) -> None:
    """A connection is over."""
    if _logger.isEnabledFor(logging.DEBUG):
        logs.event(
            logging.DEBUG,
            AREA,
            "connection ended",
            peer=session.address,
            listener=session.rules.kind,
            tls=session.tls or None,
            account=session.account or None,
            messages=session.messages,
            errors=session.errors,
            seconds=round(session.desk.now - session.opened_at),
            reason=error,
        )
