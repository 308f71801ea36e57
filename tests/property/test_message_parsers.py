"""What strangers send never makes a parser raise, and what we write reads back as it was meant."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from foundation.delivery_reasons import advise, explain
from mailrelay.envelope import Client
from mailrelay.messages.author_addresses import addresses_in
from mailrelay.messages.dkim import BodyHash, DkimSigner
from mailrelay.messages.encoded_words import decode_words
from mailrelay.messages.header_text import field, one_line
from mailrelay.messages.headers import end_of_head, scan
from mailrelay.messages.trace import envelope_to, received
from mailrelay.reports.returned import parse_report
from tests.support.dkim_keys import key, verifies

AT = datetime(2026, 11, 22, 4, 5, 6, tzinfo=UTC)

_PIECES = [
    *(
        b"From: ",
        b"Sender:",
        b"Message-ID: <",
        b"Received: from x by mail.tinh.test id ",
        b"0D5FY3XKQ7ZAB",
        b"Subject: ",
    ),
    *(b"=?utf-8?B?", b"=?utf-8?q?", b"?=", b"=?", b"\r\n", b"\r\n ", b"\r\n\r\n", b"\n", b"\r", b"\t", b" ", b"\x00"),
    *(b"<", b">", b"@", b'"', b"\\", b"(", b")", b",", b";", b":", b"a@b.test", b"an", "Nguyễn".encode(), b"\xff"),
    *(b"Content-Type: multipart/report; boundary=b\r\n\r\n", b"\r\n--b", b"--\r\n", b"Content-Type: message/"),
    *(b"delivery-status\r\n\r\n", b"Final-Recipient: rfc822; ", b"Action: failed\r\n", b"\\x{", b"110000", b"}"),
    *(
        b"disposition-notification\r\n\r\n",
        b"Disposition: a/b; displayed\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
    ),
]
strange = st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(_PIECES), max_size=40).map(b"".join))
printable = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)
body_pieces = st.sampled_from([b" ", b"\t", b"\r\n", b"\r\n\r\n", b"a", "ế".encode(), b".", b"word word"])
bodies = st.lists(body_pieces, max_size=60).map(lambda pieces: b"".join(pieces) + b"\r\n")


@given(strange)
def test_scanning_never_raises_and_gives_clean_text(head: bytes) -> None:
    headers = scan(head, "mail.tinh.test")
    for text in (
        headers.subject,
        headers.message_id,
        headers.filtered,
        headers.sender_address,
        *headers.from_addresses,
    ):
        assert text.isprintable() or '"' in text
        assert "\r" not in text
        assert "\n" not in text
        text.encode()
    assert end_of_head(head) <= len(head)


def test_no_repetition_makes_a_parser_slow() -> None:
    """Each of these took fifteen seconds for some pattern that tried every place again; the suite's timeout watches."""
    words = [b'"', b"\\", b"(", b"<", b"@", b"a@", b"a@b,", b" ", b"\t", b"a", b"a.", b";", b"=?", b"=?utf-8?q?a?= ",
             b"[", b"=?utf-8?q?", b"<@a,", b"\r\n ", b"\r\n\r\n", b"a:\r\n", b"--b\r\n"]  # fmt: skip
    report = b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
    for word in words:
        long = word * (65_000 // len(word))
        for name in (b"", b"From: ", b"Subject: ", b"Message-ID: ", b"Received: by mail.tinh.test id "):
            scan(name + long, "mail.tinh.test")
        parse_report(long * 10)
        parse_report(report + long * 10)
        explain(550, "", long.decode())


@given(strange)
def test_addresses_are_found_without_a_fault(value: bytes) -> None:
    for address in addresses_in(value):
        assert "@" in address
        assert "<" not in address or '"' in address


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_a_quoted_display_name_hides_nothing_and_adds_nothing(name: str) -> None:
    quoted = "".join(f"\\{letter}" if letter in '"\\' else letter for letter in one_line(name))
    assert addresses_in(f'"{quoted}" <an@tinh.test>'.encode()) == ("an@tinh.test",)


@given(printable)
def test_words_are_decoded_without_a_fault(text: str) -> None:
    decode_words(text)


@given(printable)
def test_a_field_reads_back(text: str) -> None:
    line = field("Subject", text)
    assert line.isascii()
    assert all(len(part) <= 78 for part in line.split(b"\r\n") if b" " in part.strip())
    message = message_from_bytes(line + b"\r\n")
    assert len(message.items()) <= 1
    if "=?" not in text:
        assert scan(line + b"\r\n").subject == one_line(text)


@given(printable, printable, printable, st.booleans())
def test_trace_headers_stay_where_they_are(helo: str, address: str, recipient: str, smtputf8: bool) -> None:
    client = Client("relay", address, helo, tls=helo)
    line = received(client, "mail.tinh.test", "0D5FY3XKQ7ZAB", AT, "UTC", recipient, smtputf8)
    lines = (line + envelope_to([recipient])).removesuffix(b"\r\n").split(b"\r\n")
    assert [part[:1] == b"\t" for part in lines].count(False) == 2
    assert all(len(part) <= 998 * 4 for part in lines)
    assert not any(b"\r" in part or b"\n" in part or b"\0" in part for part in lines)


@given(bodies, st.lists(st.integers(0, 200), max_size=10))
def test_a_body_hashes_alike_in_any_pieces(body: bytes, cuts: list[int]) -> None:
    whole = BodyHash()
    whole.update(body)
    pieces = BodyHash()
    places = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    for start, end in pairwise(places):
        pieces.update(body[start:end])
    assert pieces.digest() == whole.digest()


@given(bodies)
def test_another_implementation_verifies_what_we_sign(body: bytes) -> None:
    head = "From: An <an@tinh.test>\r\nSubject:  Thông   báo\r\n\r\n".encode()
    assert verifies(DkimSigner(key(), "congvu", ["tinh.test"]).sign(head, [body]) + head + body)


@given(strange)
def test_signing_never_raises(head: bytes) -> None:
    DkimSigner(key(), "congvu", ["tinh.test"]).sign(b"From: an@tinh.test\r\n" + head, [head])


@given(strange, st.integers(0, 5))
def test_reports_are_read_without_a_fault(message: bytes, limit: int) -> None:
    found = parse_report(b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n" + message, limit)
    assert len(found) <= limit
    for returned in found:
        assert all(text.isprintable() for text in (returned.final_recipient, returned.diagnostic, returned.disposition))


@given(st.integers(0, 999), printable, printable)
def test_every_reply_has_a_reason_in_both_languages(code: int, enhanced: str, text: str) -> None:
    assert all((*explain(code, enhanced, text), *advise(code, enhanced, text)))
