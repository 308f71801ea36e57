"""BDAT (RFC 3030): a message in chunks whose bytes come at once, wanted or not.

Bytes of a chunk are never taken for commands: what is refused is read and dropped, and a chunk whose size cannot be
read ends the session. After a refused chunk the transaction has failed, and only RSET (or what acts like it) helps.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from aiosmtpd.smtp import syntax

from mailrelay.reception import replies
from mailrelay.reception.data import ChunkReader
from mailrelay.reception.grammar import ChunkCommand, parse_chunk
from mailrelay.reception.intake import Intake
from mailrelay.reception.order import not_ready
from mailrelay.reception.replies import Reply, wire

if TYPE_CHECKING:
    from mailrelay.reception.session import Session


@syntax("BDAT size [LAST]")
def bdat(session: Session, argument: bytes) -> None:
    """RFC 3030 2: the chunk's bytes come at once, and are read even if they are not wanted."""
    command = parse_chunk(argument)
    if isinstance(command, Reply) or session.session is None or not session.session.extended_smtp:
        # nobody can tell where the chunk ends, and its bytes must not be taken for commands
        session.dismiss(command if isinstance(command, Reply) else replies.NO_EXTENSION, "BDAT")
        return
    refusal, transaction = _chunk_refusal(session), session.transaction
    if refusal is not None or transaction is None:
        ended: Callable[[], None] = partial(_end_refused_chunk, session, refusal or replies.MAIL_FIRST)
        session.read_content(ChunkReader(command.size), _drop, ended)
    else:
        if transaction.intake is None:
            transaction.intake = Intake(session.desk, transaction.mail.declared_bytes, session.trusted)
        transaction.intake.announce(command.size)
        ended = session.end_message if command.last else partial(_end_chunk, session, command)
        session.read_content(ChunkReader(command.size), transaction.intake.take, ended)


def _chunk_refusal(session: Session) -> Reply | None:
    transaction = session.transaction
    if transaction is not None and transaction.failed:
        return replies.CHUNKS_FAILED
    return not_ready(session)


def _end_refused_chunk(session: Session, refusal: Reply) -> None:
    if session.transaction is not None:
        session.transaction.failed = True
    session.refuse(refusal, "BDAT")


def _end_chunk(session: Session, command: ChunkCommand) -> None:
    """A chunk that is not the last: acknowledged, or the message is refused at once and only RSET helps."""
    transaction = session.transaction
    intake = transaction.intake if transaction is not None else None
    if transaction is None or intake is None:
        raise RuntimeError("a chunk of a message that never began")
    if intake.refused is not None:
        _end_refused_chunk(session, intake.refused)
    else:
        session.send(wire(Reply(250, "2.0.0", f"{command.size} bytes received")))


def _drop(piece: bytes) -> None:
    """The bytes of a chunk that nobody wants."""
