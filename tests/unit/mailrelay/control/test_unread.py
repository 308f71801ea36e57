"""Who gets a document but cannot read it now."""

from __future__ import annotations

from mailrelay.control.unread import unread
from mailrelay.envelope import Recipient
from mailrelay.policy.addressbook import Known
from mailrelay.policy.resolution import resolve
from tests.support.relay_book import relay_settings, small_book


def found(*addresses: str, office_holders: tuple[str, ...] = ("u1", "u4")) -> list[tuple[str, str, str]]:
    book = small_book()
    book.put([Known("role", "r1", ("vanthu@tinh.test",), "active", office_holders)])
    deliveries = resolve([Recipient(address) for address in addresses], book, relay_settings())
    return [(each["address"], each["via"], each["state"]) for each in unread(deliveries, book)]


def test_invited_and_suspended_people_are_named_also_within_a_list() -> None:
    assert found("an@tinh.test", "ai@noi-khac.example") == []
    assert found("moi@tinh.test", "nghi@tinh.test") == [
        ("moi@tinh.test", "", "invited"),
        ("nghi@tinh.test", "", "suspended"),
    ]
    assert found("canbo@tinh.test") == [("moi@tinh.test", "canbo@tinh.test", "invited")]


def test_an_office_is_read_by_whoever_of_its_holders_is_active() -> None:
    assert ("vanthu@tinh.test", "", "unheld") not in found("vanthu@tinh.test")
    assert ("vanthu@tinh.test", "", "unheld") in found("vanthu@tinh.test", office_holders=("u4",))
