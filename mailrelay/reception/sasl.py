"""AUTH (RFC 4954): PLAIN and LOGIN by aiosmtpd's own mechanisms, the password verified without blocking the loop.

Only under TLS, only where the listener offers it, once per session; three failures end the session. `*` cancels, `=` is
an empty initial response. An authorisation identity is ignored: everybody acts as who logged in. Passwords are neither
logged nor kept.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, Final

from aiosmtpd.smtp import MISSING, AuthResult, LoginPassword

from mailrelay.policy.refusals import Refusal
from mailrelay.reception import replies
from mailrelay.reception.replies import Reply, wire

if TYPE_CHECKING:
    from mailrelay.reception.session import Session

MECHANISMS: Final = ("PLAIN", "LOGIN")


def refusal_of_auth(session: Session, argument: bytes) -> Reply | None:
    """Why this AUTH command cannot begin, or None."""
    words = argument.split()
    if not session.rules.authentication:
        return replies.NO_AUTHENTICATION
    if session.session is None or not session.session.extended_smtp:
        return replies.NO_EXTENSION
    if not session.tls:
        return replies.ENCRYPTION_REQUIRED
    if session.account:
        return replies.AUTHENTICATED_ALREADY
    if session.transaction is not None:
        return replies.NOT_IN_TRANSACTION
    if not words or len(words) > 2:
        return replies.BAD_AUTH
    return None if words[0].upper().decode("ascii", "replace") in MECHANISMS else replies.UNKNOWN_MECHANISM


async def authenticate(session: Session, argument: bytes) -> None:
    """The dialogue and its reply."""
    words = argument.decode("ascii", "replace").split()
    mechanism = words[0].upper()
    words = [mechanism, *("" if word == "=" else word for word in words[1:])]
    talk = session.auth_PLAIN if mechanism == "PLAIN" else session.auth_LOGIN
    result: AuthResult = await talk(None, words)
    credentials: Any = result.auth_data
    if isinstance(credentials, LoginPassword):
        await _verify(session, credentials)


async def _verify(session: Session, credentials: LoginPassword) -> None:
    try:
        login, password = credentials.login.decode("utf-8"), credentials.password.decode("utf-8")
    except UnicodeDecodeError:
        _fail(session, Refusal(535, "5.7.8", "Authentication credentials invalid"))
        return
    answer = await session.desk.authenticator.verify(login, password, session.address)
    if isinstance(answer, Refusal):
        _fail(session, answer)
        return
    session.account, session.login = answer.uid, answer.login
    session.authentication_failures = 0
    if session.session is not None:
        session.session.authenticated = True
    session.identify()
    session.desk.counters.authentications += 1
    session.send(wire(replies.AUTHENTICATED))


def _fail(session: Session, refusal: Refusal) -> None:
    """A wrong password counts towards the session's limit; trouble of ours (4xx) does not."""
    session.desk.counters.authentication_failures += 1
    session.authentication_failures += refusal.code >= 500
    if session.authentication_failures >= session.desk.settings.limits.authentication_failures:
        session.dismiss(replies.TOO_MANY_FAILURES, "AUTH")
    else:
        session.refuse(refusal, "AUTH")


async def ask(session: Session, challenge: str | bytes) -> Any:
    """`334` and the peer's answer, decoded; MISSING when it cancelled or answered nonsense (and was told so)."""
    plain = challenge.encode("ascii") if isinstance(challenge, str) else challenge
    session.send(b"334 " + b64encode(plain) + b"\r\n")
    answer = await session.read_answer()
    if answer == b"*":
        session.refuse(replies.AUTH_CANCELLED, "AUTH")
        return MISSING
    try:
        return b64decode(answer, validate=True)
    except binascii.Error:
        session.refuse(replies.BAD_BASE64, "AUTH")
        return MISSING
