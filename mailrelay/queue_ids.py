"""Queue ids: the number of a message, and the thirteen characters in which people and replies spell it.

A number is 63 bits: microseconds since 2020 (51 bits, until 2091) and 12 random bits, so that numbers grow with time,
need no database to be given, and two daemons hardly ever choose the same (the primary key refuses it then). The
spelling is Crockford's base 32, whose letters cannot be mistaken for each other on the telephone.
"""

from __future__ import annotations

import random
from functools import lru_cache
from typing import Final

from foundation import clock

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES: Final = {letter: value for value, letter in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_PAIRS: Final = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_LENGTH: Final = 13
_START_MICROSECONDS: Final = 1_577_836_800_000_000  # 2020-01-01T00:00:00Z
_RANDOM_BITS: Final = 12
_SPELLED: Final = 4096  # a message is named in its reply, its records and its trace header, all within a moment
_dice = random.Random()  # noqa: S311 - a number is no secret, and asking the kernel gives the interpreter lock away
_last = 0


def new_number(at: int | None = None) -> int:
    """A new message number, greater than every one that this process gave before, even if the clock jumps back.

    `at` is the time now (microseconds since 1970), for whoever has just asked."""
    global _last
    elapsed = max((clock.now_microseconds() if at is None else at) - _START_MICROSECONDS, 0)
    number = elapsed << _RANDOM_BITS | _dice.getrandbits(_RANDOM_BITS)
    _last = number if number > _last else _last + 1
    return _last


def earliest(at: int) -> int:
    """The smallest number that a message accepted at this instant (microseconds since 1970) can have."""
    return max(at - _START_MICROSECONDS, 0) << _RANDOM_BITS


@lru_cache(maxsize=_SPELLED)
def spell(number: int) -> str:
    """The queue id of a message number."""
    pairs = _PAIRS
    first = f"{_ALPHABET[number >> 60 & 31]}{pairs[number >> 50 & 1023]}{pairs[number >> 40 & 1023]}"
    last = f"{pairs[number >> 20 & 1023]}{pairs[number >> 10 & 1023]}{pairs[number & 1023]}"
    return f"{first}{pairs[number >> 30 & 1023]}{last}"


def parse(text: str) -> int | None:
    """The number that a queue id spells, however a person typed it; None when it is none."""
    letters = text.strip().upper().replace("-", "")
    if len(letters) != _LENGTH or any(letter not in _VALUES for letter in letters):
        return None
    number = 0
    for letter in letters:
        number = number << 5 | _VALUES[letter]
    return number if number < 1 << 63 else None
