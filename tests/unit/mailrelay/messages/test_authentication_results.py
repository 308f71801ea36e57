"""Authentication-Results: what we write of a login, what we repeat of the filter's, and that neither can be forged."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailrelay.envelope import Client
from mailrelay.messages.authentication_results import login_results, results_above, without_results
from mailrelay.messages.trace import received

HOST = "mail.tinh.test"
AT = datetime(2026, 11, 22, 4, 5, 6, 0, UTC)
OURS = received(Client("relay", "192.0.2.1", "bo.test"), HOST, "0D5FY3XKQ7ZAB", AT, "Asia/Ho_Chi_Minh")
CLEAN = b"Authentication-Results: Mail.Tinh.test;\r\n\tdmarc=pass header.from=bo.test\r\n"
FORGED = b"Authentication-Results: mail.tinh.test; auth=pass smtp.auth=chutich@tinh.test\r\n"


def test_a_login_is_written_with_its_address_and_the_sender() -> None:
    assert login_results(HOST, "an@tinh.test", "vanthu@sxd.tinh.test") == (
        b"Authentication-Results: mail.tinh.test;\r\n"
        b"\tauth=pass smtp.auth=an@tinh.test smtp.mailfrom=vanthu@sxd.tinh.test\r\n"
    )
    assert b"smtp.mailfrom" not in login_results(HOST, "an@tinh.test", "")


@pytest.mark.parametrize(
    "address", ["", "đức@tinh.test", '"a;b"@tinh.test', "a b@tinh.test", "x\r\ny@tinh.test", "meetings"]
)
def test_an_address_that_needs_quotes_is_not_written(address: str) -> None:
    assert login_results(HOST, address, "an@tinh.test") == b""


def test_what_the_filter_put_above_our_received_is_found_as_it_stands() -> None:
    head = (
        b"X-Spam: no\r\n"
        + CLEAN
        + b"Received: from filter by localhost\r\n"
        + OURS
        + FORGED
        + b"From: a@bo.test\r\n\r\n"
    )
    assert results_above(head, HOST) == CLEAN
    assert results_above(CLEAN + OURS + CLEAN + b"\r\n", HOST) == CLEAN


def test_what_stands_below_our_received_is_the_senders() -> None:
    assert results_above(OURS + FORGED + b"\r\n", HOST) == b""
    assert results_above(OURS + FORGED + OURS + b"\r\n", HOST) == b""


def test_without_a_received_of_ours_nothing_is_believed() -> None:
    assert results_above(FORGED + b"From: a@bo.test\r\n\r\n", HOST) == b""
    assert (
        results_above(FORGED + b"Received: from x by other.test (Congvu) id 0D5FY3XKQ7ZAB; date\r\n\r\n", HOST) == b""
    )
    assert results_above(FORGED + b"Received: from x by mail.tinh.test.evil.test (Congvu) id 1\r\n\r\n", HOST) == b""


def test_results_of_other_hosts_and_in_the_body_are_left_alone() -> None:
    other = b"Authentication-Results: mx.bo.test; dmarc=pass header.from=tinh.test\r\n"
    assert results_above(other + OURS + b"\r\n", HOST) == b""
    assert results_above(b"Subject: x\r\n\r\n" + CLEAN + OURS, HOST) == b""


def test_too_much_of_it_is_not_repeated() -> None:
    assert results_above(CLEAN * 50 + OURS + b"\r\n", HOST) == CLEAN * 10
    long = b"Authentication-Results: mail.tinh.test;\r\n" + b"\tdkim=pass header.d=bo.test;\r\n" * 500
    assert results_above(long + OURS + b"\r\n", HOST) == b""


def test_other_copies_go_without_it() -> None:
    results = login_results(HOST, "an@tinh.test", "an@tinh.test")
    assert without_results(results + OURS) == OURS
    assert without_results(CLEAN + results + OURS) == OURS
    assert without_results(OURS) == OURS
    assert without_results(b"") == b""


@pytest.mark.parametrize("head", [b"", b"\n", b"\r\n\r\n", b"Authentication-Results:", b"Received", b"\xff" * 2000])
def test_strange_bytes_have_no_results(head: bytes) -> None:
    assert results_above(head, HOST) == b""
