"""The copy of the directory in memory: lookups, changes, freshness."""

from __future__ import annotations

from dataclasses import replace

import pytest

from foundation import clock
from mailrelay.policy.addressbook import FRESH_SECONDS, AddressBook, Known
from tests.support.relay_book import PEOPLE, small_book


def test_an_empty_book_knows_nobody_and_denies_nobody() -> None:
    book = AddressBook(["tinh.test"])
    assert book.lookup("an@tinh.test") is None
    assert not book.complete
    assert not book.fresh


def test_people_are_found_by_each_address_and_by_uid() -> None:
    book = small_book()
    assert book.lookup("an@tinh.test") is book.lookup("an.cu@tinh.test") is book.person("u1")
    assert book.person("r1") is None
    assert book.person("cn=canbo,ou=lists") is None
    assert book.member("cn=vanthu,ou=roles") is book.lookup("vanthu@tinh.test")
    assert book.member("cn=khong,ou=roles") is None


def test_what_each_may_do() -> None:
    book = small_book()
    rows = {known.address: (known.receives, known.sends, known.logs_in) for known in book.entries()}
    assert rows == {
        "an@tinh.test": (True, True, True),
        "binh@tinh.test": (True, True, True),
        "moi@tinh.test": (True, False, False),
        "nghi@tinh.test": (True, False, False),
        "la@tinh.test": (False, False, False),
        "vanthu@tinh.test": (True, True, False),
        "canbo@tinh.test": (True, False, False),
        "tatca@tinh.test": (True, False, False),
        "trong@tinh.test": (True, False, False),
    }


def test_a_change_replaces_addresses_and_state() -> None:
    book = small_book()
    book.put([replace(PEOPLE[0], addresses=("an.moi@tinh.test", "an@tinh.test"), state="suspended")])
    known = book.lookup("an@tinh.test")
    assert known is not None
    assert known.address == "an.moi@tinh.test"
    assert not known.sends
    assert book.lookup("an.moi@tinh.test") is known
    assert book.lookup("an.cu@tinh.test") is None


def test_an_address_that_moves_stays_with_its_new_owner_whatever_the_order() -> None:
    giver = replace(PEOPLE[0], addresses=("an@tinh.test",))
    taker = replace(PEOPLE[1], addresses=("binh@tinh.test", "an.cu@tinh.test"))
    for changes in ([giver, taker], [taker, giver]):
        book = small_book()
        book.put(changes)
        known = book.lookup("an.cu@tinh.test")
        assert known is not None
        assert known.uid == "u2"
    book = small_book()
    book.put([taker], gone=["u1"])
    assert book.lookup("an.cu@tinh.test") is book.person("u2")
    assert book.lookup("an@tinh.test") is None


def test_who_is_gone_is_gone_with_all_addresses() -> None:
    book = small_book()
    book.put([], gone=["u1", "nobody"])
    assert book.person("u1") is None
    assert book.lookup("an@tinh.test") is None
    assert book.lookup("an.cu@tinh.test") is None
    assert book.missing({"u2"}) == tuple(known.uid for known in book.entries() if known.uid != "u2")


def test_a_book_that_nobody_confirms_grows_old(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: moment[0])
    book = small_book()
    moment[0] += FRESH_SECONDS
    assert book.fresh
    moment[0] += 1
    assert not book.fresh
    assert book.complete
    assert book.lookup("an@tinh.test") is not None
    book.confirm()
    assert book.age_seconds == 0


def test_a_doubted_copy_is_not_fresh_until_it_is_confirmed_again() -> None:
    book = AddressBook(["tinh.test"])
    book.confirm()
    book.doubt()
    assert book.complete
    assert not book.fresh
    book.confirm()
    assert book.fresh


def test_a_saved_copy_serves_and_is_never_fresh() -> None:
    book = AddressBook(["tinh.test"])
    book.put([Known("person", "u1", ("an@tinh.test",), "active")])
    book.use_saved()
    assert book.complete
    assert not book.fresh


def test_domains_come_from_the_configuration_and_from_agencies() -> None:
    book = AddressBook(["tinh.test"])
    book.use_domains(of_agencies=["xa.test"])
    assert book.is_local_domain("xa.test")
    book.use_domains(configured=["tinhmoi.test"])
    assert book.domains == {"tinhmoi.test", "xa.test"}
    book.use_domains(of_agencies=[])
    assert book.domains == {"tinhmoi.test"}
