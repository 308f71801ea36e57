"""An official document as mail: what stands in it, and that every host can carry it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from foundation.errors import InputError
from mailrelay.messages.compose import SHOWN_RECIPIENTS, official_document
from mailrelay.messages.headers import scan

AT = datetime(2026, 11, 22, 11, 5, 6, tzinfo=timezone(timedelta(hours=7)))
PDF = b"%PDF-1.7\r\n\x00\xff binary\n"
NAME = "Giấy mời họp số 36 của Ủy ban nhân dân tỉnh về việc triển khai nhiệm vụ năm 2027.pdf"


def document(**changes: object) -> tuple[bytes, str]:
    arguments: dict[str, object] = {
        "sender": "vanthu.sxd@tinh.test",
        "number": "36/GM-UBND",
        "kind": "Giấy mời",
        "recipients": ["sxd@tinh.test", "snv@tinh.test"],
        "subject": "Mời họp triển khai nhiệm vụ năm 2027",
        "text": "",
        "attachments": [(NAME, PDF)],
        "at": AT,
        "domain": "tinh.test",
    }
    return official_document(**(arguments | changes))  # type: ignore[arg-type]


def read(message: bytes) -> EmailMessage:
    parsed = message_from_bytes(message, policy=default)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    return parsed


def test_the_fields() -> None:
    message, message_id = document()
    headers = scan(message)
    assert headers.message_id == message_id
    assert headers.from_addresses == ("vanthu.sxd@tinh.test",)
    assert (headers.document_number, headers.document_kind) == ("36/GM-UBND", "Giấy mời")
    assert headers.subject == "Mời họp triển khai nhiệm vụ năm 2027"
    assert headers.urgency == "normal"
    assert not headers.automatic
    parsed = read(message)
    assert parsed["to"] == "sxd@tinh.test, snv@tinh.test"
    assert parsed["date"] == "Sun, 22 Nov 2026 11:05:06 +0700"


def test_the_text_says_what_it_is() -> None:
    text = read(document(text="Kính mời dự họp.\n.\nMột dấu chấm.")[0]).get_body()
    assert text is not None
    content = text.get_content().replace("\r\n", "\n")
    for words in ("36/GM-UBND", "Giấy mời", "Trích yếu: Mời họp", "Kính mời dự họp.\n.\nMột", NAME):
        assert words in content


def test_attachments_keep_their_bytes_names_and_types() -> None:
    files = [(NAME, PDF), ("a.DOCX", b""), ("bảng kê", b"\r\n.\r\n"), ('x"y.zip', b"PK")]
    found = list(read(document(attachments=files)[0]).iter_attachments())
    assert [part.get_filename() for part in found] == [name for name, _ in files]
    assert [part.get_content() for part in found] == [content for _, content in files]
    assert [part.get_content_type() for part in found] == [
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/octet-stream",
        "application/zip",
    ]


@pytest.mark.parametrize("attachments", [[], [(NAME, PDF * 5000)]])
def test_every_host_can_carry_it(attachments: list[tuple[str, bytes]]) -> None:
    message, _ = document(attachments=attachments, text="ă" * 5000, subject="Về việc " * 60)
    assert message.isascii()
    assert message.endswith(b"\r\n")
    assert b"\r" not in message.replace(b"\r\n", b"")
    assert b"\n" not in message.replace(b"\r\n", b"")
    assert max(map(len, message.split(b"\r\n"))) <= 78
    assert read(message)["subject"] == ("Về việc " * 60).strip()


def test_an_urgent_one() -> None:
    message, _ = document(urgency="Hỏa tốc")
    assert scan(message).urgency == "urgent"
    assert "Độ khẩn: Hỏa tốc" in read(message).get_body().get_content()  # type: ignore[union-attr]


@pytest.mark.parametrize("field", ["number", "kind", "subject", "urgency", "text"])
def test_nothing_can_start_a_field_of_its_own(field: str) -> None:
    message, _ = document(**{field: "x\r\nBcc: y@z.test\r\n\r\nbody"})
    assert "bcc" not in read(message)
    assert b"\nBcc" not in message


def test_a_file_name_cannot_either() -> None:
    message, _ = document(attachments=[('a"\r\nX: y\r\n\r\n../../b.pdf', b"")])
    (attachment,) = read(message).iter_attachments()
    assert attachment.get_filename() == "b.pdf"
    assert "x" not in attachment


def test_many_recipients_are_not_shown() -> None:
    many = [f"a{number}@tinh.test" for number in range(SHOWN_RECIPIENTS + 1)]
    assert b"To: undisclosed-recipients:;\r\n" in document(recipients=many)[0]
    assert read(document(recipients=many[:-1])[0])["to"].count("@") == SHOWN_RECIPIENTS


@pytest.mark.parametrize("address", ["", "an", "an@tinh.test, b@tinh.test", "an@tinh.test\r\nBcc: x@y.test"])
def test_an_address_must_be_one(address: str) -> None:
    with pytest.raises(InputError):
        document(sender=address)
    with pytest.raises(InputError):
        document(recipients=[address])


def test_an_address_beyond_ascii_makes_an_international_head() -> None:
    message, _ = document(recipients=["đức@tinh.test"])
    assert not message.isascii()
    assert scan(message).eight_bit


def test_a_document_without_a_subject_has_its_number() -> None:
    assert scan(document(subject=" ", at=AT.astimezone(UTC))[0]).subject == "Giấy mời 36/GM-UBND"


def test_identifiers_never_repeat() -> None:
    assert document()[1] != document()[1]
