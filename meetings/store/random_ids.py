"""Random names that say nothing: for links, sub-addresses and Message-IDs. 80 bits in base32, lower case.

80 bits: with a hundred million of them in use, a guess hits with a chance of one in 10^16; a web page that is asked a
thousand times a second needs longer than the office will stand. Base32 survives programs that change the case of local
parts. Links are signed besides (`meetings.links`).
"""

from __future__ import annotations

import base64
import secrets
from typing import Final

RANDOM_BYTES: Final = 10
LETTERS: Final = 16


def random_id() -> str:
    """One random name of 16 letters and digits."""
    return random_ids(1)[0]


def random_ids(count: int) -> list[str]:
    """Many at once: one question to the kernel's dice."""
    text = base64.b32encode(secrets.token_bytes(RANDOM_BYTES * count)).decode("ascii").lower()
    return [text[at : at + LETTERS] for at in range(0, LETTERS * count, LETTERS)]
