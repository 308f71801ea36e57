"""What each command does: plain functions of a session and an argument, in one table (RFC 5321 4.1.1).

The frequent ones (EHLO to QUIT) answer before they return; AUTH, STARTTLS and HELP start a coroutine. Checks are in the
order in which a peer can mend them: hello, TLS and login, order of commands, grammar, policy, room.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from aiosmtpd.smtp import syntax

from mailrelay.reception import replies
from mailrelay.reception.chunks import bdat
from mailrelay.reception.data import DataReader
from mailrelay.reception.grammar import (
    AUTH_BYTES,
    COMMAND_BYTES,
    MAIL_BYTES,
    RCPT_BYTES,
    parse_mail,
    parse_name,
    parse_rcpt,
)
from mailrelay.reception.intake import Intake
from mailrelay.reception.order import entitled, not_ready
from mailrelay.reception.replies import Reply, wire
from mailrelay.reception.sasl import authenticate, refusal_of_auth
from mailrelay.reception.transaction import Transaction

if TYPE_CHECKING:
    from mailrelay.reception.session import Session

EXCESS_RECIPIENTS: Final = 100
"""How many recipients beyond the limit a stranger may name in a session before each is an error: pipelined commands are
under way when the first 452 comes (as Postfix's smtpd_recipient_overshoot_limit)."""
_SENDER_OK: Final = wire(replies.SENDER_OK)
_RECIPIENT_OK: Final = wire(replies.RECIPIENT_OK)
_START_DATA: Final = wire(replies.START_DATA)
_OK: Final = wire(replies.OK)


@syntax("EHLO hostname")
def ehlo(session: Session, argument: bytes) -> None:
    name = parse_name(argument)
    if name is None:
        session.refuse(replies.BAD_NAME, "EHLO")
        return
    session.greeted(name, extended=True)
    session.send(session.ehlo_reply())


@syntax("HELO hostname")
def helo(session: Session, argument: bytes) -> None:
    name = parse_name(argument)
    if name is None:
        session.refuse(replies.BAD_NAME, "HELO")
        return
    session.greeted(name, extended=False)
    session.send(f"250 {session.desk.settings.hostname}\r\n".encode("ascii"))


@syntax("MAIL FROM:<address>", extended=" [SIZE= BODY= SMTPUTF8 RET= ENVID=]")
def mail(session: Session, argument: bytes) -> None:
    refusal = entitled(session)
    if refusal is None and session.transaction is not None:
        refusal = replies.NESTED_MAIL
    if refusal is not None:
        session.refuse(refusal, "MAIL")
        return
    command = parse_mail(argument)
    if isinstance(command, Reply):
        session.refuse(command, "MAIL")
        return
    refused = _mail_refusal(session, command.sender, command.declared_bytes, command.extended)
    if refused is not None:
        session.refuse(refused, "MAIL", sender=command.sender)
        return
    session.transaction = Transaction(command)
    session.send(_SENDER_OK)


def _mail_refusal(session: Session, sender: str, declared_bytes: int, extended: bool) -> tuple[int, str, str] | None:
    desk, client = session.desk, session.client
    if client is None:
        return replies.HELLO_FIRST
    if extended and session.session is not None and not session.session.extended_smtp:
        return replies.UNKNOWN_PARAMETER
    if declared_bytes > desk.settings.limits.message_bytes:
        return replies.TOO_BIG
    refusal = desk.policy.mail(client, sender, declared_bytes)
    if refusal is not None:
        return refusal
    return replies.NO_ROOM if desk.crowded or not desk.bodies.has_room(declared_bytes) else None


@syntax("RCPT TO:<address>", extended=" [NOTIFY= ORCPT=]")
def rcpt(session: Session, argument: bytes) -> None:
    transaction, client = session.transaction, session.client
    if transaction is None or client is None:
        session.refuse(entitled(session) or replies.MAIL_FIRST, "RCPT")
        return
    if transaction.intake is not None:  # BDAT has begun
        session.refuse(replies.CHUNKS_ONLY, "RCPT")
        return
    command = parse_rcpt(argument)
    if isinstance(command, Reply):
        transaction.refused_recipients += 1
        session.refuse(command, "RCPT")
        return
    recipient = command.recipient
    refusal: tuple[int, str, str] | None = None
    if len(transaction.recipients) >= session.desk.settings.limits.recipients:
        refusal = replies.TOO_MANY_RECIPIENTS
    elif not transaction.mail.smtputf8 and not recipient.address.isascii():
        refusal = replies.NEEDS_SMTPUTF8
    elif command.extended and session.session is not None and not session.session.extended_smtp:
        refusal = replies.UNKNOWN_PARAMETER
    else:
        refusal = session.desk.policy.rcpt(client, transaction.mail.sender, recipient, len(transaction.recipients))
    if refusal is replies.TOO_MANY_RECIPIENTS:
        session.excess_recipients += 1
    if refusal is None:
        transaction.recipients.append(recipient)
        session.send(_RECIPIENT_OK)
    else:
        transaction.refused_recipients += 1
        _refuse_recipient(session, refusal, transaction.mail.sender, recipient.address)


def _refuse_recipient(session: Session, refusal: tuple[int, str, str], sender: str, recipient: str) -> None:
    """Whoever guesses addresses or goes on far beyond the limit runs into the limit of errors; who may send to a long
    list with old ones does not."""
    stranger = not session.account and not session.trusted
    insists = refusal is replies.TOO_MANY_RECIPIENTS and session.excess_recipients > EXCESS_RECIPIENTS
    session.refuse(
        refusal, "RCPT", is_error=stranger, is_abuse=stranger and insists, sender=sender, recipient=recipient
    )


@syntax("DATA")
def data(session: Session, argument: bytes) -> None:
    refusal = replies.NO_ARGUMENT if argument else not_ready(session)
    transaction = session.transaction
    if refusal is None and transaction is not None and transaction.intake is not None:
        refusal = replies.CHUNKS_ONLY
    if refusal is not None or transaction is None:
        session.refuse(refusal or replies.MAIL_FIRST, "DATA")
        return
    intake = transaction.intake = Intake(session.desk, transaction.mail.declared_bytes, session.trusted)
    session.read_content(DataReader(), intake.take, session.end_message)
    session.send(_START_DATA)


@syntax("RSET")
def rset(session: Session, argument: bytes) -> None:
    if argument:
        session.refuse(replies.NO_ARGUMENT, "RSET")
        return
    session.forget_transaction()
    session.send(_OK)


@syntax("NOOP [ignored]")
def noop(session: Session, argument: bytes) -> None:
    session.send(_OK)


@syntax("QUIT")
def quit_session(session: Session, argument: bytes) -> None:
    if argument:
        session.refuse(replies.NO_ARGUMENT, "QUIT")
        return
    session.send(wire(replies.BYE))
    session.close()


@syntax("VRFY address")
def vrfy(session: Session, argument: bytes) -> None:
    """Never tells whether an address exists: RCPT does, to those who may send there (RFC 5321 7.3)."""
    refusal = entitled(session)
    if refusal is None and not argument:
        refusal = replies.BAD_VERIFY
    if refusal is not None:
        session.refuse(refusal, "VRFY")
    else:
        session.send(wire(replies.CANNOT_VERIFY))


def expn(session: Session, argument: bytes) -> None:
    session.refuse(replies.NOT_IMPLEMENTED, "EXPN")


@syntax("HELP [command]")
def help_command(session: Session, argument: bytes) -> None:
    session.run(session.smtp_HELP(argument.decode("ascii", "replace")), "HELP")


@syntax("STARTTLS", when="tls_context")
def starttls(session: Session, argument: bytes) -> None:
    """RFC 3207. Bytes behind the command were refused before it came here (CVE-2011-0411 and its kin)."""
    refusal = None
    if argument:
        refusal = replies.NO_ARGUMENT
    elif session.tls:
        refusal = replies.TLS_ALREADY
    elif not session.rules.starttls:
        refusal = replies.NOT_IMPLEMENTED
    elif session.desk.tls is None:
        refusal = replies.NO_TLS_NOW
    elif session.session is None or not session.session.extended_smtp:
        refusal = replies.NO_EXTENSION
    if refusal is not None:
        session.refuse(refusal, "STARTTLS")
        return
    session.send(wire(replies.START_TLS))
    session.start_tls(_go_on)


def _go_on() -> None:
    """After STARTTLS the client speaks first."""


@syntax("AUTH mechanism [initial response]")
def auth(session: Session, argument: bytes) -> None:
    refusal = refusal_of_auth(session, argument)
    if refusal is not None:
        session.refuse(refusal, "AUTH")
    else:
        session.run(authenticate(session, argument), "AUTH")


class Command(NamedTuple):
    """What a verb does, and how long its line may be."""

    act: Callable[[Session, bytes], None]
    limit_bytes: int = COMMAND_BYTES


COMMANDS: Final[dict[bytes, Command]] = {
    b"EHLO": Command(ehlo),
    b"HELO": Command(helo),
    b"MAIL": Command(mail, MAIL_BYTES),
    b"RCPT": Command(rcpt, RCPT_BYTES),
    b"DATA": Command(data),
    b"BDAT": Command(bdat),
    b"RSET": Command(rset),
    b"NOOP": Command(noop),
    b"QUIT": Command(quit_session),
    b"VRFY": Command(vrfy),
    b"EXPN": Command(expn),
    b"HELP": Command(help_command),
    b"STARTTLS": Command(starttls),
    b"AUTH": Command(auth, AUTH_BYTES),
}

ONLY_AFTER_REPLY: Final = frozenset({b"EHLO", b"HELO", b"DATA", b"STARTTLS", b"AUTH", b"QUIT"})
"""Commands that nothing may follow before their reply (RFC 2920 3.1, RFC 3207 4, RFC 4954 4). NOOP, VRFY and HELP may:
the RFC names them too, but nothing can be smuggled behind them."""

SYNTAX: Final[dict[str, Callable[..., Any]]] = {
    verb.decode("ascii"): command.act for verb, command in COMMANDS.items() if hasattr(command.act, "__smtp_syntax__")
}
"""What aiosmtpd's HELP reads, made once instead of for every connection."""
