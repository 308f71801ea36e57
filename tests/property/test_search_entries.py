"""Decoding a search answer: equal to ldap3 on anything well-formed, a clean refusal on anything else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from ldap3.utils.asn1 import decode_message_fast

from foundation.directory.search_entries import Disconnected, MalformedAnswer, read_page
from tests.support.ldap_messages import MESSAGE_ID, done_message, entry_message, in_pieces

NAMES = ("cn", "mail", "congvuPost")
values = st.lists(st.text(max_size=300), max_size=4)
entries = st.dictionaries(
    st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), min_size=1, max_size=20), values, max_size=6
)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), entries, st.integers(1, 50))
def test_every_entry_is_what_ldap3_makes_of_it(dn: str, attributes: dict[str, list[str]], piece: int) -> None:
    message = entry_message(dn, attributes)
    page = read_page(in_pieces(message + done_message(0, b"c"), piece), MESSAGE_ID, NAMES)
    _, listed = decode_message_fast(message)["payload"]  # type: ignore[no-untyped-call]
    theirs = {
        name[3].decode(): [value[3].decode() for value in found[3]]
        for name, found in (attribute[3] for attribute in listed[3])
    }
    (ours,) = page.entries
    assert ours.dn == dn
    assert dict(ours.attributes) == {name: tuple(found) for name, found in theirs.items() if found}


whole = entry_message("uid=a,dc=test", {"cn": ["Đặng", "x" * 200], "mail": ["a@b"]}) + done_message(0, b"cookie")


@settings(max_examples=1500, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(whole) - 1), st.binary(max_size=6), st.booleans()), min_size=1, max_size=4),
    st.integers(1, 400),
)
def test_damaged_bytes_never_cause_anything_but_a_refusal(damages: list[tuple[int, bytes, bool]], piece: int) -> None:
    data = bytearray(whole)
    for position, octets, replaces in damages:
        data[position : position + (len(octets) if replaces else 0)] = octets
    try:
        page = read_page(in_pieces(bytes(data), piece), MESSAGE_ID, NAMES)
    except (MalformedAnswer, Disconnected):
        return
    assert all(
        isinstance(value, str) for entry in page.entries for found in entry.attributes.values() for value in found
    )


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_read(data: bytes) -> None:
    try:
        read_page(in_pieces(data, 64), MESSAGE_ID, NAMES)
    except (MalformedAnswer, Disconnected):
        return
