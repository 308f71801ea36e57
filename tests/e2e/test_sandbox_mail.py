"""What the servers of a sandbox do for each other: a person sends, another reads, nobody else does either."""

from __future__ import annotations

import imaplib
import shutil
import smtplib
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import ldap3
import pytest

from congvu.sandbox import sandbox_down, sandbox_up
from foundation.directory.connection import ConnectionSettings
from foundation.directory.ldap import open_connection

pytestmark = pytest.mark.server

DEADLINE_SECONDS = 60
"""Of every wait; a suspension has no longer than this to be known everywhere."""


class Province:
    """A running sandbox with its sample people."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        self.samples = {sample["role"]: sample for sample in answer["samples"]}

    def address(self, role: str) -> str:
        return str(self.samples[role]["address"])

    def password(self, role: str) -> str:
        return Path(self.samples[role]["password_file"]).read_text()

    @property
    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.answer["tls_ca"])

    def submission(self, role: str) -> smtplib.SMTP:
        """A session of this person on port 587. Raises SMTPAuthenticationError."""
        host, _, port = self.answer["smtp"]["submission"].rpartition(":")
        smtp = smtplib.SMTP(host, int(port), timeout=30)
        smtp.starttls(context=self.tls)
        try:
            smtp.login(self.address(role), self.password(role))
        except smtplib.SMTPException:
            smtp.close()
            raise
        return smtp

    def mailbox(self, role: str) -> imaplib.IMAP4_SSL:
        """A session of this person over IMAP. Raises imaplib.IMAP4.error."""
        host, _, port = self.answer["imap"]["tls"].rpartition(":")
        imap = imaplib.IMAP4_SSL(host, int(port), ssl_context=self.tls, timeout=30)
        try:
            imap.login(self.address(role), self.password(role))
        except imaplib.IMAP4.error:
            imap.shutdown()
            raise
        return imap

    def find(self, role: str, subject: str) -> bytes | None:
        """The message with this subject in this person's mailbox."""
        with self.mailbox(role) as imap:
            imap.select()
            found = imap.search(None, "SUBJECT", f'"{subject}"')[1][0].split()
            if not found:
                return None
            part = imap.fetch(found[0].decode(), "(BODY.PEEK[])")[1][0]
            assert isinstance(part, tuple)
            return bytes(part[1])

    def may_send(self, role: str) -> bool:
        try:
            self.submission(role).quit()
        except smtplib.SMTPException:
            return False
        return True

    def may_read(self, role: str) -> bool:
        try:
            self.mailbox(role).logout()
        except imaplib.IMAP4.error:
            return False
        return True


def letter(subject: str, sender: str, recipient: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, sender, recipient
    message.set_content("Kính gửi các đồng chí.\n")
    return message


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def province() -> Iterator[Province]:
    parent = Path(tempfile.mkdtemp(prefix="congvu-mail-"))
    yield Province(sandbox_up(parent / "sandbox", 12))
    sandbox_down(parent / "sandbox")
    shutil.rmtree(parent)


def test_one_person_writes_and_another_reads(province: Province) -> None:
    message = letter("mot nguoi", province.address("staff"), province.address("van_thu"))
    with province.submission("staff") as smtp:
        smtp.send_message(message)
    eventually(lambda: province.find("van_thu", "mot nguoi") is not None)
    read = province.find("van_thu", "mot nguoi")
    assert read is not None
    assert read.endswith(message.as_bytes().replace(b"\n", b"\r\n"))


def test_a_list_reaches_its_members(province: Province) -> None:
    everyone = next(name for name in province.answer["lists"] if name.startswith("canbo.vpub"))
    with province.submission("secretary") as smtp:
        smtp.send_message(letter("ca van phong", province.address("secretary"), everyone))
    for role in ("staff", "van_thu", "leader"):
        eventually(lambda role=role: province.find(role, "ca van phong") is not None)  # type: ignore[misc]


def test_nobody_sends_as_another(province: Province) -> None:
    with province.submission("staff") as smtp, pytest.raises(smtplib.SMTPException):
        smtp.send_message(letter("gia", province.address("leader"), province.address("van_thu")))


def test_whoever_is_suspended_neither_sends_nor_reads(province: Province) -> None:
    assert not province.may_send("suspended")
    assert not province.may_read("suspended")
    with province.submission("staff") as smtp:
        smtp.send_message(letter("van toi", province.address("staff"), province.address("suspended")))


def test_loopback_alone_earns_no_trust(province: Province) -> None:
    host, _, port = province.answer["smtp"]["relay"].rpartition(":")
    with smtplib.SMTP(host, int(port), timeout=30) as smtp:
        smtp.ehlo("test.test")
        smtp.mail("someone@elsewhere.example")
        assert smtp.rcpt("other@foreign.example")[0] == 550
        assert smtp.rcpt(province.address("staff"))[0] == 250


def test_the_trail_is_there(province: Province) -> None:
    with province.submission("staff") as smtp:
        smtp.send_message(letter("dau vet", province.address("staff"), province.address("leader")))
    eventually(lambda: province.find("leader", "dau vet") is not None)
    asked = [sys.executable, "-m", "mailrelay.cli", "--config", province.answer["config"]]
    done = subprocess.run(
        [*asked, "trace", "--json", "--recipient", province.address("leader")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"delivered"' in done.stdout


def test_a_suspension_shuts_out_within_a_minute(province: Province) -> None:
    """Also whoever had just logged in, so that every cache on the way knows the old answer."""
    assert province.may_send("leader")
    assert province.may_read("leader")
    directory = province.answer["directory"]
    with open_connection(ConnectionSettings(directory["ldapi"], directory["base"])) as admin:
        assert admin.modify(  # type: ignore[no-untyped-call]
            province.samples["leader"]["dn"], {"congvuState": [(ldap3.MODIFY_REPLACE, ["suspended"])]}
        )
    eventually(lambda: not province.may_send("leader"))
    eventually(lambda: not province.may_read("leader"))


def test_a_suspension_ends_sessions_that_are_open(province: Province) -> None:
    """A phone stays connected for days. Others keep reading, and mail still reaches the suspended person."""
    suspended, other = province.mailbox("secretary"), province.mailbox("staff")
    assert is_open(suspended)
    directory = province.answer["directory"]
    with open_connection(ConnectionSettings(directory["ldapi"], directory["base"])) as admin:
        assert admin.modify(  # type: ignore[no-untyped-call]
            province.samples["secretary"]["dn"], {"congvuState": [(ldap3.MODIFY_REPLACE, ["suspended"])]}
        )
    eventually(lambda: not is_open(suspended))
    assert is_open(other)
    suspended.shutdown()
    other.logout()


def is_open(session: imaplib.IMAP4_SSL) -> bool:
    try:
        return session.noop()[0] == "OK"
    except (imaplib.IMAP4.abort, OSError):
        return False
