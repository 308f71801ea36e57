"""Which of two answers counts: the pure heart of taking answers in.

Answers of one person to one occurrence are ordered by (SEQUENCE, DTSTAMP) as RFC 5546 2.1.5 has it; two of one second
by the digest of their mail, so that any order of arrival comes to the same end. An answer to a SEQUENCE before the last
one at which the person was asked (another time or place) is to the old time and never counts.
"""

from __future__ import annotations

from typing import Final, Literal

from meetings.store.values import Answer

Standing = Literal["counts", "duplicate", "stale", "answered_old_time"]

_SECOND_MICROSECONDS: Final = 1_000_000

Order = tuple[int, int, str]
"""(SEQUENCE, DTSTAMP, digest)."""


def order_of(answer: Answer) -> Order:
    """By which the answer that counts now is ordered; (-1, 0, "") when there was none."""
    return answer.sequence, answer.dtstamp, answer.digest


def bounded(sequence: int, dtstamp: int, digest: str, current_sequence: int, arrived_at: int) -> Order:
    """The order of an answer that came in. No answer is to an edition that we never made, and none is written after it
    arrived: a clock that is a year ahead must not have the last word for a year. Such a DTSTAMP counts as the beginning
    of the second in which the mail came, before a true one of that second: DTSTAMP has no fractions."""
    whole_second = arrived_at - arrived_at % _SECOND_MICROSECONDS
    return min(sequence, current_sequence), dtstamp if dtstamp <= arrived_at else whole_second - 1, digest


def standing(known: Answer, asked_sequence: int, new: Order) -> Standing:
    """What a new answer is to one that is known; `asked_sequence` is when the person was last asked."""
    if new == order_of(known):
        return "duplicate"
    if new < order_of(known):
        return "stale"
    if new[0] < asked_sequence:
        return "answered_old_time"
    return "counts"
