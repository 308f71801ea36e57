"""Answers to a search, from bytes to entries: SearchResultEntry, SearchResultReference, SearchResultDone, page cookie.

ldap3 takes seven times as long to decode 100,000 entries (the figures are in docs/decisions), and a sync with nothing
to do is all reading. This module knows the messages above and nothing else of LDAP (RFC 4511 sections 4.5.2 and 5.1:
definite lengths only); asking, connecting, TLS and binding stay with ldap3, and a test compares every entry with
ldap3's own decoder. Whatever the bytes are, the outcome is a page or `MalformedAnswer`: lengths are checked against
what encloses them, and sizes have limits. Nothing here touches a socket.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from foundation.directory.entries import Entry

LARGEST_MESSAGE_BYTES: Final = 64 << 20
"""One entry of more than 64 MiB is none of ours: a list of a million members has 50."""

_SEQUENCE, _SET, _OCTET_STRING, _INTEGER, _ENUMERATED = 0x30, 0x31, 0x04, 0x02, 0x0A
_ENTRY, _DONE, _REFERENCE, _EXTENDED, _CONTROLS = 0x64, 0x65, 0x73, 0x78, 0xA0
_PAGED_RESULTS: Final = b"1.2.840.113556.1.4.319"
_MOST_LENGTH_OCTETS: Final = 4
_RECEIVE_BYTES: Final = 256 << 10
_LARGEST_RECEIVE_BYTES: Final = 4 << 20


class MalformedAnswer(ValueError):
    """The server sent something that is not an answer to a search."""


class Disconnected(ConnectionError):
    """The server closed the connection, or announced that it will (RFC 4511 section 4.4.1)."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its entries, how the search ended, and the cookie for the next page (empty: there is none)."""

    entries: list[Entry]
    result_code: int
    diagnostic: str
    cookie: bytes


def read_page(receive: Callable[[int], bytes], message_id: int, attributes: Sequence[str]) -> Page:
    """Read messages until the search with this id is done. `receive(n)` gives up to n bytes, none at the end.

    Attributes are named as in `attributes`, whatever case the server uses. References to other servers are passed over.
    Raises MalformedAnswer, Disconnected, and whatever `receive` raises.
    """
    names = {name.lower().encode(): name for name in attributes}
    entries: list[Entry] = []
    data, at = b"", 0
    try:
        while True:
            start, end = _message_bounds(data, at)
            if end > len(data):
                data, at = _more(receive, data[at:], end - at), 0
                continue
            found_id, at = _integer(data, start, end)
            tag = data[at]
            if found_id == 0 and tag == _EXTENDED:
                raise Disconnected("the server announced that it disconnects")
            if found_id != message_id:
                raise MalformedAnswer(f"an answer to request {found_id} instead of {message_id}")
            start, stop = _element(data, at, end, tag)
            if tag == _ENTRY:
                entries.append(decode_entry(data, start, stop, names))
            elif tag == _DONE:
                if end != len(data):
                    raise MalformedAnswer("more was sent than the answer")
                return _done(entries, data, start, stop, end)
            elif tag != _REFERENCE:
                raise MalformedAnswer(f"an operation of kind {tag:#x} in the answer to a search")
            at = end
    except IndexError as error:
        raise MalformedAnswer("an element reaches beyond its message") from error


def decode_entry(data: bytes, at: int, end: int, names: dict[bytes, str]) -> Entry:
    """The content of one SearchResultEntry. `names` maps lower-case names and learns the server's own spelling."""
    at, stop = _element(data, at, end, _OCTET_STRING)
    dn = _text(data, at, stop, "a DN")
    at, stop = _element(data, stop, end, _SEQUENCE)
    attributes: dict[str, tuple[str, ...]] = {}
    try:
        while at < stop:
            attribute_end = at + 2 + data[at + 1]
            name_end = at + 4 + data[at + 3]
            value_at = name_end + 4
            if (
                value_at <= attribute_end <= stop
                and data[name_end + 3] == attribute_end - value_at
                and data[name_end + 1] == attribute_end - value_at + 2
                and data[at + 1] < 128
                and data[at] == _SEQUENCE
                and data[at + 2] == data[name_end + 2] == _OCTET_STRING
                and data[name_end] == _SET
            ):  # what most attributes are: one value, and all lengths in one octet. No call and no list for these
                key = data[at + 4 : name_end]
                values: tuple[str, ...] = (data[value_at:attribute_end].decode(),)
            else:
                at, attribute_end = _element(data, at, stop, _SEQUENCE)
                name_at, name_end = _element(data, at, attribute_end, _OCTET_STRING)
                key = data[name_at:name_end]
                values = _values(data, name_end, attribute_end)
            name = names.get(key) or _learn(names, key)
            if name in attributes:
                raise MalformedAnswer(f"attribute {name} of {dn} is given twice")
            if values:
                attributes[name] = values
            at = attribute_end
    except UnicodeDecodeError as error:
        raise MalformedAnswer(f"a value of {key.decode(errors='replace')} of {dn} is not UTF-8 text") from error
    return Entry(dn, attributes)


def _values(data: bytes, at: int, end: int) -> tuple[str, ...]:
    """The values of one attribute, of which a list has a hundred thousand. Raises UnicodeDecodeError."""
    at, stop = _element(data, at, end, _SET)
    if stop != end:
        raise MalformedAnswer("an attribute holds more than its values")
    values = []
    while at < end:
        length = data[at + 1]
        if data[at] != _OCTET_STRING or length > 127:
            at, value_end = _element(data, at, end, _OCTET_STRING)
        else:
            at += 2
            value_end = at + length
            if value_end > end:
                raise MalformedAnswer("a value reaches beyond its attribute")
        values.append(data[at:value_end].decode())
        at = value_end
    return tuple(values)


def _learn(names: dict[bytes, str], key: bytes) -> str:
    """The name for the server's spelling of an attribute, remembered for the entries that follow."""
    name = names.get(key.lower()) or _text(key, 0, len(key), "the name of an attribute")
    if len(names) < 1000:  # a hostile server must not fill our memory with spellings
        names[key] = name
    return name


def _done(entries: list[Entry], data: bytes, at: int, stop: int, end: int) -> Page:
    """SearchResultDone and its controls (RFC 4511 sections 4.1.9 and 4.1.11)."""
    code_at, code_end = _element(data, at, stop, _ENUMERATED)
    code = int.from_bytes(data[code_at:code_end], "big", signed=True)
    _, dn_end = _element(data, code_end, stop, _OCTET_STRING)
    text_at, text_end = _element(data, dn_end, stop, _OCTET_STRING)
    diagnostic = data[text_at:text_end].decode(errors="replace")
    cookie = b""
    if stop < end:
        at, controls_end = _element(data, stop, end, _CONTROLS)
        while at < controls_end:
            at, control_end = _element(data, at, controls_end, _SEQUENCE)
            cookie = _cookie(data, at, control_end) or cookie
            at = control_end
    return Page(entries, code, diagnostic, cookie)


def _cookie(data: bytes, at: int, end: int) -> bytes:
    """The cookie of a paged results control (RFC 2696 section 2), or nothing when it is another control."""
    at, stop = _element(data, at, end, _OCTET_STRING)
    if data[at:stop] != _PAGED_RESULTS:
        return b""
    if stop < end and data[stop] != _OCTET_STRING:  # criticality, which a response does not need but may have
        _, stop = _element(data, stop, end, data[stop])
    at, stop = _element(data, stop, end, _OCTET_STRING)
    at, stop = _element(data, at, stop, _SEQUENCE)
    _, size_end = _element(data, at, stop, _INTEGER)
    at, stop = _element(data, size_end, stop, _OCTET_STRING)
    return data[at:stop]


def _message_bounds(data: bytes, at: int) -> tuple[int, int]:
    """Where the content of the next LDAPMessage starts and ends; an end beyond `data` asks for that many bytes."""
    available = len(data) - at
    if available < 2:
        return at, at + 2
    if data[at] != _SEQUENCE:
        raise MalformedAnswer(f"a message starts with {data[at]:#x}")
    length, start = data[at + 1], at + 2
    if length > 127:
        count = _length_octets(length)
        if available < 2 + count:
            return at, at + 2 + count
        length, start = int.from_bytes(data[start : start + count], "big"), start + count
    if length > LARGEST_MESSAGE_BYTES:
        raise MalformedAnswer(f"a message of {length} bytes")
    return start, start + length


def _more(receive: Callable[[int], bytes], have: bytes, wanted: int) -> bytes:
    """What we have and at least as much more as is wanted."""
    parts, size = [have], len(have)
    while size < wanted:
        part = receive(max(_RECEIVE_BYTES, min(wanted - size, _LARGEST_RECEIVE_BYTES)))
        if not part:
            raise Disconnected("the server closed the connection")
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _element(data: bytes, at: int, end: int, tag: int) -> tuple[int, int]:
    """Where the content of the element at `at` starts and ends; it must have this tag and lie within `end`."""
    if at >= end or data[at] != tag:
        raise MalformedAnswer(f"an element of kind {tag:#x} is missing")
    length, start = data[at + 1], at + 2
    if length > 127:
        count = _length_octets(length)
        length, start = int.from_bytes(data[start : start + count], "big"), start + count
    if start + length > end:
        raise MalformedAnswer("an element reaches beyond what encloses it")
    return start, start + length


def _length_octets(first: int) -> int:
    count = first & 0x7F
    if not 1 <= count <= _MOST_LENGTH_OCTETS:
        raise MalformedAnswer("a length is indefinite or absurd")
    return count


def _integer(data: bytes, at: int, end: int) -> tuple[int, int]:
    at, stop = _element(data, at, end, _INTEGER)
    if stop - at > _MOST_LENGTH_OCTETS or stop >= end:
        raise MalformedAnswer("a message has no id, or nothing after it")
    return int.from_bytes(data[at:stop], "big", signed=True), stop


def _text(data: bytes, at: int, end: int, what: str) -> str:
    try:
        return data[at:end].decode()
    except UnicodeDecodeError as error:
        raise MalformedAnswer(f"{what} is not UTF-8 text") from error
