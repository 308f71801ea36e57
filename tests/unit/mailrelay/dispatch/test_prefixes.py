"""What stands in front of each copy: who logged in is told to addresses with a route of their own, to nobody else."""

from __future__ import annotations

import pytest

from mailrelay.dispatch.copies import Copy
from mailrelay.dispatch.lanes import Lane
from mailrelay.dispatch.parcels import Errand, Parcel
from mailrelay.dispatch.prefixes import prefix_of
from mailrelay.envelope import Recipient
from mailrelay.store.values import StoredBody

RESULTS = b"Authentication-Results: mail.tinh.test;\r\n\tauth=pass smtp.auth=an@tinh.test\r\n"
RECEIVED = b"Received: by mail.tinh.test (Congvu) id 0D5FY3XKQ7ZAB;\r\n\tSun, 22 Nov 2026 11:05:06 +0700\r\n"
SIGNATURE = b"DKIM-Signature: v=1\r\n"


def errand(destination: str, original_to: tuple[str, ...] = (), signature: bytes | None = None) -> Errand:
    parcel = Parcel(
        1, 1, "an@tinh.test", "", "", False, False, "normal", RESULTS + RECEIVED, StoredBody(2, b"", b""), (), False,
        signature,
    )  # fmt: skip
    return Errand(parcel, Copy((Recipient("x@y.test"),), (), original_to), Lane(destination), ())


@pytest.mark.parametrize("destination", ["domain:bo.test", "filter", "refused"])
def test_nobody_else_learns_who_logged_in(destination: str) -> None:
    assert prefix_of(errand(destination)) == RECEIVED
    assert prefix_of(errand(destination, signature=SIGNATURE)) == SIGNATURE + RECEIVED


def test_a_mailbox_of_ours_learns_the_address_it_was_sent_to() -> None:
    assert prefix_of(errand("local", ("vanthu@tinh.test",))) == b"X-Original-To: vanthu@tinh.test\r\n" + RECEIVED


def test_an_address_with_its_own_route_learns_who_logged_in() -> None:
    assert prefix_of(errand("address:hop@tinh.test")) == RESULTS + RECEIVED
