"""Reads a rendered mail as a mail program does: the standard library's parser, and small questions about it."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage


def read(message: bytes) -> EmailMessage:
    """The message as the library's parser understands it."""
    found = message_from_bytes(message, policy=policy.default)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


def tree(part: EmailMessage) -> object:
    """`("multipart/mixed", [...])`, leaves as their content types."""
    if part.is_multipart():
        return part.get_content_type(), [tree(each) for each in part.iter_parts()]
    return part.get_content_type()


def part(message: EmailMessage, content_type: str) -> EmailMessage:
    """The only part of that type."""
    (found,) = [each for each in message.walk() if each.get_content_type() == content_type]
    assert isinstance(found, EmailMessage)
    return found


def text_of(message: EmailMessage, content_type: str = "text/plain") -> str:
    """The decoded text of the only part of that type, with LF."""
    return str(part(message, content_type).get_content()).replace("\r\n", "\n")


def calendar_of(message: EmailMessage) -> bytes:
    """The bytes of the calendar object."""
    content = part(message, "text/calendar").get_payload(decode=True)
    assert isinstance(content, bytes)
    return content
