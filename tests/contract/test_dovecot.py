"""Dovecot as it is shipped (`deploy/dovecot`), over a real slapd: who receives, who logs in, with what, how much."""

from __future__ import annotations

import imaplib
import os
import shutil
import smtplib
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import ldap3
import pytest

from congvu.servers.certificates import make_certificate
from congvu.servers.child import ProcessIdentity
from congvu.servers.dovecot import Dovecot, DovecotSettings
from foundation.directory.ldap import open_connection
from tests.support.directory_entries import (
    APP_PASSWORD,
    PASSWORD,
    ROLE,
    ROLE_DN,
    cheap_hash,
    credential,
    credential_dn,
    one_of_each,
    person,
    person_dn,
)
from tests.support.dovecot_server import DEFAULT_QUOTA_MEBIBYTES, DovecotServer, running_dovecot
from tests.support.dovecot_server import dovecot as dovecot
from tests.support.slapd_server import BASE, SlapdServer, free_port

__all__ = ["dovecot", "running_dovecot"]

pytestmark = pytest.mark.server

DEADLINE_SECONDS = 60
MESSAGE = (
    b"From: a@b.test\r\nSubject: =?utf-8?q?C=C3=B4ng_v=C4=83n?=\r\n\r\nTh\xc6\xb0 m\xe1\xbb\x9di h\xe1\xbb\x8dp.\r\n"
)


@pytest.fixture
def filled(dovecot: DovecotServer, slapd: SlapdServer) -> DovecotServer:
    """One person in every state, an office, a list, app passwords."""
    slapd.add_all(one_of_each())
    return dovecot


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"


def refused(server: DovecotServer, user: str, password: str) -> bool:
    try:
        server.login(user, password).logout()
    except imaplib.IMAP4.error:
        return True
    return False


# ---- who receives --------------------------------------------------------------------------------------------------


def test_every_way_to_name_a_mailbox_leads_to_the_same_one(filled: DovecotServer) -> None:
    names = [
        "active",
        "active.sxd@tinh.test",
        "active.cu@tinh.test",
        "Active.SXD@Tinh.test",
        "active.sxd+hop@tinh.test",
    ]
    assert [code for code, _ in filled.deliver(names, MESSAGE)] == [250] * len(names)
    assert len(filled.messages("active", APP_PASSWORD)) == len(names)


@pytest.mark.parametrize("uid", ["active", "invited", "suspended", "rvanthusxd"])
def test_every_state_receives(filled: DovecotServer, uid: str) -> None:
    assert filled.deliver([uid], MESSAGE)[0][0] == 250


@pytest.mark.parametrize("address", ["canbo.sxd@tinh.test", "nobody", "nobody@tinh.test", "*", "active*", "relay"])
def test_nobody_else_receives(filled: DovecotServer, address: str) -> None:
    code, text = filled.deliver([address], MESSAGE)[0]
    assert (code, text[:5]) == (550, "5.1.1")


def test_a_state_that_we_do_not_know_receives_nothing(dovecot: DovecotServer, slapd: SlapdServer) -> None:
    entry = person("odd")
    del entry["congvuState"]
    entry["objectClass"].remove("congvuPerson")
    for name in [name for name in entry if name.startswith("congvu")]:
        del entry[name]
    slapd.add(person_dn("odd"), entry)
    assert dovecot.deliver(["odd", "odd.sxd@tinh.test"], MESSAGE)[0][0] == 550


def test_each_recipient_has_an_answer_of_its_own(filled: DovecotServer) -> None:
    replies = filled.deliver(["active", "nobody", "suspended"], MESSAGE)
    assert [code for code, _ in replies] == [250, 550, 250]


def test_the_bytes_that_came_are_the_bytes_that_are_read(filled: DovecotServer) -> None:
    body = b"8 bit: \xe1\xbb\x8d\r\n.a dot\r\n..two\r\ntrailing   \r\n\r\n" + bytes(range(32, 127)) * 8 + b"\r\n"
    assert filled.deliver(["active"], MESSAGE + body)[0][0] == 250
    read = filled.messages("active", APP_PASSWORD)[0]
    assert read.endswith(MESSAGE + body)
    added = read[: -len(MESSAGE + body)]
    assert added.startswith(b"Return-Path: <a@b.test>\r\n")


def test_what_lmtp_does_not_know(filled: DovecotServer) -> None:
    """The relay must use neither: SIZE makes Dovecot refuse the sender, SMTPUTF8 too."""
    with smtplib.LMTP("127.0.0.1", filled.settings.lmtp_port, timeout=30) as lmtp:
        lmtp.ehlo("test.test")
        assert not lmtp.has_extn("size")
        assert not lmtp.has_extn("smtputf8")
        for wanted in ("8bitmime", "pipelining", "enhancedstatuscodes", "chunking", "starttls"):
            assert lmtp.has_extn(wanted), wanted


# ---- who logs in ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["active", "active.sxd@tinh.test", "active.cu@tinh.test", "ACTIVE.SXD@tinh.test"])
def test_any_address_logs_in(filled: DovecotServer, login: str) -> None:
    filled.deliver(["active"], MESSAGE)
    assert len(filled.messages(login, APP_PASSWORD)) == 1


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("active", PASSWORD),  # the portal's password opens the portal only
        ("active.sxd@tinh.test", "wrong"),
        ("active", ""),
        ("suspended", APP_PASSWORD),
        ("suspended.sxd@tinh.test", APP_PASSWORD),
        ("invited", APP_PASSWORD),
        ("other", APP_PASSWORD),  # nobody gave them one
        ("nobody", APP_PASSWORD),
        ("*", APP_PASSWORD),
        ("canbo.sxd@tinh.test", APP_PASSWORD),
    ],
)
def test_nobody_else_logs_in(filled: DovecotServer, login: str, password: str) -> None:
    assert refused(filled, login, password)


def test_each_device_has_a_password_of_its_own(filled: DovecotServer, slapd: SlapdServer) -> None:
    second = "dien-thoai-9012-efgh"
    with open_connection(slapd.settings("portal")) as portal:  # one value at a time: the password policy wants it so
        more = {"userPassword": [(ldap3.MODIFY_ADD, [cheap_hash(second)])]}
        assert portal.modify(credential_dn("active"), more), portal.result  # type: ignore[no-untyped-call]
    for password in (APP_PASSWORD, second, APP_PASSWORD):
        assert not refused(filled, "active.sxd@tinh.test", password)
    with open_connection(slapd.settings("portal")) as portal:
        less = {"userPassword": [(ldap3.MODIFY_DELETE, [cheap_hash(APP_PASSWORD)])]}
        assert portal.modify(credential_dn("active"), less), portal.result  # type: ignore[no-untyped-call]
    filled.forget_logins()
    assert refused(filled, "active.sxd@tinh.test", APP_PASSWORD)
    assert not refused(filled, "active.sxd@tinh.test", second)


def test_an_office_with_a_password_logs_in(filled: DovecotServer, slapd: SlapdServer) -> None:
    uid = ROLE["uid"][0]
    slapd.add(credential_dn(uid), credential(uid, APP_PASSWORD) | {"seeAlso": [ROLE_DN]})
    assert not refused(filled, "vanthu.sxd@tinh.test", APP_PASSWORD)


def test_a_suspension_closes_imap_within_the_time_of_the_cache(filled: DovecotServer, slapd: SlapdServer) -> None:
    assert not refused(filled, "active", APP_PASSWORD)
    slapd.replace(person_dn("active"), {"congvuState": ["suspended"]})
    filled.forget_logins()  # what auth_cache_ttl does by itself
    assert refused(filled, "active", APP_PASSWORD)
    assert refused(filled, "active.sxd@tinh.test", APP_PASSWORD)
    assert filled.deliver(["active"], MESSAGE)[0][0] == 250
    seconds = int(filled.server.setting("auth_cache_ttl").split()[0])
    assert seconds <= 30


def test_an_open_session_can_be_ended(filled: DovecotServer) -> None:
    session = filled.login("active.sxd@tinh.test", APP_PASSWORD)
    assert filled.server.administer("kick", "active").returncode == 0

    def ended() -> bool:
        try:
            session.noop()
        except (imaplib.IMAP4.abort, OSError):
            return True
        return False

    eventually(ended)
    session.shutdown()


def test_the_usual_folders_are_there(filled: DovecotServer) -> None:
    with filled.login("active", APP_PASSWORD) as imap:
        listed = b" ".join(line for line in imap.list()[1] if isinstance(line, bytes))
    for use in (rb"\Sent", rb"\Drafts", rb"\Junk", rb"\Trash"):
        assert use in listed


# ---- how much ------------------------------------------------------------------------------------------------------


def big(kibibytes: int) -> bytes:
    return MESSAGE + b"x" * 70 + b"\r\n" + (b"y" * 1022 + b"\r\n") * kibibytes


def test_a_full_mailbox_refuses_for_good_and_only_for_itself(filled: DovecotServer, slapd: SlapdServer) -> None:
    slapd.replace(person_dn("active"), {"congvuQuotaMebibytes": ["1"]})
    filled.forget_logins()
    replies = filled.deliver(["active", "other"], big(1100))
    assert [(code, text[:5]) for code, text in replies] == [(552, "5.2.2"), (250, "2.0.0")]
    assert filled.deliver(["active"], big(600))[0][0] == 250
    code, text = filled.deliver(["active"], big(600))[0]
    assert (code, text[:5]) == (552, "5.2.2")


def test_without_a_figure_the_usual_quota_applies(dovecot: DovecotServer, slapd: SlapdServer) -> None:
    entry = person("small")
    del entry["congvuQuotaMebibytes"]
    slapd.add(person_dn("small"), entry)
    assert dovecot.deliver(["small"], big(1024 * DEFAULT_QUOTA_MEBIBYTES + 50))[0][0] == 552


# ---- when something is wrong ---------------------------------------------------------------------------------------


def test_without_the_directory_everything_is_temporary(filled: DovecotServer, slapd: SlapdServer) -> None:
    slapd.stop()
    try:
        with smtplib.LMTP("127.0.0.1", filled.settings.lmtp_port, timeout=60) as lmtp:
            lmtp.ehlo("test.test")
            lmtp.mail("a@b.test")
            assert lmtp.rcpt("active")[0] == 451
        with pytest.raises(imaplib.IMAP4.error, match="UNAVAILABLE"):
            filled.login("active", APP_PASSWORD)
    finally:
        slapd.start()
    eventually(lambda: filled.deliver(["active"], MESSAGE)[0][0] == 250)
    eventually(lambda: not refused(filled, "active", APP_PASSWORD))


@pytest.fixture
def deep_and_private() -> Iterator[Path]:
    """A folder that only we may enter, at a path longer than a socket name."""
    parent = Path(tempfile.mkdtemp(prefix="congvu-deep-"))
    place = parent / ("rất-dài-" * 10) / "và sâu"
    place.mkdir(parents=True)
    yield place
    shutil.rmtree(parent)


def test_any_folder_will_do(deep_and_private: Path, slapd: SlapdServer) -> None:
    slapd.add_all(one_of_each())
    settings = DovecotSettings(
        deep_and_private / "dovecot",
        deep_and_private / "dovecot.log",
        "mail.tinh.test",
        "tinh.test",
        free_port(),
        free_port(),
        free_port(),
        slapd.url,
        BASE,
        slapd.password_of("dovecot"),
    )
    server = Dovecot(settings)
    server.configure(make_certificate())
    identity = server.start()
    try:
        assert os.geteuid() != 0 or _effective_user(identity) != 0
        with imaplib.IMAP4("127.0.0.1", settings.imap_port, timeout=30) as imap:
            imap.login("active", APP_PASSWORD)
            assert imap.select()[0] == "OK"
    finally:
        server.stop()
    assert not identity.is_running
    assert (settings.folder / "mail" / "active" / "Maildir").is_dir()


def _effective_user(identity: ProcessIdentity) -> int:
    return Path(f"/proc/{identity.pid}").stat().st_uid
