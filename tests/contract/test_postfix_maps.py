"""The LDAP maps of `deploy/postfix` asked by the real postmap and used by a real Postfix, over a real slapd."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.directory_entries import (
    LIST,
    LIST_DN,
    ROLE,
    ROLE_DN,
    one_of_each,
    person_dn,
)
from tests.support.postfix_maps import PostfixMaps
from tests.support.postfix_server import PostfixServer
from tests.support.slapd_server import BASE, SlapdServer

pytestmark = pytest.mark.server


@pytest.fixture
def filled(slapd: SlapdServer) -> SlapdServer:
    """One of everything; the list has members in every state, one of them a list, and the placeholder."""
    slapd.add_all(one_of_each())
    members = [person_dn(uid) for uid in ("active", "invited", "suspended")]
    slapd.replace(LIST_DN, {"member": [*members, f"ou=lists,{BASE}"]})
    nested = LIST | {
        "cn": ["tatca"],
        "mail": ["tatca@tinh.test"],
        "mailLocalAddress": ["tatca@tinh.test"],
        "member": [LIST_DN, person_dn("other")],
        "congvuAddressHash": ["k1:0000000000000000000000000000dddd"],
        "congvuAddressRecord": ["primary 2026-11-22 - tatca@tinh.test"],
    }
    slapd.add(f"cn=tatca,ou=lists,{BASE}", nested)
    return slapd


@pytest.fixture
def maps(filled: SlapdServer, tmp_path: Path) -> PostfixMaps:
    return PostfixMaps(tmp_path, filled)


@pytest.mark.parametrize(
    ("name", "key", "found"),
    [
        ("mailbox", "active.sxd@tinh.test", ["active"]),
        ("mailbox", "active.cu@tinh.test", ["active"]),
        ("mailbox", "Active.SXD@TINH.test", ["active"]),
        ("mailbox", "invited.sxd@tinh.test", ["invited"]),
        ("mailbox", "suspended.sxd@tinh.test", ["suspended"]),
        ("mailbox", "vanthu.sxd@tinh.test", ["rvanthusxd"]),
        ("mailbox", "canbo.sxd@tinh.test", []),
        ("mailbox", "nobody@tinh.test", []),
        ("mailbox", "*@tinh.test", []),
        ("mailbox", "active.sxd)(uid=*@tinh.test", []),
        ("lists", "canbo.sxd@tinh.test", ["active.sxd@tinh.test", "invited.sxd@tinh.test", "suspended.sxd@tinh.test"]),
        (
            "lists",
            "tatca@tinh.test",
            ["active.sxd@tinh.test", "invited.sxd@tinh.test", "other.sxd@tinh.test", "suspended.sxd@tinh.test"],
        ),
        ("lists", "active.sxd@tinh.test", []),
        ("offices", "vanthu.sxd@tinh.test", ["active.sxd@tinh.test", "vanthu.sxd@tinh.test"]),
        ("offices", "active.sxd@tinh.test", []),
        ("sender-login", "active.cu@tinh.test", ["active"]),
        ("sender-login", "suspended.sxd@tinh.test", []),
        ("sender-login", "invited.sxd@tinh.test", []),
        ("sender-login", "vanthu.sxd@tinh.test", ["active"]),
        ("sender-login", "nobody@tinh.test", []),
    ],
)
def test_what_postmap_finds(maps: PostfixMaps, name: str, key: str, found: list[str]) -> None:
    assert maps.ask(name, key) == found


def test_a_wrong_password_is_an_error_and_never_nobody(filled: SlapdServer, tmp_path: Path) -> None:
    wrong = PostfixMaps(tmp_path, filled, password="wrong-password")
    with pytest.raises(RuntimeError, match="Unable to bind"):
        wrong.ask("mailbox", "active.sxd@tinh.test")


# ---- a real Postfix ------------------------------------------------------------------------------------------------


@pytest.fixture
def postfix(filled: SlapdServer) -> Iterator[PostfixServer]:
    """Postfix with our maps, taking mail for tinh.test and handing it to a sink."""
    with tempfile.TemporaryDirectory(prefix="congvu-postfix-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103, PTH101 - Postfix's own accounts walk through it
        server = PostfixServer(Path(folder), filled)
        server.start()
        yield server
        server.stop()


def test_postfix_knows_whom_there_is(postfix: PostfixServer) -> None:
    with postfix.session() as smtp:
        smtp.mail("someone@elsewhere.example")
        for known in ("active.cu@tinh.test", "suspended.sxd@tinh.test", "canbo.sxd@tinh.test", "vanthu.sxd@tinh.test"):
            assert smtp.rcpt(known)[0] == 250, known
        code, words = smtp.rcpt("nobody@tinh.test")
        assert code == 550
        assert words.startswith(b"5.1.1")


def test_postfix_expands_lists_and_offices(postfix: PostfixServer) -> None:
    with postfix.session() as smtp:
        smtp.sendmail("someone@elsewhere.example", ["tatca@tinh.test", ROLE["mail"][0]], "Subject: x\r\n\r\ny\r\n")
    assert postfix.delivered(5) == {
        *(f"{uid}.sxd@tinh.test" for uid in ("active", "invited", "suspended", "other")),
        "vanthu.sxd@tinh.test",
    }


def test_postfix_lets_nobody_send_as_another(postfix: PostfixServer) -> None:
    office = ROLE["mail"][0]
    for login, sender, allowed in (
        ("active", "active.cu@tinh.test", True),
        ("active", office, True),
        ("other", office, False),
        ("other", "active.sxd@tinh.test", False),
        ("suspended", "suspended.sxd@tinh.test", False),
    ):
        with postfix.session() as smtp:
            assert smtp.docmd("XCLIENT", f"LOGIN={login}")[0] == 220
            smtp.ehlo("test.test")
            smtp.mail(sender)
            code, words = smtp.rcpt("active.sxd@tinh.test")
            assert code == (250 if allowed else 553), (login, sender, words)


def test_an_owner_who_leaves_the_office_sends_for_it_no_more(filled: SlapdServer, tmp_path: Path) -> None:
    maps = PostfixMaps(tmp_path, filled)
    filled.replace(ROLE_DN, {"roleOccupant": [person_dn("other")]})
    assert maps.ask("sender-login", ROLE["mail"][0]) == ["other"]
