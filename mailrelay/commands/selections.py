"""What people type to choose messages, turned into how the queue stores it. Pure."""

from __future__ import annotations

from foundation.addresses import ascii_domain, normalise
from foundation.errors import InputError, UsageError
from foundation.language import Text

_KINDS = ("local", "refused")


def destination_as_stored(text: str) -> str:
    """`bo.example` is `domain:bo.example`, `hop@tinh.test` is `address:hop@tinh.test`; `local` stands for itself.

    Raises UsageError."""
    word = text.strip()
    if not word or word in _KINDS:
        return word
    kind, _, name = word.rpartition(":")
    try:
        if kind not in ("", "domain", "address"):
            raise ValueError(word)
        return f"address:{normalise(name)}" if "@" in name else f"domain:{ascii_domain(name)}"
    except (ValueError, InputError):
        raise UsageError(
            Text("{value} không phải nơi đến", "{value} is not a destination").format(value=word[:80]),
            Text(
                "viết local, một tên miền hoặc một địa chỉ có đường riêng",
                "write local, a domain, or an address that has a route",
            ),
        ) from None
