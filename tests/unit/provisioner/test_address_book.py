"""May this person have this address? Asked of everything that anybody holds or ever held."""

from __future__ import annotations

from provisioner.planning.address_book import AddressBook
from tests.support.small_province import make_keys

KEYS = make_keys(b"1" * 32, b"2" * 32, imported=[b"3" * 32])
OLD, FOREIGN = make_keys(b"1" * 32), make_keys(b"3" * 32)
ADDRESS = "an@tinh.test"


def test_a_fresh_address_is_free() -> None:
    assert not AddressBook(KEYS).is_taken(ADDRESS, "hr:1")


def test_an_address_in_use_is_taken_in_any_capitals_for_everybody() -> None:
    book = AddressBook(KEYS)
    book.hold(["AN@Tinh.Test"])
    assert book.is_in_use(ADDRESS)
    assert book.is_taken(ADDRESS, "hr:1")


def test_a_hash_under_any_key_takes_the_address() -> None:
    for keys in (KEYS, OLD, FOREIGN):
        book = AddressBook(KEYS)
        book.reserve([keys.digest("An@TINH.test")])
        assert book.is_taken(ADDRESS, "hr:1")


def test_ones_own_past_is_free_to_oneself_alone() -> None:
    book = AddressBook(KEYS)
    digest = OLD.digest(ADDRESS)
    book.reserve([digest])
    book.own("hr:1", (digest,))
    assert not book.is_taken(ADDRESS, "hr:1")
    assert book.is_taken(ADDRESS, "hr:2")


def test_ones_own_past_that_somebody_holds_now_is_taken() -> None:
    book = AddressBook(KEYS)
    book.own("hr:1", (KEYS.digest(ADDRESS),))
    book.hold([ADDRESS])
    assert book.is_taken(ADDRESS, "hr:1")


def test_what_the_database_remembers_belongs_to_its_owner() -> None:
    book = AddressBook(KEYS, lambda: {KEYS.digest(ADDRESS): "hr:1"})
    assert not book.is_taken(ADDRESS, "hr:1")
    assert book.is_taken(ADDRESS, "edu:1")


def test_the_database_is_not_read_until_somebody_asks() -> None:
    asked = []
    book = AddressBook(KEYS, lambda: asked.append(1) or {})  # type: ignore[func-returns-value]
    book.hold(["b@tinh.test"])
    assert asked == []
    book.is_taken(ADDRESS, "hr:1")
    book.is_taken("c@tinh.test", "hr:1")
    assert asked == [1]
