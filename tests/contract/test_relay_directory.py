"""The relay and the real slapd: what it reads with its own rights, how changes reach it, which logins it opens."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import ldap3
import pytest

from foundation import clock
from foundation.directory import schema
from foundation.directory.ldap import open_connection
from foundation.errors import Unreachable
from mailrelay.policy import directory_reader, refusals
from mailrelay.policy.addressbook import AddressBook, Known
from mailrelay.policy.authentication import Authenticator, Login
from mailrelay.policy.book_copy import BookCopy
from mailrelay.policy.credentials import CredentialChecker
from mailrelay.policy.refreshing import Refresher, opener
from mailrelay.settings import Directory
from tests.support.directory_entries import (
    AGENCY,
    APP_PASSWORD,
    BASE,
    LIST,
    LIST_DN,
    PASSWORD,
    ROLE_DN,
    Attributes,
    cheap_hash,
    credential,
    credential_dn,
    one_of_each,
    person,
    person_dn,
)
from tests.support.ds389_server import Ds389Server
from tests.support.slapd_server import SlapdServer

pytestmark = pytest.mark.server

SUBTREES = Directory(
    base=BASE,
    people=f"{schema.PEOPLE},{BASE}",
    lists=f"{schema.LISTS},{BASE}",
    roles=f"{schema.ROLES},{BASE}",
    agencies=f"{schema.AGENCIES},{BASE}",
    credentials=f"{schema.MAIL_CREDENTIALS},{BASE}",
)


@pytest.fixture
def filled(slapd: SlapdServer) -> SlapdServer:
    slapd.add_all(one_of_each())
    return slapd


@pytest.fixture
def book() -> AddressBook:
    return AddressBook(["tinh.test"])


@pytest.fixture
def refresher(filled: SlapdServer, book: AddressBook) -> Iterator[Refresher]:
    refresher = Refresher(book, SUBTREES, opener(filled.settings("relay")))
    yield refresher
    refresher.stop()


def delete(server: SlapdServer, dn: str) -> None:
    with server.admin_connection() as admin:
        assert admin.delete(dn), admin.result  # type: ignore[no-untyped-call]


# ---- the address book --------------------------------------------------------------------------------------------


def test_everybody_is_found_by_every_address(refresher: Refresher, book: AddressBook) -> None:
    assert refresher.refresh()
    assert book.complete
    assert book.fresh
    assert book.size == 6
    for address in ("active.sxd@tinh.test", "active.cu@tinh.test"):
        known = book.lookup(address)
        assert known is not None
        assert (known.kind, known.uid, known.address) == ("person", "active", "active.sxd@tinh.test")
        assert known.sends
    invited, suspended = book.person("invited"), book.person("suspended")
    assert invited is not None
    assert suspended is not None
    assert [invited.receives, invited.sends, suspended.receives, suspended.sends] == [True, False, True, False]
    office, everybody = book.lookup("vanthu.sxd@tinh.test"), book.lookup("canbo.sxd@tinh.test")
    assert office is not None
    assert everybody is not None
    assert (office.kind, office.uid, office.owners) == ("role", "rvanthusxd", ("active",))
    assert (everybody.kind, everybody.members) == ("list", ("active",))
    assert book.is_local_domain("tinh.test")
    assert book.is_local_domain(AGENCY["congvuMailDomain"][0])
    assert not book.is_local_domain("example.test")


def test_a_list_names_offices_lists_and_nobody(filled: SlapdServer, refresher: Refresher, book: AddressBook) -> None:
    outer, empty = f"cn=lanh dao\\, van thu,ou=lists,{BASE}", f"cn=trong,ou=lists,{BASE}"
    addresses = {name: {"mail": [f"{name}@tinh.test"], "mailLocalAddress": [f"{name}@tinh.test"]} for name in "ab"}
    hashes = [f"k1:{letter * 32}" for letter in "de"]
    plain = {name: values for name, values in LIST.items() if name not in ("cn", "congvuAddressRecord")}
    filled.add(
        outer,
        {**plain, **addresses["a"], "congvuAddressHash": hashes[:1], "member": [LIST_DN.upper(), ROLE_DN]},
    )
    filled.add(
        empty, {**plain, **addresses["b"], "congvuAddressHash": hashes[1:], "member": [f"{schema.LISTS},{BASE}"]}
    )
    assert refresher.refresh()
    known = book.lookup("a@tinh.test")
    assert known is not None
    assert {member.address for name in known.members if (member := book.member(name))} == {
        "canbo.sxd@tinh.test",
        "vanthu.sxd@tinh.test",
    }
    nobody = book.lookup("b@tinh.test")
    assert nobody is not None
    assert nobody.members == ()


def test_changes_arrive_without_reading_everything(
    filled: SlapdServer, refresher: Refresher, book: AddressBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refresher.refresh()
    read: list[str] = []
    whole = directory_reader.DirectoryReader.entries

    def spy(self: directory_reader.DirectoryReader, since: str = "") -> Iterator[Known]:
        read.append(since)
        return whole(self, since)

    monkeypatch.setattr(directory_reader.DirectoryReader, "entries", spy)
    assert refresher.refresh()
    assert read == []  # contextCSN has not moved
    filled.replace(person_dn("active"), {"congvuState": ["suspended"]})
    filled.add(person_dn("late"), person("late"))
    filled.replace(ROLE_DN, {"roleOccupant": [person_dn("other")]})
    assert refresher.refresh()
    assert len(read) == 1
    assert read[0]
    suspended, late, office = (
        book.person("active"),
        book.lookup("late.sxd@tinh.test"),
        book.lookup("vanthu.sxd@tinh.test"),
    )
    assert suspended is not None
    assert not suspended.sends
    assert late is not None
    assert office is not None
    assert office.owners == ("other",)


def test_what_is_deleted_is_gone_after_a_whole_reading(
    filled: SlapdServer, refresher: Refresher, book: AddressBook
) -> None:
    assert refresher.refresh()
    delete(filled, person_dn("other"))
    delete(filled, LIST_DN)
    assert refresher.refresh(whole=True)
    assert book.lookup("other.sxd@tinh.test") is None
    assert book.lookup("canbo.sxd@tinh.test") is None
    assert book.person("other") is None


def test_an_address_that_changes_hands_is_found_with_its_new_owner(
    filled: SlapdServer, refresher: Refresher, book: AddressBook
) -> None:
    assert refresher.refresh()
    filled.replace(person_dn("other"), {"mailLocalAddress": ["other.sxd@tinh.test"]})
    filled.replace(person_dn("active"), {"mailLocalAddress": ["active.sxd@tinh.test", "other.cu@tinh.test"]})
    assert refresher.refresh()
    known = book.lookup("other.cu@tinh.test")
    assert known is not None
    assert known.uid == "active"
    assert book.lookup("active.cu@tinh.test") is None


def test_a_directory_that_is_down_changes_nothing(filled: SlapdServer, book: AddressBook, tmp_path: Path) -> None:
    copy = BookCopy(tmp_path)
    refresher = Refresher(book, SUBTREES, opener(filled.settings("relay")), copy)
    assert refresher.refresh()
    filled.stop()
    try:
        assert not refresher.refresh()
        assert book.lookup("active.sxd@tinh.test") is not None
        assert not book.fresh  # who is not in the book may have been added since
        restarted = AddressBook(["tinh.test"])
        assert copy.load(restarted)
        assert not Refresher(restarted, SUBTREES, opener(filled.settings("relay")), copy).refresh()
        assert restarted.lookup("active.sxd@tinh.test") == book.lookup("active.sxd@tinh.test")
        assert restarted.complete
        assert not restarted.fresh
        assert restarted.is_local_domain("sxd.tinh.test")
    finally:
        filled.start()
    assert refresher.refresh()
    refresher.stop()


def test_the_thread_hears_of_a_change(filled: SlapdServer, book: AddressBook, tmp_path: Path) -> None:
    refresher = Refresher(book, SUBTREES, opener(filled.settings("relay")), BookCopy(tmp_path), check_seconds=0.05)
    refresher.start()
    try:
        _until(lambda: book.complete)
        filled.replace(person_dn("active"), {"congvuState": ["suspended"]})
        _until(lambda: (known := book.person("active")) is not None and not known.sends)
    finally:
        refresher.stop()


def test_389_ds_is_read_the_same_way(ds389: Ds389Server, book: AddressBook) -> None:
    uids = ("active", "suspended")
    ds389.add_all({dn: spelled(entry) for dn, entry in one_of_each().items() if "userPassword" not in entry})
    ds389.add_all(
        {person_dn(uid): spelled(person(uid, uid) | {"userPassword": [PASSWORD]}) for uid in uids}
        | {credential_dn(uid): credential(uid, "any") | {"userPassword": [APP_PASSWORD]} for uid in uids}
    )
    refresher = Refresher(book, SUBTREES, opener(ds389.settings("relay")))
    checker = CredentialChecker(ds389.settings("relay"), SUBTREES)
    try:
        assert refresher.refresh()
        known = book.lookup("active.cu@tinh.test")
        assert known is not None
        assert known.uid == "active"
        assert known.sends
        assert book.size == 4
        assert checker.right("active", APP_PASSWORD.encode())
        assert not checker.right("active", b"another-password")
        assert not checker.right("nobody", APP_PASSWORD.encode())
        assert not checker.right("suspended", APP_PASSWORD.encode())  # 389-DS lets it bind; we do not
        set_state(ds389, "active", "suspended")
        assert refresher.refresh()
        changed = book.lookup("active.cu@tinh.test")
        assert changed is not None
        assert not changed.sends
        assert not checker.right("active", APP_PASSWORD.encode())
    finally:
        refresher.stop()
        checker.close()


def set_state(server: Ds389Server, uid: str, state: str) -> None:
    with open_connection(server.settings("provision")) as connection:
        changes = {"congvuState": [(ldap3.MODIFY_REPLACE, [state])]}
        assert connection.modify(person_dn(uid), changes), connection.result  # type: ignore[no-untyped-call]


def spelled(attributes: Mapping[str, list[str]]) -> Attributes:
    """The entry as 389-DS names its parts."""
    names = {"mailLocalAddress": "mailAlternateAddress", "inetLocalMailRecipient": "mailRecipient"}
    return {names.get(key, key): [names.get(value, value) for value in values] for key, values in attributes.items()}


# ---- logins ------------------------------------------------------------------------------------------------------


@pytest.fixture
def checker(filled: SlapdServer) -> Iterator[CredentialChecker]:
    checker = CredentialChecker(filled.settings("relay"), SUBTREES)
    yield checker
    checker.close()


@pytest.mark.parametrize(
    ("uid", "password", "right"),
    [
        ("active", APP_PASSWORD, True),
        ("active", APP_PASSWORD + "x", False),
        ("active", PASSWORD, False),  # that of the portal opens no mail
        ("suspended", APP_PASSWORD, False),
        ("invited", APP_PASSWORD, False),
        ("other", PASSWORD, False),  # has no app password
        ("nobody", APP_PASSWORD, False),
        ("", APP_PASSWORD, False),
        ("*", APP_PASSWORD, False),
        ("active)(uid=*", APP_PASSWORD, False),
        ("act\\69ve", APP_PASSWORD, False),
    ],
)
def test_only_the_right_app_password_of_an_active_person_opens(
    checker: CredentialChecker, uid: str, password: str, right: bool
) -> None:
    assert checker.right(uid, password.encode()) is right
    assert checker.right("active", APP_PASSWORD.encode())  # the connection is as good as before


def test_each_of_several_app_passwords_opens(filled: SlapdServer, checker: CredentialChecker) -> None:
    """In one entry, or in an entry of its own for a device; slapo-ppolicy takes one new password per write."""
    add_password(filled, credential_dn("active"), "mat-khau-hai")
    third = credential("active", "mat-khau-ba") | {"uid": ["active-may-tinh-bang", "active"]}
    filled.add(f"uid=active-may-tinh-bang,ou=mailcredentials,{BASE}", third)
    words = (APP_PASSWORD.encode(), b"mat-khau-hai", b"mat-khau-ba", b"mat-khau-bon")
    assert [checker.right("active", word) for word in words] == [True, True, True, False]


def add_password(server: SlapdServer, dn: str, password: str) -> None:
    with server.admin_connection() as admin:
        changes = {"userPassword": [(ldap3.MODIFY_ADD, [cheap_hash(password)])]}
        assert admin.modify(dn, changes), admin.result  # type: ignore[no-untyped-call]


def test_a_credential_that_names_somebody_else_opens_nothing(filled: SlapdServer, checker: CredentialChecker) -> None:
    forged = credential("other", "mat-khau-la") | {"seeAlso": [person_dn("active")]}
    filled.add(credential_dn("other"), forged)
    assert not checker.right("other", b"mat-khau-la")


def test_without_the_directory_nobody_is_refused(filled: SlapdServer, checker: CredentialChecker) -> None:
    assert checker.right("active", APP_PASSWORD.encode())
    filled.stop()
    try:
        with pytest.raises(Unreachable):
            checker.right("active", APP_PASSWORD.encode())
    finally:
        filled.start()
    assert checker.right("active", APP_PASSWORD.encode())  # the kept connection is dead; a new one is opened


def _wait_until_stopped(pid: int) -> None:
    """The signal reaches every thread, but not at once (proc(5), State)."""
    deadline = clock.monotonic() + 30
    while not all("\nState:\tT" in each.read_text() for each in Path(f"/proc/{pid}/task").glob("*/status")):
        assert clock.monotonic() < deadline, "it never stopped"
        time.sleep(0.01)


def test_a_frozen_directory_is_not_waited_for(filled: SlapdServer) -> None:
    checker = CredentialChecker(
        replace(filled.settings("relay"), connect_timeout_seconds=1, receive_timeout_seconds=1), SUBTREES
    )
    assert checker.right("active", APP_PASSWORD.encode())
    os.kill(filled.pid, signal.SIGSTOP)
    try:
        _wait_until_stopped(filled.pid)
        with pytest.raises(Unreachable):
            checker.right("active", APP_PASSWORD.encode())
    finally:
        os.kill(filled.pid, signal.SIGCONT)
        checker.close()


def test_guessing_does_not_close_app_passwords_when_their_policy_is_set(
    filled: SlapdServer, checker: CredentialChecker
) -> None:
    policy = f"cn=services,ou=policies,{BASE}"
    filled.replace(credential_dn("active"), {"pwdPolicySubentry": [policy]})
    for _ in range(12):
        assert not checker.right("active", b"doan-mo")
    assert checker.right("active", APP_PASSWORD.encode())


def test_a_login_from_name_to_person(filled: SlapdServer, refresher: Refresher, book: AddressBook) -> None:
    refresher.refresh()
    waited: list[float] = []

    async def no_wait(seconds: float) -> None:
        waited.append(seconds)

    async def story() -> None:
        with ThreadPoolExecutor(2) as executor:
            checker = CredentialChecker(filled.settings("relay"), SUBTREES)
            authenticator = Authenticator(book, checker, executor, sleep=no_wait)
            for name in ("active", "ACTIVE.sxd@TINH.test", "active.cu@tinh.test"):
                assert await authenticator.verify(name, APP_PASSWORD, "192.0.2.1") == Login(
                    "active", name, "active.sxd@tinh.test"
                )
            for name in ("suspended.sxd@tinh.test", "nobody@tinh.test", "vanthu.sxd@tinh.test", "*"):
                assert await authenticator.verify(name, APP_PASSWORD, "192.0.2.2") == refusals.WRONG_LOGIN
            filled.replace(person_dn("active"), {"congvuState": ["suspended"]})
            assert refresher.refresh()
            answer = await authenticator.verify("active", APP_PASSWORD, "192.0.2.1")
            assert answer == refusals.WRONG_LOGIN  # although the success is still remembered
            checker.close()

    asyncio.run(story())
    assert len(waited) == 5
    assert min(waited) > 0.5


def _until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = clock.monotonic() + seconds
    while not condition():
        assert clock.monotonic() < deadline
        os.sched_yield()
