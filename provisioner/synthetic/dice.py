"""Weighted choice that gives the same result on every Python version.

`Random.random()` is the only method whose sequence Python promises never to change; sums run left to right
(`accumulate`), because `sum()` of floats rounds differently since 3.12.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

Choice = TypeVar("Choice")


class Weighted(Generic[Choice]):
    """Things with weights that need not sum to anything."""

    def __init__(self, weights: Mapping[Choice, float]) -> None:
        self._choices = [choice for choice, weight in weights.items() if weight > 0]
        self._bounds = list(accumulate(weights[choice] for choice in self._choices))

    def pick(self, dice: Random) -> Choice:
        """One of the things."""
        place = bisect_right(self._bounds, dice.random() * self._bounds[-1])
        return self._choices[min(place, len(self._choices) - 1)]


def pick(dice: Random, choices: Sequence[Choice]) -> Choice:
    """One of equally likely things."""
    return choices[int(dice.random() * len(choices))]


def between(dice: Random, first: int, last: int) -> int:
    """A whole number from first to last, both included."""
    return first + int(dice.random() * (last - first + 1))
