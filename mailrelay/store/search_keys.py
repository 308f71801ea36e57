"""What a message can be found by, as 64-bit numbers: one small index serves every kind of question. Pure.

A key is the beginning of a digest of a kind and a normalised text. It saves space and comparisons; it hides nothing
(likely addresses can be tried), and two texts may share one, so whoever finds a row by its key looks at the row.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from typing import Literal
from unicodedata import normalize

from foundation.addresses import normalise
from foundation.errors import InputError

Kind = Literal["address", "message", "document", "issued", "envelope", "submission"]

_PLAIN = re.compile(r"[A-Za-z0-9._+=/~-]+@[A-Za-z0-9.-]+\Z")
_CACHED = 16_384  # the addresses of a busy hour; some 3 MB


def key(kind: Kind, text: str) -> int:
    """The signed 64-bit key of a normalised text."""
    digest = blake2b(f"{kind}\0{text}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


@lru_cache(maxsize=_CACHED)
def address_key(address: str) -> int:
    """The key of a mail address, however it is spelled (`foundation.addresses`); a text that is none has one too."""
    return key("address", comparable(address))


def comparable(address: str) -> str:
    """The spelling by which addresses are compared; never fails."""
    if _PLAIN.match(address):
        return address.lower()
    try:
        return normalise(address)
    except InputError:
        return normalize("NFC", address).lower()


def message_key(message_id: str) -> int:
    """The key of a Message-ID, with or without its angle brackets."""
    return key("message", message_id.strip().strip("<>"))


def document_key(document_number: str) -> int:
    """The key of a document number: spaces and case do not matter."""
    return key("document", _comparable_number(document_number))


def issued_key(document_number: str) -> int:
    """The key of the number of a document that an operator issued (`mailrelay send`): nobody else's stand there."""
    return key("issued", _comparable_number(document_number))


def _comparable_number(document_number: str) -> str:
    return "".join(normalize("NFC", document_number).split()).casefold()


def envelope_key(envelope_identifier: str) -> int:
    """The key of an ENVID (RFC 3461 4.4)."""
    return key("envelope", envelope_identifier)


def submission_key(account: str, message_id: str) -> int:
    """The key of what an account handed over under a Message-ID."""
    return key("submission", f"{account}\0{message_id}")
