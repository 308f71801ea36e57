"""MAIL, RCPT, BDAT and EHLO arguments: what they mean, and what is refused with which code."""

from __future__ import annotations

import pytest

from mailrelay.envelope import Recipient
from mailrelay.reception.grammar import ChunkCommand, MailCommand, RcptCommand, parse_chunk, parse_mail, parse_name
from mailrelay.reception.grammar import parse_rcpt as rcpt
from mailrelay.reception.parameters import mail_parameters, rcpt_parameters
from mailrelay.reception.replies import Reply


def code(answer: object) -> str:
    assert isinstance(answer, Reply), answer
    return f"{answer.code} {answer.enhanced}"


@pytest.mark.parametrize(
    ("argument", "sender"),
    [
        (b"FROM:<an@bo.test>", "an@bo.test"),
        (b"from:<An.Nguyen@Bo.Test>", "An.Nguyen@Bo.Test"),
        (b"FROM: <an@bo.test>", "an@bo.test"),
        (b"FROM:<>", ""),
        (b"FROM: <>", ""),
        (b'FROM:<"an nguyen"@bo.test>', '"an nguyen"@bo.test'),
        (b'FROM:<"a>b"@bo.test>', '"a>b"@bo.test'),
        (b"FROM:<an@[192.0.2.1]>", "an@[192.0.2.1]"),
        (b"FROM:<an+x=bo.test@nhan.test>", "an+x=bo.test@nhan.test"),
    ],
)
def test_a_sender_is_read_as_it_was_spelled(argument: bytes, sender: str) -> None:
    assert parse_mail(argument) == MailCommand(sender)


def test_parameters_of_mail() -> None:
    argument = b"FROM:<an@bo.test> size=1234 BODY=8bitmime SMTPUTF8 RET=hdrs ENVID=aB+2Bc AUTH=<>"
    expected = MailCommand("an@bo.test", 1234, True, True, "HDRS", "aB+c", extended=True)
    assert parse_mail(argument) == expected


def test_an_address_beyond_ascii_comes_out_in_nfc() -> None:
    decomposed = "a\u0302n@bo.test".encode()
    assert parse_mail(b"FROM:<" + decomposed + b"> SMTPUTF8") == MailCommand("ân@bo.test", smtputf8=True, extended=True)


@pytest.mark.parametrize(
    ("argument", "answer"),
    [
        (b"", "501 5.5.4"),
        (b"<an@bo.test>", "501 5.5.4"),
        (b"FROM:an@bo.test", "501 5.5.4"),
        (b"FROM:<an@bo.test", "501 5.5.4"),
        (b"FROM:<an@bo.test>SIZE=1", "501 5.5.4"),
        (b"FROM:<an nguyen@bo.test>", "501 5.5.4"),
        (b"FROM:<<an@bo.test>>", "501 5.5.4"),
        (b"FROM:<an>", "553 5.1.7"),
        (b"FROM:<an@>", "553 5.1.7"),
        (b"FROM:<@bo.test>", "553 5.1.7"),
        (b"FROM:<an@bo..test>", "553 5.1.7"),
        (b"FROM:<an@bo.test.>", "553 5.1.7"),
        (b"FROM:<@tinh.test:an@bo.test>", "553 5.1.7"),
        (b"FROM:<an@bo@test>", "553 5.1.7"),
        (b"FROM:<" + b"x" * 65 + b"@bo.test>", "553 5.1.7"),
        (b"FROM:<\xff@bo.test> SMTPUTF8", "553 5.1.7"),
        ("FROM:<ân@bo.test>".encode(), "553 5.6.7"),
        (b"FROM:<an@bo.test> MT-PRIORITY=3", "555 5.5.4"),
        (b"FROM:<an@bo.test> REQUIRETLS", "555 5.5.4"),
        (b"FROM:<an@bo.test> SIZE", "501 5.5.4"),
        (b"FROM:<an@bo.test> SIZE=-1", "501 5.5.4"),
        (b"FROM:<an@bo.test> SIZE=" + b"9" * 21, "501 5.5.4"),
        (b"FROM:<an@bo.test> SIZE=1 size=1", "501 5.5.4"),
        (b"FROM:<an@bo.test> BODY", "501 5.5.4"),
        (b"FROM:<an@bo.test> RET=ALL", "501 5.5.4"),
        (b"FROM:<an@bo.test> ENVID", "501 5.5.4"),
        (b"FROM:<an@bo.test> ENVID=+0A", "501 5.5.4"),
        (b"FROM:<an@bo.test> ENVID=+zz", "501 5.5.4"),
        (b"FROM:<an@bo.test> ENVID=" + b"x" * 101, "501 5.5.4"),
        (b"FROM:<an@bo.test> AUTH", "501 5.5.4"),
        (b"FROM:<an@bo.test> =1", "501 5.5.4"),
        (b"FROM:<an@bo.test> A==", "501 5.5.4"),
    ],
)
def test_what_mail_refuses(argument: bytes, answer: str) -> None:
    assert code(parse_mail(argument)) == answer


def test_a_recipient_with_its_parameters() -> None:
    assert rcpt(b"TO:<binh@tinh.test>") == RcptCommand(Recipient("binh@tinh.test"))
    assert rcpt(b"to: <Binh@tinh.test> notify=success,Failure ORCPT=RFC822;Binh+2B1@Tinh.Test") == RcptCommand(
        Recipient("Binh@tinh.test", ("SUCCESS", "FAILURE"), "RFC822;Binh+1@Tinh.Test"), True
    )


@pytest.mark.parametrize("spelling", [b"postmaster", b"Postmaster", b"POSTMASTER"])
def test_postmaster_needs_no_domain(spelling: bytes) -> None:
    assert rcpt(b"TO:<" + spelling + b">") == RcptCommand(Recipient("postmaster"))


@pytest.mark.parametrize(
    ("argument", "answer"),
    [
        (b"TO:<>", "553 5.1.3"),
        (b"TO:<abuse>", "553 5.1.3"),
        (b"TO:<@tinh.test:binh@bo.test>", "553 5.1.3"),
        (b"TO:<binh@tinh.test> SIZE=1", "555 5.5.4"),
        (b"TO:<binh@tinh.test> NOTIFY", "501 5.5.4"),
        (b"TO:<binh@tinh.test> NOTIFY=NEVER,SUCCESS", "501 5.5.4"),
        (b"TO:<binh@tinh.test> NOTIFY=SUCCESS,SUCCESS", "501 5.5.4"),
        (b"TO:<binh@tinh.test> NOTIFY=SOMETIMES", "501 5.5.4"),
        (b"TO:<binh@tinh.test> ORCPT=binh@tinh.test", "501 5.5.4"),
        (b"TO:<binh@tinh.test> ORCPT=rfc822;", "501 5.5.4"),
        (b"TO:<binh@tinh.test> ORCPT=;x", "501 5.5.4"),
        (b"TO:<binh@tinh.test> ORCPT=rfc822;a+0D+0Ab", "501 5.5.4"),
        (b"TO:<binh@tinh.test> ORCPT=rfc822;" + b"x" * 500, "501 5.5.4"),
        (b"FROM:<binh@tinh.test>", "501 5.5.4"),
    ],
)
def test_what_rcpt_refuses(argument: bytes, answer: str) -> None:
    assert code(rcpt(argument)) == answer


@pytest.mark.parametrize(
    ("value", "original"),
    [
        ("utf-8;b\\x{EC}nh@tinh.test", "utf-8;bình@tinh.test"),
        ("utf-8;b\\x{1EA1}n@tinh.test", "utf-8;bạn@tinh.test"),
        ("utf-8;bình@tinh.test", "utf-8;bình@tinh.test"),
        ("utf-8;b+C3+ACnh@tinh.test", "utf-8;bình@tinh.test"),
    ],
)
def test_an_original_recipient_beyond_ascii(value: str, original: str) -> None:
    found = rcpt_parameters(f"ORCPT={value}".encode())
    assert not isinstance(found, Reply)
    assert found.original == original


@pytest.mark.parametrize(
    "value", ["utf-8;a\\x{0A}b", "utf-8;a\\x{D800}b", "utf-8;a\\x{110000}b", "rfc822;bình@tinh.test"]
)
def test_an_original_recipient_hides_no_control_character(value: str) -> None:
    assert code(rcpt_parameters(f"ORCPT={value}".encode())) == "501 5.5.4"


def test_parameters_are_separated_by_any_spaces() -> None:
    assert mail_parameters(b"SIZE=1   RET=FULL") == mail_parameters(b"SIZE=1 RET=FULL")


def test_chunks() -> None:
    assert parse_chunk(b"0 LAST") == ChunkCommand(0, True)
    assert parse_chunk(b"1000") == ChunkCommand(1000, False)
    for wrong in (b"", b"-1", b"1 FIRST", b"LAST", b"1LAST", b"9" * 20, b"1 LAST LAST"):
        assert code(parse_chunk(wrong)) == "501 5.5.4"


@pytest.mark.parametrize(
    "name", [b"may.bo.test", b"[192.0.2.1]", b"[IPv6:2001:db8::1]", b"MAY_TRAM-01", "máy.test".encode()]
)
def test_names_in_ehlo(name: bytes) -> None:
    assert parse_name(name) == name.decode()


@pytest.mark.parametrize(
    "name", [b"", b"a b", b"a(b", b"a)b", b"<a>", b'"a"', b"a\\b", b"\xff", b"x" * 256, "a\u202eb".encode()]
)
def test_no_names_in_ehlo(name: bytes) -> None:
    assert parse_name(name) is None
