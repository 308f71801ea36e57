"""Who handed over what is with the content filter: bounded, and known by the topmost queue id alone."""

from __future__ import annotations

from mailrelay.reception.logins_remembered import REMEMBERED, RememberedLogins


def test_the_topmost_queue_id_counts() -> None:
    logins = RememberedLogins()
    logins.remember("0D5FY3XKQ7ZAB", "an@tinh.test")
    assert logins.recall(("0D5FY3XKQ7ZAB", "0D5FY3XKQ7ZAC")) == "an@tinh.test"
    assert logins.recall(("0D5FY3XKQ7ZAC", "0D5FY3XKQ7ZAB")) == ""
    assert logins.recall(()) == ""


def test_the_oldest_are_forgotten() -> None:
    logins = RememberedLogins()
    for number in range(REMEMBERED + 1):
        logins.remember(str(number), "an@tinh.test")
    assert (logins.recall(("0",)), logins.recall(("1",))) == ("", "an@tinh.test")
