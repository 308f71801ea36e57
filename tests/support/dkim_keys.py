"""A DKIM key for tests and a verifier that finds its record without DNS: dkimpy, which we did not write."""

from __future__ import annotations

from functools import cache

import dkim
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from foundation.keys import dkim_record


@cache
def key() -> RSAPrivateKey:
    """One for all tests of a run: making a key takes a while."""
    return generate_private_key(65537, 2048)


def verifies(message: bytes, selector: str = "congvu", domain: str = "tinh.test") -> bool:
    """Whether dkimpy accepts the first signature of a message."""
    name = f"{selector}._domainkey.{domain}.".encode()

    def record(asked: bytes, timeout: int = 5) -> bytes:
        return dkim_record(key()).encode() if asked == name else b""

    return bool(dkim.verify(message, dnsfunc=record))
