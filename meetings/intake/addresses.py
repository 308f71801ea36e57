"""Which addresses are taken in: the organiser's and that of delivery reports, with and without a +detail. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from foundation.addresses import normalise
from foundation.errors import InputError

_SIMPLE: Final = re.compile(r"([a-z0-9.-]{1,20})(?:\+[a-z0-9]{1,40})?(@[a-z0-9.-]+)")
"""How our own letters name us; a local part has 64 octets at most (RFC 5321 4.5.3.1.1)."""


def own_address(recipient: str, own: Collection[str]) -> str:
    """Which of these addresses (normalised) is meant by a recipient, or nothing: `Hop+x7@tinh.test` is hop@tinh.test
    (RFC 5233)."""
    simple = _SIMPLE.fullmatch(recipient)
    if simple is not None and simple[1] + simple[2] in own:
        return simple[1] + simple[2]
    try:
        address = normalise(recipient)
    except InputError:
        return ""
    if address in own:
        return address
    local, _, domain = address.rpartition("@")
    plain = f"{local.partition('+')[0]}@{domain}"
    return plain if plain in own and not local.startswith('"') else ""
