"""One connection to the relay's submission door: TLS with the certificate verified, a login, one letter after another.

The protocol is smtplib's, with the commands of a letter pipelined where that is offered (RFC 2920). The name that the
certificate must have is a setting of its own, so that the relay on this machine can be reached on loopback. A
connection that failed is of no use any more: make another one.
"""

from __future__ import annotations

import base64
import smtplib
import socket
import ssl
from contextlib import suppress
from typing import Any, Final

from foundation.errors import CongvuError
from meetings.handover.replies import DoorShut, Reply, Step
from meetings.settings import Submission

CONNECT_SECONDS: Final = 10.0
REPLY_SECONDS: Final = 60.0
"""The relay is ours and near; RFC 5321 4.5.3.2 would let a stranger take minutes."""
_OUR_RELAY: Final = b"Congvu"
_STEPS: Final[tuple[Step, ...]] = ("sender", "recipient", "content")
_WANTED: Final[dict[Step, tuple[int, ...]]] = {"sender": (250,), "recipient": (250, 251), "content": (354,)}


class _Client(smtplib.SMTP):
    """smtplib's client, with TLS for a name that is not where it connects to."""

    def __init__(self, settings: Submission, hostname: str, context: ssl.SSLContext) -> None:
        self._settings = settings
        self._tls_context = context
        super().__init__(local_hostname=hostname, timeout=REPLY_SECONDS)
        self._host = settings.server_name  # what starttls verifies

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        plain = socket.create_connection((host, port), CONNECT_SECONDS)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.settimeout(timeout)
        if self._settings.tls == "implicit":
            return self._tls_context.wrap_socket(plain, server_hostname=self._settings.server_name)
        return plain


class Door:
    """An open door. Belongs to one thread, but for `break_off`."""

    def __init__(self, settings: Submission, hostname: str) -> None:
        """Connect and log in. Raises DoorShut."""
        if settings.password is None:
            raise DoorShut("no password: set it in [meetings.submission]")
        try:
            context = ssl.create_default_context(cafile=settings.ca_file)
            self._client = _Client(settings, hostname, context)
            password = settings.password.read()
        except (OSError, CongvuError) as error:
            raise DoorShut(_reason(error)) from error
        try:
            self._remembers = self._open(settings, context, password)
        except (OSError, smtplib.SMTPException) as error:
            self._client.close()
            raise DoorShut(f"{settings.host}:{settings.port}: {_reason(error)}") from error

    def _open(self, settings: Submission, context: ssl.SSLContext, password: str) -> bool:
        """Whether it is our own relay."""
        code, greeting = self._client.connect(settings.host, settings.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, greeting)
        if settings.tls == "starttls":
            self._client.starttls(context=context)
        self._client.ehlo()
        secret = base64.b64encode(f"\0{settings.username}\0{password}".encode()).decode("ascii")
        code, text = self._client.docmd("AUTH", f"PLAIN {secret}")
        if code != 235:
            raise smtplib.SMTPAuthenticationError(code, text)
        self._pipelines = self._client.has_extn("pipelining")
        return _OUR_RELAY in greeting

    def send(self, sender: str, recipient: str, token: str, mail: bytes) -> Reply:
        """Hand one letter over; the answer in the end. `token` names it in reports (ENVID); without one nobody wants
        reports. Raises DoorShut when the connection is lost: then nobody knows whether the relay has the letter."""
        if not f"{sender}{recipient}{token}".isprintable() or "<" in recipient or ">" in recipient:
            return Reply(553, "5.1.3 not a mail address", "recipient")
        try:
            return self._send(sender, recipient, token, mail)
        except (OSError, smtplib.SMTPException) as error:
            self._client.close()
            raise DoorShut(_reason(error)) from error

    def _send(self, sender: str, recipient: str, token: str, mail: bytes) -> Reply:
        lines = [f"MAIL FROM:<{sender}>{_mail_options(token, recipient, mail)}"]
        lines.append(f"RCPT TO:<{recipient}> NOTIFY={'SUCCESS,FAILURE,DELAY' if token else 'NEVER'}")
        lines.append("DATA")
        if self._pipelines:
            self._client.send("".join(f"{line}\r\n" for line in lines).encode())
        for step, line in zip(_STEPS, lines, strict=True):
            if not self._pipelines:
                self._client.send(f"{line}\r\n".encode())
            code, text = self._client.getreply()
            if code not in _WANTED[step]:
                return self._refused(code, text, step, len(_STEPS) - 1 - _STEPS.index(step))
        self._client.send(_content(mail))
        code, text = self._client.getreply()
        return Reply(code, _one_line(text), "content", self._remembers)

    def _refused(self, code: int, text: bytes, step: Step, replies_due: int) -> Reply:
        """The reply, when the connection is fit for the next letter again."""
        if code == 421:
            self._client.close()
        else:
            for _ in range(replies_due if self._pipelines else 0):
                last, _ = self._client.getreply()
                if last == 354:  # nobody is to get it; the end is said all the same (RFC 2920 3.1)
                    self._client.send(b".\r\n")
                    self._client.getreply()
            self._client.rset()
        return Reply(code, _one_line(text), step, self._remembers)

    def close(self) -> None:
        """Say goodbye, if anybody listens."""
        with suppress(OSError, smtplib.SMTPException):
            self._client.quit()
        self._client.close()

    def break_off(self) -> None:
        """Cut the connection, from another thread: whoever waits for a reply gets DoorShut."""
        found = self._client.sock
        if found is not None:
            with suppress(OSError):
                found.shutdown(socket.SHUT_RDWR)


def _mail_options(token: str, recipient: str, mail: bytes) -> str:
    options = [f"SIZE={len(mail)}"]
    if not mail.isascii():
        options.append("BODY=8BITMIME")
    if not recipient.isascii():
        options.append("SMTPUTF8")
    if token:
        options += ["RET=HDRS", f"ENVID={token}"]
    return "".join(f" {option}" for option in options)


def _content(mail: bytes) -> bytes:
    """As it goes over the wire, with its end."""
    stuffed = mail if b"\n." not in mail and not mail.startswith(b".") else _stuffed(mail)
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")


def _stuffed(mail: bytes) -> bytes:
    """RFC 5321 4.5.2."""
    return (b"." if mail.startswith(b".") else b"") + mail.replace(b"\n.", b"\n..")


def _one_line(text: bytes) -> str:
    return " ".join(text.decode("utf-8", "replace").split())


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error).encode()
        return f"{error.smtp_code} {_one_line(text)}"
    if isinstance(error, CongvuError):
        return error.message.en
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
