"""LDAP write requests as bytes: AddRequest, ModifyRequest and the assertion control, nothing else.

ldap3 builds the same messages through pyasn1 in 1.2 ms each, ten times what this module takes, and with it a first load
falls below `ldapadd` (the figures are in docs/decisions). So requests are encoded here, definite lengths only (RFC 4511
section 5.1), while connecting, TLS, binding and decoding answers stay with ldap3. Tests decode every request with
ldap3's own decoder and compare. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

ASSERTION_CONTROL = b"1.3.6.1.1.12"
"""RFC 4528 section 2."""

Operation = Literal["add", "delete", "replace"]
_OPERATIONS: dict[Operation, int] = {"add": 0, "delete": 1, "replace": 2}

_SEQUENCE, _SET, _OCTET_STRING, _INTEGER, _ENUMERATED, _BOOLEAN = 0x30, 0x31, 0x04, 0x02, 0x0A, 0x01
_ADD_REQUEST, _MODIFY_REQUEST, _CONTROLS = 0x68, 0x66, 0xA0  # RFC 4511: [APPLICATION 8], [APPLICATION 6], [0]
_AND, _NOT, _EQUALITY, _PRESENT = 0xA0, 0xA2, 0xA3, 0x87  # RFC 4511 section 4.5.1: Filter


def add_request(message_id: int, dn: str, attributes: Mapping[str, Sequence[str]]) -> bytes:
    """A whole LDAPMessage with an AddRequest (RFC 4511 section 4.7); empty attributes are left out."""
    listed = b"".join(_attribute(name, values) for name, values in attributes.items() if values)
    return _message(message_id, _tlv(_ADD_REQUEST, _text(dn) + _tlv(_SEQUENCE, listed)))


def modify_request(
    message_id: int,
    dn: str,
    modifications: Iterable[tuple[Operation, str, Sequence[str]]],
    assertion: Mapping[str, Sequence[str]] | None = None,
) -> bytes:
    """A whole LDAPMessage with a ModifyRequest (RFC 4511 section 4.6).

    With `assertion` ({attribute: values}) the server applies it only while the entry holds each of these values, and
    nothing at all of an attribute without values (RFC 4528, sent as critical).
    """
    changes = b"".join(
        _tlv(_SEQUENCE, bytes((_ENUMERATED, 1, _OPERATIONS[operation])) + _attribute(name, values))
        for operation, name, values in modifications
    )
    request = _tlv(_MODIFY_REQUEST, _text(dn) + _tlv(_SEQUENCE, changes))
    return _message(message_id, request, b"" if assertion is None else _assertion(assertion))


def _assertion(values: Mapping[str, Sequence[str]]) -> bytes:
    parts = []
    for name, held in values.items():
        if held:
            parts += [_tlv(_EQUALITY, _text(name) + _text(value)) for value in held]
        else:
            parts.append(_tlv(_NOT, _tlv(_PRESENT, name.encode())))
    control = _tlv(_OCTET_STRING, ASSERTION_CONTROL) + bytes((_BOOLEAN, 1, 0xFF))
    return _tlv(_SEQUENCE, control + _tlv(_OCTET_STRING, _tlv(_AND, b"".join(parts))))


def _attribute(name: str, values: Sequence[str]) -> bytes:
    return _tlv(_SEQUENCE, _text(name) + _tlv(_SET, b"".join(_text(value) for value in values)))


def _message(message_id: int, request: bytes, controls: bytes = b"") -> bytes:
    identity = message_id.to_bytes(message_id.bit_length() // 8 + 1, "big")
    listed = _tlv(_CONTROLS, controls) if controls else b""
    return _tlv(_SEQUENCE, _tlv(_INTEGER, identity) + request + listed)


def _text(value: str) -> bytes:
    return _tlv(_OCTET_STRING, value.encode())


def _tlv(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content
