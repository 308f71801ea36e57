"""Answers to a search are decoded as ldap3 decodes them, in whatever pieces they arrive, and nonsense is refused."""

from __future__ import annotations

import pytest

from foundation.directory.search_entries import (
    LARGEST_MESSAGE_BYTES,
    Disconnected,
    MalformedAnswer,
    Page,
    read_page,
)
from tests.support.ldap_messages import MESSAGE_ID, done_message, entry_message, in_pieces, reference_message

NAMES = ("cn", "mail", "congvuPost")
LONG = "Nguyễn " * 40
ENTRY = {"cn": ["Đặng Thị Hạnh"], "mail": ["a@tinh.test"], "congvuPost": [LONG, "SXD$Chuyên viên"]}
DN = "uid=u1,ou=people,dc=tinh,dc=test"


def read(data: bytes, size: int = 1 << 20) -> Page:
    return read_page(in_pieces(data, size), MESSAGE_ID, NAMES)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100, 1 << 20])
def test_entries_arrive_whole_in_whatever_pieces(size: int) -> None:
    page = read(entry_message(DN, ENTRY) + entry_message("cn=x", {}) + done_message(0, b"more"), size)
    assert [entry.dn for entry in page.entries] == [DN, "cn=x"]
    assert page.entries[0].attributes == {name: tuple(values) for name, values in ENTRY.items()}
    assert page.entries[1].attributes == {}
    assert (page.result_code, page.cookie) == (0, b"more")


def test_attributes_are_named_as_they_were_asked_for() -> None:
    page = read(entry_message(DN, {"CN": ["A"], "MAIL": ["a@tinh.test"], "extra": ["x"]}) + done_message())
    assert dict(page.entries[0].attributes) == {"cn": ("A",), "mail": ("a@tinh.test",), "extra": ("x",)}


def test_an_attribute_without_values_is_absent() -> None:
    assert read(entry_message(DN, {"cn": []}) + done_message()).entries[0].attributes == {}


def test_the_end_carries_the_result_and_the_servers_words() -> None:
    page = read(done_message(4, b"", "giới hạn"))
    assert (page.entries, page.result_code, page.diagnostic, page.cookie) == ([], 4, "giới hạn", b"")


def test_references_are_passed_over() -> None:
    page = read(reference_message("ldap://other.example/dc=x") + done_message())
    assert page.entries == []


def test_a_large_entry_is_read() -> None:
    members = [f"uid=u{number},ou=people,dc=tinh,dc=test" for number in range(20_000)]
    page = read(entry_message(DN, {"cn": members}) + done_message(), 4096)
    assert page.entries[0].values("cn") == tuple(members)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        entry_message(DN, ENTRY),
        entry_message(DN, ENTRY)[:-5],
        bytes.fromhex("30 1e 02 01 00 78 19 0a 01 34 04 00 04 00 8a")[:9] + b"\x0a\x01\x34",
    ],
    ids=["nothing", "no end", "half an entry", "half a notice"],
)
def test_a_connection_that_ends_early_is_an_error(data: bytes) -> None:
    with pytest.raises(Disconnected):
        read(data)


def test_a_notice_of_disconnection_is_an_error() -> None:
    notice = bytes.fromhex("78 07 0a 01 34 04 00 04 00")
    with pytest.raises(Disconnected):
        read(b"\x30" + bytes([3 + len(notice)]) + b"\x02\x01\x00" + notice)


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x30\x80\x02\x01\x07",
        b"\x30\x85\x01\x00\x00\x00\x00\x02",
        b"\x30\x84" + (LARGEST_MESSAGE_BYTES + 1).to_bytes(4, "big"),
        b"\x30\x00",
        b"\x30\x03\x02\x01\x07",
        b"\x30\x05\x02\x01\x07\x61\x00",
        b"\x30\x06\x02\x01\x07\x64\x7f\x00",
        entry_message(DN, ENTRY, message_id=8) + done_message(),
        done_message() + b"\x30",
        entry_message(DN, {"cn": ["x"]}).replace(b"\x04\x01x", b"\x04\x09x") + done_message(),
        entry_message(DN, {"cn": ["xy"]}).replace(b"xy", b"\xff\xfe") + done_message(),
        entry_message(DN, {"cn": ["x"], "CN": ["y"]}) + done_message(),
    ],
    ids=[
        "another protocol",
        "an indefinite length",
        "a length of five octets",
        "a giant",
        "an empty message",
        "no operation",
        "an answer to a bind",
        "an entry beyond its message",
        "an answer to another request",
        "more than the answer",
        "a value beyond its attribute",
        "not UTF-8",
        "the same attribute twice",
    ],
)
def test_nonsense_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedAnswer):
        read(data)
