"""Who may connect, and under which address a peer is spoken of."""

from __future__ import annotations

import pytest

from mailrelay.reception.admission import Admission, plain_address
from mailrelay.settings import Limits


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("", ""),
    ],
)
def test_one_spelling_of_an_address(peer: str, address: str) -> None:
    assert plain_address(peer) == address


def test_ipv6_counts_by_network() -> None:
    admission = Admission()
    limits = Limits(connections_per_address=2)
    assert admission.enter("2001:db8::1", False, limits) is None
    assert admission.enter("2001:db8::2", False, limits) is None
    refusal = admission.enter("2001:db8::ffff:3", False, limits)
    assert refusal is not None
    assert refusal.code == 421
    assert admission.enter("2001:db8:0:1::1", False, limits) is None
    for address in ("2001:db8::1", "2001:db8::2", "2001:db8::ffff:3", "2001:db8:0:1::1"):
        admission.leave(address)
    assert admission.total == 0
    assert not admission._per_address


def test_trusted_networks_are_bound_by_the_total_alone() -> None:
    admission = Admission()
    limits = Limits(connections=3, connections_per_address=1)
    assert [admission.enter("192.0.2.1", True, limits) for _ in range(3)] == [None] * 3
    refusal = admission.enter("192.0.2.2", True, limits)
    assert refusal is not None
    assert refusal.enhanced == "4.3.2"


def test_port_25_leaves_room_for_staff() -> None:
    admission = Admission()
    limits = Limits(connections=10, connections_per_address=100)
    outside = [admission.enter(f"192.0.2.{number}", False, limits, public=True) for number in range(50)]
    assert [refusal is None for refusal in outside] == [True] * 8 + [False] * 42
    assert [admission.enter("198.51.100.1", False, limits) for _ in range(2)] == [None] * 2
    assert admission.enter("198.51.100.1", False, limits) is not None
    for number in range(50):
        admission.leave(f"192.0.2.{number}", public=True)
    assert (admission.total, admission.public) == (3, 0)


def test_one_connection_in_all_is_still_one_at_port_25() -> None:
    assert Admission().enter("192.0.2.1", False, Limits(connections=1), public=True) is None


def test_more_than_half_is_a_rush() -> None:
    admission = Admission()
    limits = Limits(connections=4)
    felt = []
    for _ in range(3):
        admission.enter("192.0.2.1", False, limits)
        felt.append(admission.pressed(limits))
    assert felt == [False, False, True]
