"""Addresses as policy compares them: one normalised spelling and its domain, remembered because the same ones recur.

What is no address by `foundation.addresses` is refused, so none of the old ways to hide a second destination reaches a
route: a source route (`@a:b@c`), two unquoted `@`, a path without one (`a!b`). A percent sign, an exclamation mark or a
quoted `@` in a local part is just an odd name, which nobody here has.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple
from unicodedata import normalize

from foundation.addresses import Address, parse_address
from foundation.errors import InputError

_PLAIN: Final = re.compile(r"[a-z0-9_-]+(?:[.+][a-z0-9_-]+)*@(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*")
_PLAIN_LENGTH: Final = 64
"""Short enough that no part of it can be longer than RFC 5321 4.5.3.1 allows."""

_REMEMBERED: Final = 4096
DETAIL: Final = "+"
"""RFC 5233: `an+hop@` is the mailbox `an@`. Dovecot's recipient_delimiter says the same."""


class Spelled(NamedTuple):
    """An address in the one spelling by which we compare, and its domain (lower case, A-labels)."""

    address: str
    domain: str

    @property
    def without_detail(self) -> str:
        """The address without `+detail` in its local part; the same when there is none."""
        local, _, domain = self.address.rpartition("@")
        name, _, _ = local.partition(DETAIL)
        return f"{name}@{domain}" if name and not local.startswith('"') else self.address


@lru_cache(maxsize=_REMEMBERED)
def spelled(address: str) -> Spelled | None:
    """The spelling of this address, or None when it is none."""
    if len(address) <= _PLAIN_LENGTH and _PLAIN.fullmatch(address) and "-." not in address:
        return Spelled(address, address.rpartition("@")[2])
    try:
        local, domain = parse_address(address)
    except InputError:
        return None
    return Spelled(str(Address(normalize("NFC", local.lower()), domain)), domain)


def normalised(address: str) -> str:
    """The one spelling of this address, or nothing when it is none; for reading many of them once each."""
    found = spelled.__wrapped__(address)
    return found.address if found else ""
