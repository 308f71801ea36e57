"""The envelope as a peer may be told it: nothing it did not offer, nothing that is another command."""

from __future__ import annotations

import pytest

from mailrelay.envelope import Recipient
from mailrelay.sending.commands import Content, Envelope, content_in_memory, envelope, original_recipient, xtext
from mailrelay.sending.features import NOTHING, Features, parse_features
from mailrelay.sending.transactions import OutgoingTransaction, RecipientResult
from tests.support.channel_stage import ALL, transaction

UTF8_HEADER = "Subject: Công văn\r\n\r\nx\r\n".encode()
UTF8_BODY = "Subject: x\r\n\r\nKính gửi\r\n".encode()


def told(given: OutgoingTransaction, features: Features, lmtp: bool = False) -> Envelope:
    composed = envelope(given, features, content_in_memory(given, features), lmtp)
    assert isinstance(composed, Envelope), composed
    return composed


def refused(given: OutgoingTransaction, features: Features) -> RecipientResult:
    composed = envelope(given, features, content_in_memory(given, features), False)
    assert isinstance(composed, RecipientResult), composed
    return composed


def test_what_an_ehlo_reply_offers() -> None:
    reply = b"250 mail.test hello\nPIPELINING\nsize 10240000\n8BITMIME\nAUTH PLAIN LOGIN\nSMTPUTF8\nDSN\nSTARTTLS\n\xff"
    assert parse_features(reply) == Features(True, True, 10240000, True, True, True, True)


@pytest.mark.parametrize(
    ("line", "size", "limit"),
    [("SIZE", True, 0), ("SIZE 0", True, 0), ("SIZE x", True, 0), ("SIZE -1", True, 0), ("SIZES 5", False, 0)],
)
def test_sizes_that_are_no_limit(line: str, size: bool, limit: int) -> None:
    features = parse_features(f"250 mail.test\n{line}".encode())
    assert (features.size, features.size_limit) == (size, limit)


def test_the_null_path() -> None:
    assert told(transaction("a@xa.test", sender=""), NOTHING).mail == b"MAIL FROM:<>\r\n"


def test_8_bit_content_is_declared_even_when_the_client_did_not() -> None:
    assert told(transaction("a@xa.test", body=UTF8_BODY), ALL).mail.endswith(b" BODY=8BITMIME\r\n")
    assert b"BODY" not in told(transaction("a@xa.test"), ALL).mail


def test_8_bit_content_is_not_sent_to_those_who_do_not_take_it() -> None:
    result = refused(transaction("a@xa.test", body=UTF8_BODY), ALL._replace(eight_bit=False))
    assert (result.kind, result.reply.code, result.reply.enhanced) == ("permanent", 554, "5.6.3")
    assert result.stage == "check"
    assert result.reply.ours


def test_smtputf8_is_said_when_asked_or_needed() -> None:
    assert b"SMTPUTF8" in told(transaction("a@xa.test", smtputf8=True), ALL).mail
    assert b"SMTPUTF8" in told(transaction("ơn@xa.test"), ALL).mail
    assert b"SMTPUTF8" in told(transaction("a@xa.test", sender="ơn@xa.test"), ALL).mail
    assert b"SMTPUTF8" not in told(transaction("a@xa.test"), ALL).mail


def test_smtputf8_is_dropped_when_all_is_ascii() -> None:
    composed = told(transaction("a@xa.test", smtputf8=True, body=UTF8_BODY), ALL._replace(smtputf8=False))
    assert composed.mail.endswith(b"BODY=8BITMIME\r\n")


@pytest.mark.parametrize("changes", [{"body": UTF8_HEADER, "smtputf8": True}, {"sender": "ơn@xa.test"}])
def test_smtputf8_that_is_needed_and_not_offered(changes: dict[str, object]) -> None:
    assert refused(transaction("a@xa.test", **changes), ALL._replace(smtputf8=False)).reply.enhanced == "5.6.7"


def test_domains_are_written_in_a_labels() -> None:
    composed = told(transaction("a@tỉnh.test", sender="b@xã.test"), NOTHING)
    assert composed.mail == b"MAIL FROM:<b@xn--x-yfa.test>\r\n"
    assert composed.recipients == [b"RCPT TO:<a@xn--tnh-dlz.test>\r\n"]


@pytest.mark.parametrize(
    "address", ["a@b.test>\r\nRCPT TO:<c@d.test", "a\x00@b.test", "a\n@b.test", "a@b.test\u2028", "ơn\r\n@b.test"]
)
def test_control_characters_never_reach_the_wire(address: str) -> None:
    composed = told(transaction(address, "ok@b.test"), ALL)
    assert composed.recipients == [b"RCPT TO:<ok@b.test>\r\n"]
    assert composed.indexes == [1]
    assert composed.refused[0].reply.enhanced == "5.1.3"
    assert isinstance(
        envelope(transaction("x@b.test", sender=address), ALL, Content(True, True), False), RecipientResult
    )


def test_all_recipients_refused_leaves_nothing_to_say() -> None:
    composed = told(transaction("ơn@xa.test", "ấm@xa.test"), ALL._replace(smtputf8=False))
    assert composed.recipients == []
    assert len(composed.refused) == 2


@pytest.mark.parametrize(
    ("original", "wire"),
    [
        ("rfc822;An@tinh.test", "rfc822;An@tinh.test"),
        ("rfc822;a+b=c d@tinh.test", "rfc822;a+2Bb+3Dc+20d@tinh.test"),
        ("utf-8;ơn+x@tinh.test", "utf-8;\\x{1A1}n\\x{2B}x@tinh.test"),
        ("rfc822;ơn@tinh.test", "utf-8;\\x{1A1}n@tinh.test"),
    ],
)
def test_original_recipients(original: str, wire: str) -> None:
    assert original_recipient(original) == wire


def test_parameters_that_are_too_long_or_wrong_are_left_out() -> None:
    given = transaction(Recipient("a@xa.test", original="rfc822;" + "x" * 600), returned="ALL", identifier="x" * 101)
    composed = told(given, ALL)
    assert composed.mail == b"MAIL FROM:<an@tinh.test> SIZE=24\r\n"
    assert composed.recipients == [b"RCPT TO:<a@xa.test>\r\n"]


def test_never_is_handed_on() -> None:
    given = transaction(Recipient("a@xa.test", notify=("NEVER",)))
    assert told(given, ALL).recipients == [b"RCPT TO:<a@xa.test> NOTIFY=NEVER\r\n"]


def test_xtext() -> None:
    assert xtext("a b+c=\x7f\r\n") == "a+20b+2Bc+3D+7F+0D+0A"
