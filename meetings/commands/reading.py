"""Reads the meetings database beside the daemon: one snapshot, changing nothing, and how long the answer took.

A meeting is named by its UID or its number; a number that several meetings have is a question, each of them named.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from foundation import clock
from foundation.command_line import invocation
from foundation.errors import InputError, Problem
from foundation.language import Text
from meetings.commands.asking import nothing_found

if TYPE_CHECKING:
    from foundation.storage import Transaction
    from meetings.store.values import StoredMeeting

T = TypeVar("T")


def read(work: Callable[[Transaction], T]) -> tuple[T, float]:
    """What the work finds, and the milliseconds that it took: opening the database is not part of the answer."""
    from meetings.store.opening import open_readonly

    with open_readonly(invocation().configuration) as database:
        database.read(lambda transaction: None)
        started = clock.monotonic()
        found = database.read(work)
        return found, round((clock.monotonic() - started) * 1000, 1)


def one_meeting(transaction: Transaction, who: str) -> StoredMeeting:
    """The meeting of this UID or number. Raises NothingFound, InputError when there are several."""
    from meetings.store import meetings

    found = meetings.find(transaction, who)
    if not found:
        raise nothing_found(Text("không có cuộc họp {who}", "there is no meeting {who}").format(who=who))
    if len(found) > 1:
        raise several(who, [(each.uid, each.meeting.summary, str(each.meeting.start)) for each in found])
    return found[0]


def several(who: str, candidates: list[tuple[str, str, str]]) -> InputError:
    """Which one is meant? (UID, summary, start) of each."""
    return InputError(
        Text("nhiều cuộc họp mang số {who}", "several meetings have the number {who}").format(who=who),
        Text("nêu UID thay cho số", "name the UID instead of the number"),
        tuple(
            Problem(
                "question",
                Text("{summary}, {start}", "{summary}, {start}").format(summary=summary, start=start),
                value=uid,
            )
            for uid, summary, start in candidates
        ),
    )
