"""Which addresses are taken in: the organiser's and that of delivery reports, with and without a +detail. Pure."""

from __future__ import annotations

from collections.abc import Collection

from foundation.addresses import normalise
from foundation.errors import InputError


def own_address(recipient: str, own: Collection[str]) -> str:
    """Which of these addresses (normalised) is meant by a recipient, or nothing: `Hop+x7@tinh.test` is hop@tinh.test
    (RFC 5233)."""
    try:
        address = normalise(recipient)
    except InputError:
        return ""
    if address in own:
        return address
    local, _, domain = address.rpartition("@")
    plain = f"{local.partition('+')[0]}@{domain}"
    return plain if plain in own and not local.startswith('"') else ""
