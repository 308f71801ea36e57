"""One connection to the relay's submission door: TLS with the certificate verified, a login, one letter after another.

The protocol is smtplib's. The name that the certificate must have is a setting of its own, so that the relay on this
machine can be reached on loopback. A connection that failed is of no use any more: make another one.
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
        return _OUR_RELAY in greeting

    def send(self, sender: str, recipient: str, token: str, mail: bytes) -> Reply:
        """Hand one letter over; the answer in the end. `token` names it in reports (ENVID); without one nobody wants
        reports. Raises DoorShut when the connection is lost: then nobody knows whether the relay has the letter."""
        try:
            return self._send(sender, recipient, token, mail)
        except (OSError, smtplib.SMTPException) as error:
            self._client.close()
            raise DoorShut(_reason(error)) from error

    def _send(self, sender: str, recipient: str, token: str, mail: bytes) -> Reply:
        client = self._client
        options = [f"SIZE={len(mail)}"]
        if not mail.isascii():
            options.append("BODY=8BITMIME")
        if not recipient.isascii():
            options.append("SMTPUTF8")
            client.command_encoding = "utf-8"
        if token:
            options += ["RET=HDRS", f"ENVID={token}"]
        try:
            code, text = client.mail(sender, options)
            if code != 250:
                return self._refused(code, text, "sender")
            wanted = ["NOTIFY=SUCCESS,FAILURE,DELAY"] if token else ["NOTIFY=NEVER"]
            code, text = client.rcpt(recipient, wanted)
        finally:
            client.command_encoding = "ascii"
        if code not in (250, 251):
            return self._refused(code, text, "recipient")
        return self._content(mail)

    def _content(self, mail: bytes) -> Reply:
        code, text = self._client.docmd("DATA")
        if code != 354:
            return self._refused(code, text, "content")
        stuffed = mail if b"\n." not in mail and not mail.startswith(b".") else _stuffed(mail)
        self._client.send(stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"))
        code, text = self._client.getreply()
        return Reply(code, _one_line(text), "content", self._remembers)

    def _refused(self, code: int, text: bytes, step: Step) -> Reply:
        if code == 421:
            self._client.close()
        else:
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
