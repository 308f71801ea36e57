"""Every request that we encode is decoded by ldap3's own decoder and compared; filters meet ldap3's own encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ldap3.operation.search import compile_filter, parse_filter
from ldap3.protocol.rfc4511 import LDAPMessage
from ldap3.utils.asn1 import decoder, encode  # type: ignore[attr-defined]

from provisioner.ldap_requests import Operation, add_request, modify_request

NAMES = st.sampled_from(["cn", "mail", "mailLocalAddress", "congvuPost", "description", "member"])
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=300)
"""Any text that UTF-8 can carry, with letters of one to four octets, NUL and filter signs among them."""
VALUES = st.lists(TEXTS, max_size=6)
ATTRIBUTES = st.dictionaries(NAMES, VALUES, max_size=6)
OPERATIONS: list[Operation] = ["add", "delete", "replace"]
MESSAGE_IDS = st.integers(0, 2**31 - 1)
"""RFC 4511 section 4.1.1: maxInt is 2^31 - 1."""
CODES = {"add": 0, "delete": 1, "replace": 2}

DN = "uid=an,ou=people,dc=tinh,dc=test"


def _decoded(message: bytes, kind: str) -> tuple[int, Any, Any]:
    """(message id, request, controls) by ldap3's definitions; nothing may be left over."""
    found, rest = decoder.decode(message, asn1Spec=LDAPMessage())
    assert rest == b""
    assert found["protocolOp"].getName() == kind
    return int(found["messageID"]), found["protocolOp"].getComponent(), found["controls"]


def _text(value: Any) -> str:
    return bytes(value).decode()


def _listed(attribute: Any) -> tuple[str, list[str]]:
    return _text(attribute["type"]), [_text(value) for value in attribute["vals"]]


@given(MESSAGE_IDS, TEXTS, ATTRIBUTES)
def test_an_add_request_says_what_it_was_given(
    message_id: int, dn: str, attributes: Mapping[str, Sequence[str]]
) -> None:
    identity, request, controls = _decoded(add_request(message_id, dn, attributes), "addRequest")
    assert identity == message_id
    assert _text(request["entry"]) == dn
    listed = [_listed(attribute) for attribute in request["attributes"]]
    assert [(name, sorted(values)) for name, values in listed] == [
        (name, sorted(values)) for name, values in attributes.items() if values
    ]
    assert not controls.isValue


MODIFICATIONS = st.lists(st.tuples(st.sampled_from(OPERATIONS), NAMES, VALUES), max_size=6)


@given(MESSAGE_IDS, TEXTS, MODIFICATIONS)
def test_a_modify_request_says_what_it_was_given(
    message_id: int, dn: str, modifications: list[tuple[Operation, str, list[str]]]
) -> None:
    identity, request, controls = _decoded(modify_request(message_id, dn, modifications), "modifyRequest")
    assert identity == message_id
    assert _text(request["object"]) == dn
    found = [(int(change["operation"]), *_listed(change["modification"])) for change in request["changes"]]
    assert [(code, name, sorted(values)) for code, name, values in found] == [
        (CODES[operation], name, sorted(values)) for operation, name, values in modifications
    ]
    assert not controls.isValue


@given(ATTRIBUTES.filter(bool))
def test_an_assertion_is_critical_and_names_every_value(values: dict[str, list[str]]) -> None:
    _, _, controls = _decoded(modify_request(7, DN, [("add", "cn", ["x"])], values), "modifyRequest")
    (control,) = controls
    assert _text(control["controlType"]) == "1.3.6.1.1.12"
    assert bool(control["criticality"]) is True
    assert bytes(control["controlValue"]) == _filter_by_ldap3(values)


def _filter_by_ldap3(values: Mapping[str, Sequence[str]]) -> bytes:
    """The same condition as ldap3 encodes it (its decoder does not know filters inside filters)."""
    parts = []
    for name, held in values.items():
        parts += [f"({name}={_escaped(value)})" for value in held] or [f"(!({name}=*))"]
    parsed = parse_filter(f"(&{''.join(parts)})", None, False, None, None, False)
    encoded: bytes = encode(compile_filter(parsed.elements[0]))
    return encoded


def _escaped(value: str) -> str:
    """Every octet of a value in RFC 4515's hexadecimal form."""
    return "".join(f"\\{octet:02x}" for octet in value.encode())


@pytest.mark.parametrize("length", [0, 1, 126, 127, 128, 129, 255, 256, 257, 65535, 65536, 70000])
def test_lengths_at_every_boundary_of_the_encoding(length: int) -> None:
    """RFC 4511 section 5.1: definite lengths, short to 127 octets, then with as many octets as needed."""
    value = "x" * length
    _, request, _ = _decoded(add_request(1, DN, {"description": [value]}), "addRequest")
    assert _listed(request["attributes"][0]) == ("description", [value])
    _, request, _ = _decoded(modify_request(1, value, [("replace", "cn", ["y"])]), "modifyRequest")
    assert _text(request["object"]) == value


def test_a_list_of_ten_thousand_members() -> None:
    members = [f"uid=u{number:016},ou=people,dc=tinh,dc=test" for number in range(10_000)]
    _, request, _ = _decoded(add_request(1, DN, {"member": members}), "addRequest")
    assert sorted(_listed(request["attributes"][0])[1]) == sorted(members)


@pytest.mark.parametrize("message_id", [0, 1, 127, 128, 255, 256, 32767, 32768, 2**24, 2**31 - 1])
def test_message_ids_at_every_boundary(message_id: int) -> None:
    assert _decoded(add_request(message_id, DN, {}), "addRequest")[0] == message_id


@settings(max_examples=50)
@given(ATTRIBUTES)
def test_a_request_is_the_same_bytes_every_time(attributes: Mapping[str, Sequence[str]]) -> None:
    assert add_request(3, DN, attributes) == add_request(3, DN, attributes)


def test_a_value_that_utf8_cannot_carry_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(UnicodeEncodeError):
        add_request(1, DN, {"cn": ["\ud800"]})
