"""Which of two answers counts."""

from __future__ import annotations

import pytest

from meetings.desk.ordering import Order, Standing, bounded, order_of, standing
from meetings.store.values import Answer


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ((1, 100, "a"), "duplicate"),
        ((1, 99, "z"), "stale"),
        ((0, 500, "z"), "stale"),
        ((1, 101, "a"), "counts"),
        ((2, 1, "a"), "counts"),
        ((1, 100, "b"), "counts"),
    ],
)
def test_sequence_then_dtstamp_then_digest(new: Order, expected: Standing) -> None:
    assert standing(Answer(1, sequence=1, dtstamp=100, digest="a"), 0, new) == expected


def test_an_answer_to_the_old_time_is_known_as_such() -> None:
    never_answered = Answer(1)
    assert standing(never_answered, 2, (1, 100, "")) == "answered_old_time"
    assert standing(never_answered, 2, (2, 100, "")) == "counts"


def test_an_old_answer_after_a_newer_one_is_only_late() -> None:
    assert standing(Answer(1, sequence=2, dtstamp=100), 2, (1, 500, "")) == "stale"


def test_nobody_answers_an_edition_that_never_was_nor_from_the_future() -> None:
    arrived = 7_500_000
    assert bounded(99, 9_000_000, "x", 3, arrived) == (3, 6_999_999, "x")
    assert bounded(1, 7_000_000, "x", 3, arrived) == (1, 7_000_000, "x")


def test_nothing_answered_is_before_everything() -> None:
    assert order_of(Answer(1)) < (0, 0, "")
