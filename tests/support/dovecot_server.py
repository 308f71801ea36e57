"""A real Dovecot for the tests: the reference configuration of `deploy/dovecot` against the tests' own slapd.

One per test file. The `dovecot` fixture empties the mailboxes and the login cache, so that no test sees what another
left; the directory is the `slapd` fixture's, empty at the start of each test.
"""

from __future__ import annotations

import imaplib
import shutil
import smtplib
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from congvu.servers.certificates import make_certificate
from congvu.servers.child import ProcessIdentity
from congvu.servers.dovecot import Dovecot, DovecotSettings
from foundation.errors import Unreachable
from tests.support.slapd_server import BASE, SlapdServer, free_port

DEFAULT_QUOTA_MEBIBYTES = 1


class DovecotServer:
    """What a test sees of the running server."""

    def __init__(self, folder: Path, slapd: SlapdServer) -> None:
        self.folder = folder
        self.ca_file = folder / "ca.pem"
        self.identity, self.server = self._started(slapd)
        self.settings = self.server.settings

    def _started(self, slapd: SlapdServer) -> tuple[ProcessIdentity, Dovecot]:
        certificate = make_certificate()
        self.ca_file.write_bytes(certificate.authority)
        for attempts_left in (2, 1, 0):
            server = Dovecot(
                DovecotSettings(
                    self.folder / "dovecot",
                    self.folder / "dovecot.log",
                    "mail.tinh.test",
                    "tinh.test",
                    free_port(),
                    free_port(),
                    free_port(),
                    slapd.url,
                    BASE,
                    slapd.password_of("dovecot"),
                    default_quota_mebibytes=DEFAULT_QUOTA_MEBIBYTES,
                )
            )
            server.configure(certificate)
            try:
                return server.start(), server
            except Unreachable:  # somebody took a port in between
                if not attempts_left:
                    raise
        raise AssertionError("unreachable")

    def forget(self) -> None:
        """Empty the mailboxes and the login cache."""
        for mailbox in (self.server.folder / "mail").iterdir():
            shutil.rmtree(mailbox)
        self.forget_logins()

    def forget_logins(self) -> None:
        """Empty the login cache."""
        done = self.server.administer("auth", "cache", "flush")
        assert done.returncode == 0, done.stderr

    def deliver(self, recipients: Sequence[str], message: bytes, sender: str = "a@b.test") -> list[tuple[int, str]]:
        """Hand a message over by LMTP; one (code, text) per recipient, from RCPT when that was refused."""
        with smtplib.LMTP("127.0.0.1", self.settings.lmtp_port, timeout=30) as lmtp:
            lmtp.ehlo("test.test")
            assert lmtp.mail(sender)[0] == 250
            replies = [_words(lmtp.rcpt(recipient)) for recipient in recipients]
            accepted = [number for number, reply in enumerate(replies) if reply[0] == 250]
            if accepted:
                assert lmtp.docmd("DATA")[0] == 354
                lmtp.send(message.replace(b"\r\n.", b"\r\n..") + b".\r\n")
                for number in accepted:
                    replies[number] = _words(lmtp.getreply())
            return replies

    def login(self, user: str, password: str) -> imaplib.IMAP4_SSL:
        """An IMAP session over verified TLS. Raises imaplib.IMAP4.error when the login is refused."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        connection = imaplib.IMAP4_SSL("localhost", self.settings.imaps_port, ssl_context=context, timeout=30)
        try:
            connection.login(user, password)
        except BaseException:
            connection.shutdown()
            raise
        return connection

    def messages(self, user: str, password: str, mailbox: str = "INBOX") -> list[bytes]:
        """Every message of a mailbox, as IMAP shows it."""
        with self.login(user, password) as imap:
            count = int(imap.select(mailbox)[1][0] or b"0")
            fetched = [imap.fetch(str(number), "(BODY.PEEK[])")[1][0] for number in range(1, count + 1)]
            return [part[1] for part in fetched if isinstance(part, tuple)]


def _words(reply: tuple[int, bytes]) -> tuple[int, str]:
    return reply[0], reply[1].decode()


@pytest.fixture(scope="module")
def running_dovecot(running_slapd: SlapdServer) -> Iterator[DovecotServer]:
    """The server of this test file; ask for `dovecot`."""
    with tempfile.TemporaryDirectory(prefix="congvu-dovecot-") as folder:
        server = DovecotServer(Path(folder), running_slapd)
        yield server
        server.server.stop()


@pytest.fixture
def dovecot(running_dovecot: DovecotServer, slapd: SlapdServer) -> DovecotServer:
    """A running Dovecot without mailboxes, over an empty directory."""
    running_dovecot.forget()
    return running_dovecot
