"""Personal links with a key of the tests."""

from __future__ import annotations

from datetime import date
from functools import cache

from foundation.keys import KINDS, Key, Keyring, key_id
from meetings.links import Links


@cache
def links() -> Links:
    """Always the same."""
    algorithm, secret = KINDS["links"].algorithm, b"\x07" * 32
    return Links(
        Keyring((Key(key_id(algorithm, secret), date(2026, 11, 1), algorithm, secret),)), "https://hop.tinh.test"
    )
