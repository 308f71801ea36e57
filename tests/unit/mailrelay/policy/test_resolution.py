"""Who is meant by the addresses that a sender wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrelay.envelope import Delivery, Recipient
from mailrelay.policy.addressbook import AddressBook, Known
from mailrelay.policy.resolution import resolve
from mailrelay.settings import NextHop
from tests.support.relay_book import relay_settings, small_book


def resolved(*addresses: str, book: AddressBook | None = None, **settings: object) -> list[tuple[str, str, str, str]]:
    """(address, destination, mailbox, via) of each delivery."""
    deliveries = resolve(map(Recipient, addresses), book or small_book(), relay_settings(**settings))
    return [(each.address, each.destination, each.mailbox, each.via) for each in deliveries]


@pytest.mark.parametrize("address", ["an@tinh.test", "AN.cu@Tinh.Test", "an+hop@tinh.test", '"an"@tinh.test'])
def test_every_address_of_a_person_is_one_mailbox(address: str) -> None:
    assert resolved(address) == [(address, "local", "u1", "")]


def test_two_addresses_of_one_person_are_two_recipients_of_one_mailbox() -> None:
    assert [each[2] for each in resolved("an@tinh.test", "an.cu@tinh.test")] == ["u1", "u1"]


def test_the_same_address_twice_is_one_recipient() -> None:
    assert len(resolved("an@tinh.test", "AN@TINH.TEST", "an@tinh.test")) == 1


def test_what_the_client_asked_for_stays_with_the_recipient() -> None:
    recipient = Recipient("canbo@tinh.test", ("SUCCESS", "FAILURE"), "rfc822;CanBo@tinh.test")
    for delivery in resolve([recipient], small_book(), relay_settings()):
        assert (delivery.notify, delivery.original) == (recipient.notify, recipient.original)


def test_invited_and_suspended_people_still_receive() -> None:
    assert [each[1:3] for each in resolved("moi@tinh.test", "nghi@tinh.test")] == [("local", "u3"), ("local", "u4")]


def test_an_office_gets_it_and_each_who_holds_it_gets_a_copy() -> None:
    assert resolved("vanthu@tinh.test") == [
        ("vanthu@tinh.test", "local", "r1", ""),
        ("an@tinh.test", "local", "u1", "vanthu@tinh.test"),
        ("nghi@tinh.test", "local", "u4", "vanthu@tinh.test"),
    ]


def test_an_owner_who_may_not_receive_gets_no_copy() -> None:
    book = small_book()
    book.put([Known("role", "r1", ("vanthu@tinh.test",), "active", ("u5", "u2", "u99"))])
    assert [each[2] for each in resolved("vanthu@tinh.test", book=book)] == ["r1", "u2"]


def test_a_list_is_its_members() -> None:
    assert resolved("CanBo@tinh.test") == [
        ("an@tinh.test", "local", "u1", "CanBo@tinh.test"),
        ("binh@tinh.test", "local", "u2", "CanBo@tinh.test"),
        ("moi@tinh.test", "local", "u3", "CanBo@tinh.test"),
    ]


def test_nested_lists_are_opened_once_each_member_once_and_loops_end() -> None:
    found = resolved("tatca@tinh.test")
    assert sorted(each[2] for each in found) == ["r1", "u1", "u2", "u3", "u4"]
    assert {each[3] for each in found} == {"tatca@tinh.test"}


def test_a_member_of_a_list_may_also_be_addressed_directly() -> None:
    found = resolved("an@tinh.test", "canbo@tinh.test")
    assert [(each[0], each[3]) for each in found if each[2] == "u1"] == [
        ("an@tinh.test", ""),
        ("an@tinh.test", "canbo@tinh.test"),
    ]


def test_a_member_who_may_not_receive_is_refused_by_name() -> None:
    book = small_book()
    book.put([Known("list", "cn=canbo,ou=lists", ("canbo@tinh.test",), "", ("u2", "u5"))])
    assert resolved("canbo@tinh.test", book=book) == [
        ("binh@tinh.test", "local", "u2", "canbo@tinh.test"),
        ("la@tinh.test", "refused", "", "canbo@tinh.test"),
    ]


@pytest.mark.parametrize("address", ["trong@tinh.test", "khong.co@tinh.test", "la@tinh.test", "not an address"])
def test_what_cannot_be_delivered_is_told_not_dropped(address: str) -> None:
    assert resolved(address) == [(address, "refused", "", "")]


def test_foreign_addresses_go_to_their_domain() -> None:
    assert resolved("ai@DoiTac.test", "b@khac.test", "c@[192.0.2.9]") == [
        ("ai@DoiTac.test", "domain:doitac.test", "", ""),
        ("b@khac.test", "domain:khac.test", "", ""),
        ("c@[192.0.2.9]", "domain:[192.0.2.9]", "", ""),
    ]


def test_an_address_with_a_route_of_its_own_takes_it() -> None:
    assert resolved("Hop@tinh.test", "hop+u7@tinh.test", "hop@khac.test") == [
        ("Hop@tinh.test", "address:hop@tinh.test", "", ""),
        ("hop+u7@tinh.test", "address:hop@tinh.test", "", ""),
        ("hop@khac.test", "domain:khac.test", "", ""),
    ]


@pytest.mark.parametrize("address", ["postmaster@tinh.test", "Abuse@sxd.tinh.test", "Postmaster"])
def test_postmaster_is_whoever_has_the_address(address: str) -> None:
    assert resolved(address) == [(address, "refused", "", "")]  # nobody: the sender is told
    book = small_book()
    book.put([Known("role", "r2", ("postmaster@tinh.test",), "active")])
    assert resolved(address, book=book) == [(address, "local", "r2", "")]
    routes = {"postmaster@tinh.test": NextHop("smtp", "ngoai.test", 25)}
    assert resolved(address, routes=routes) == [(address, "address:postmaster@tinh.test", "", "")]
    assert resolved(address, book=book, postmaster_mailbox="an@tinh.test") == [(address, "local", "r2", "")]


@pytest.mark.parametrize("address", ["postmaster@tinh.test", "Abuse@sxd.tinh.test", "Postmaster"])
@pytest.mark.parametrize(
    ("mailbox", "delivery"),
    [
        ("an.cu@tinh.test", ("", "local", "u1", "")),
        ("ai@khac.test", ("ai@khac.test", "domain:khac.test", "", "via")),
        ("hop@tinh.test", ("hop@tinh.test", "address:hop@tinh.test", "", "via")),
        ("khong.co@tinh.test", ("khong.co@tinh.test", "refused", "", "via")),
    ],
)
def test_the_configuration_appoints_a_postmaster(
    address: str, mailbox: str, delivery: tuple[str, str, str, str]
) -> None:
    named, destination, uid, via = delivery
    expected = (named or address, destination, uid, via and address)
    assert resolved(address, postmaster_mailbox=mailbox) == [expected]


def test_a_large_list_is_one_delivery_each() -> None:
    book = AddressBook(["tinh.test"])
    uids = [f"u{number:05}" for number in range(10_000)]
    book.put(Known("person", uid, (f"{uid}@tinh.test",), "active") for uid in uids)
    book.put([Known("list", "cn=all", ("all@tinh.test",), "", tuple(uids))])
    deliveries = resolve([Recipient("all@tinh.test")], book, relay_settings())
    assert sorted(each.mailbox for each in deliveries) == uids
    assert deliveries[0] == Delivery(
        f"{deliveries[0].mailbox}@tinh.test", "local", deliveries[0].mailbox, "all@tinh.test"
    )


ADDRESSES = (
    "an",
    "AN.cu",
    "binh",
    "moi",
    "nghi",
    "la",
    "vanthu",
    "canbo",
    "tatca",
    "trong",
    "khong",
    "postmaster",
    "hop",
)


@given(st.lists(st.tuples(st.sampled_from(ADDRESSES), st.sampled_from(("@tinh.test", "@SXD.tinh.test", "@khac.test")))))
def test_nobody_is_lost_and_nobody_is_doubled(parts: list[tuple[str, str]]) -> None:
    """Every recipient has at least one delivery, no list names a member twice, and ours never becomes foreign."""
    written = ["".join(part) for part in parts]
    deliveries = resolve(map(Recipient, written), small_book(), relay_settings())
    told = {(each.via or each.address).lower() for each in deliveries}
    assert told == {address.lower() for address in written}
    keys = [(each.address.lower(), each.via.lower()) for each in deliveries]
    assert len(keys) == len(set(keys))
    for each in deliveries:
        assert (each.destination == "local") == bool(each.mailbox)
        assert each.destination.startswith("domain:") == each.address.lower().endswith("@khac.test")
