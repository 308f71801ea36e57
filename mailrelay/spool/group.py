"""What one unit of work of the ledger carries: messages to accept, outcomes to note, attempts to begin."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from foundation.errors import StorageError
from foundation.storage import ConstraintViolated, StatementRefused, Transaction
from mailrelay.store import acceptance, attempts
from mailrelay.store.values import Accepted, AttemptStart, NewMessage, Outcome, RepeatedIdentifier, StoredBody

_MESSAGES = 256  # in one unit: with the bodies some megabytes, and some 20 ms of the writer's time
_INLINE_BYTES = 8 << 20
_CALLS = 512

_log = logging.getLogger(__name__)

Done = Callable[[Exception | None], None]
Result = tuple[list[Accepted | RepeatedIdentifier], list[StoredBody]]


@dataclass(slots=True)
class Accepting:
    """A message, and whom to tell."""

    message: NewMessage
    done: Callable[[Accepted | None, Exception | None], None]


@dataclass(slots=True)
class Starting:
    """Attempts about to begin, and whom to tell."""

    starts: Sequence[AttemptStart]
    done: Done


@dataclass(slots=True)
class Finishing:
    """Outcomes, and whom to tell."""

    outcomes: Sequence[Outcome]
    done: Done


@dataclass(slots=True)
class Group:
    """The members of one unit of work. Outcomes come before starts: a recipient may be tried again at once. They come
    before messages too: new bodies then fill the pages that ended ones leave, and each such page is written once."""

    accepting: list[Accepting] = field(default_factory=list)
    finishing: list[Finishing] = field(default_factory=list)
    starting: list[Starting] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.accepting) + len(self.finishing) + len(self.starting)

    def store(self, transaction: Transaction, keep_body_seconds: float) -> Result:
        """Do all of it; returns the answers to the messages, and the bodies that no row names any more."""
        answers: list[Accepted | RepeatedIdentifier] = []
        released: list[StoredBody] = []
        if self.finishing:
            outcomes = [outcome for finishing in self.finishing for outcome in finishing.outcomes]
            released = attempts.finish(transaction, outcomes, keep_body_seconds)
        if self.accepting:
            answers = acceptance.accept(transaction, [accepting.message for accepting in self.accepting])
        if self.starting:
            attempts.start(transaction, [begun for starting in self.starting for begun in starting.starts])
        return answers, released

    def divided(self) -> tuple[Group, Group]:
        """What fits into one unit, and the rest."""
        count = min(len(self.accepting), _MESSAGES)
        while count > 1 and _inline_bytes(self.accepting[:count]) > _INLINE_BYTES:
            count //= 2
        rest = Group(self.accepting[count:], self.finishing[_CALLS:], self.starting[_CALLS:])
        return Group(self.accepting[:count], self.finishing[:_CALLS], self.starting[:_CALLS]), rest

    def members(self) -> list[Group]:
        """Each member as a group of its own."""
        return [
            *(Group(accepting=[accepting]) for accepting in self.accepting),
            *(Group(finishing=[finishing]) for finishing in self.finishing),
            *(Group(starting=[starting]) for starting in self.starting),
        ]

    def fail(self, error: BaseException) -> None:
        """Tell everybody that it came to nothing."""
        told = error if isinstance(error, Exception) else RuntimeError(repr(error))
        for accepting in self.accepting:
            call(accepting.done, None, told)
        for done in self.plain_answers():
            call(done, told)

    def plain_answers(self) -> list[Done]:
        """Whom to tell of outcomes and starts."""
        return [*(finishing.done for finishing in self.finishing), *(starting.done for starting in self.starting)]


def is_member_at_fault(error: BaseException) -> bool:
    """Whether the unit failed because of what it carried, so that its other members may succeed without it."""
    return isinstance(error, (ConstraintViolated, StatementRefused)) or not isinstance(error, StorageError)


def call(done: Callable[..., None], *arguments: Any) -> None:
    """Tell one caller; its own error is not its neighbours'."""
    try:
        done(*arguments)
    except Exception:
        _log.exception("an answer of the ledger failed")


def _inline_bytes(accepting: Sequence[Accepting]) -> int:
    return sum(len(member.message.body.inline or b"") for member in accepting)
