"""Answers to a search as bytes, written by ldap3's own encoder, for tests of the decoder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from ldap3.protocol.rfc2696 import RealSearchControlValue
from ldap3.protocol.rfc4511 import (
    Control,
    Controls,
    LDAPMessage,
    MessageID,
    PartialAttribute,
    PartialAttributeList,
    ProtocolOp,
    ResultCode,
    SearchResultDone,
    SearchResultEntry,
    SearchResultReference,
)
from ldap3.utils.asn1 import encode  # type: ignore[attr-defined]

MESSAGE_ID = 7


def entry_message(dn: str, attributes: Mapping[str, Sequence[str]], message_id: int = MESSAGE_ID) -> bytes:
    """One SearchResultEntry as ldap3's own encoder writes it."""
    entry = SearchResultEntry()
    entry["object"] = dn
    listed = PartialAttributeList()
    for position, (name, values) in enumerate(attributes.items()):
        attribute = PartialAttribute()
        attribute["type"] = name
        for index, value in enumerate(values):
            attribute["vals"][index] = value
        listed[position] = attribute
    entry["attributes"] = listed
    return _message("searchResEntry", entry, message_id)


def done_message(
    code: int = 0, cookie: bytes | None = None, diagnostic: str = "", message_id: int = MESSAGE_ID
) -> bytes:
    """One SearchResultDone, with a paged results control when there is a cookie."""
    done = SearchResultDone()
    done["resultCode"] = ResultCode(code)
    done["matchedDN"] = ""
    done["diagnosticMessage"] = diagnostic
    controls = None
    if cookie is not None:
        value = RealSearchControlValue()
        value["size"] = 0
        value["cookie"] = cookie
        control = Control()
        control["controlType"] = "1.2.840.113556.1.4.319"
        control["criticality"] = False
        control["controlValue"] = encode(value)
        controls = Controls()
        controls[0] = control
    return _message("searchResDone", done, message_id, controls)


def reference_message(url: str) -> bytes:
    """One SearchResultReference."""
    reference = SearchResultReference()
    reference[0] = url
    return _message("searchResRef", reference, MESSAGE_ID)


def _message(kind: str, operation: object, message_id: int, controls: object = None) -> bytes:
    message = LDAPMessage()
    message["messageID"] = MessageID(message_id)
    message["protocolOp"] = ProtocolOp().setComponentByName(kind, operation)
    if controls is not None:
        message["controls"] = controls
    return bytes(encode(message))


def in_pieces(data: bytes, size: int) -> Callable[[int], bytes]:
    """A socket that hands out at most `size` bytes at a time."""

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(data), size):
            yield data[start : start + size]
        while True:
            yield b""

    source = pieces()
    return lambda _: next(source)
