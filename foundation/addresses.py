"""One meaning of "the same mail address": parse, normalise, compare.

An address is local part and domain after RFC 5321 4.1.2, with UTF-8 in both (RFC 6531) and with quoted local parts; the
comparison ignores case in the whole address. RFC 5321 2.4 lets a foreign host tell cases apart, but hardly any does,
and giving "An.Nguyen@" to one person and "an.nguyen@" to another would break promise 6 of the design.

It does not read "Name <address>", comments or groups (those belong to a mail parser), and it asks no DNS.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple
from unicodedata import normalize

from foundation.errors import InputError, Problem
from foundation.language import Text

LOCAL_PART_OCTETS: Final = 64
"""RFC 5321 4.5.3.1.1."""
DOMAIN_OCTETS: Final = 253
"""RFC 1035 2.3.4: 255 octets on the wire are 253 characters."""
LABEL_OCTETS: Final = 63
"""RFC 1035 2.3.4."""
ADDRESS_OCTETS: Final = 254
"""RFC 5321 4.5.3.1.3: a path of 256 octets, less the angle brackets."""

_ATOM: Final = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~\-"
_ASCII_DOT_ATOM: Final = re.compile(rf"[{_ATOM}]+(\.[{_ATOM}]+)*")
_DOT_ATOM: Final = re.compile(rf"[{_ATOM}\u00a1-\U0010ffff]+(\.[{_ATOM}\u00a1-\U0010ffff]+)*")
_QUOTED: Final = re.compile(r'"((?:[ !#-\[\]-~\u00a1-\U0010ffff]|\\[ -~])*)"')
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_LITERAL: Final = re.compile(r"\[(?:\d{1,3}(?:\.\d{1,3}){3}|ipv6:[0-9a-f:.]+)\]")

_HINT: Final = Text(
    "một địa chỉ có dạng ten@tinh.example, không có dấu cách, không kèm tên hiển thị",
    "an address looks like name@province.example, without spaces and without a display name",
)


class Address(NamedTuple):
    """A mail address: `local` is the local part without quotes, as written; `domain` is lower case ASCII (A-labels)."""

    local: str
    domain: str

    def __str__(self) -> str:
        if _DOT_ATOM.fullmatch(self.local):
            return f"{self.local}@{self.domain}"
        escaped = re.sub(r'(["\\])', r"\\\1", self.local)
        return f'"{escaped}"@{self.domain}'

    @property
    def is_ascii(self) -> bool:
        """Whether servers without SMTPUTF8 can carry it."""
        return self.local.isascii()


def parse_address(text: str) -> Address:
    """Read one bare address (spaces around it are ignored). Raises InputError with the reason."""
    written, _, domain = normalize("NFC", text.strip()).rpartition("@")
    if not written or not domain:
        raise _refused(
            text, Text("thiếu dấu @, phần tên hoặc tên miền", "the @, the local part or the domain is missing")
        )
    local = _local_part(written, text)
    address = Address(local, _domain(domain, text))
    if len(str(address).encode()) > ADDRESS_OCTETS:
        raise _refused(text, Text("địa chỉ dài quá 254 byte", "the address is longer than 254 octets"))
    return address


def normalise(text: str) -> str:
    """The one spelling of an address by which we store keys and compare: NFC, lower case, domain in A-labels.

    Raises InputError as `parse_address` does.
    """
    local, domain = parse_address(text)
    return str(Address(normalize("NFC", local.lower()), domain))


def same_address(one: str, other: str) -> bool:
    """Whether two texts mean one address; a text that is no address is the same as nothing."""
    try:
        return normalise(one) == normalise(other)
    except InputError:
        return False


def without_detail(address: str) -> str:
    """The mailbox of an address with a detail (RFC 5233): an+hop@tinh.test is an@tinh.test. A quoted local part has
    none, and neither has one that begins with the sign; what is no address stays as it is."""
    local, at, domain = address.rpartition("@")
    name = "" if local.startswith('"') else local.partition("+")[0]
    return f"{name}{at}{domain}" if name else address


def is_valid_local_part(local: str) -> bool:
    """Whether this may be the local part of an address we give out: an ASCII dot-atom of at most 64 octets."""
    return len(local) <= LOCAL_PART_OCTETS and _ASCII_DOT_ATOM.fullmatch(local) is not None


def _local_part(written: str, text: str) -> str:
    quoted = _QUOTED.fullmatch(written)
    local = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else written
    if not quoted and not (_DOT_ATOM.fullmatch(local) and _is_printable(local)):
        raise _refused(
            text,
            Text(
                "phần trước @ có dấu cách, ký tự không cho phép hoặc dấu chấm sai chỗ",
                "the part before @ has a space, a character that is not allowed, or a misplaced dot",
            ),
        )
    if quoted and not _is_printable(local.replace(" ", "")):
        raise _refused(text, Text("phần trước @ có ký tự điều khiển", "the part before @ has a control character"))
    if len(written.encode()) > LOCAL_PART_OCTETS:
        raise _refused(text, Text("phần trước @ dài quá 64 byte", "the part before @ is longer than 64 octets"))
    return local


def _is_printable(text: str) -> bool:
    """No controls, no unassigned characters, no spaces of any kind, nothing that turns the writing direction."""
    return text.isprintable() and not any(letter.isspace() for letter in text)


def _domain(domain: str, text: str) -> str:
    try:
        return ascii_domain(domain)
    except ValueError:
        raise _refused(text, Text("tên miền không hợp lệ", "the domain is not valid")) from None


@lru_cache(maxsize=1024)
def ascii_domain(domain: str) -> str:
    """A domain name or address literal in lower case ASCII; non-ASCII labels become A-labels. Raises ValueError.

    The standard library maps labels after RFC 3490 (IDNA 2003), which agrees with RFC 5891 for all Vietnamese letters.
    """
    lower = normalize("NFC", domain).lower()
    if _LITERAL.fullmatch(lower):
        return _checked_literal(lower)
    try:
        name = lower if lower.isascii() else lower.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise ValueError(f"not a domain: {domain!r}") from error
    labels = name.split(".")
    if len(name) > DOMAIN_OCTETS or not all(_LABEL.fullmatch(label) and len(label) <= LABEL_OCTETS for label in labels):
        raise ValueError(f"not a domain: {domain!r}")
    if labels[-1].isdigit():  # RFC 3696 2: a top label of digits alone would be an IP address without brackets
        raise ValueError(f"not a domain: {domain!r}")
    return name


def _checked_literal(literal: str) -> str:
    from ipaddress import ip_address

    inner = literal[1:-1]
    return f"[ipv6:{ip_address(inner[5:])}]" if inner.startswith("ipv6:") else f"[{ip_address(inner)}]"


def _refused(text: str, reason: Text) -> InputError:
    message = Text("địa chỉ thư không hợp lệ: {why}", "not a mail address: {why}").format(why=reason)
    return InputError(message, _HINT, (Problem("error", message, value=text, hint=_HINT),))
