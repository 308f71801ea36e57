"""Makes the bytes of claimed letters: the desk says what each is about, the invitations' room writes it, with the PDF.

The same promise gives the same bytes as long as templates and settings stay, so that a repeat is taken once. The PDF of
an edition is made when its first letter leaves, once; a machine that cannot make it sends the letter without, and the
log, a figure and the doctor say so: an invitation that arrives is worth more than its appearance.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Final

from foundation import logs
from foundation.clock import from_microseconds, microseconds
from foundation.errors import CongvuError
from foundation.rendering import Renderer
from foundation.storage import Transaction
from meetings.desk.letters_of import Sources, letters
from meetings.handover.courier import Make
from meetings.handover.gate import AREA
from meetings.invitations.facts import shown_meeting
from meetings.invitations.letter_pdf import make_pdf
from meetings.invitations.letters import Letter
from meetings.invitations.mime import Batch
from meetings.store import meetings
from meetings.store.mail_values import Claimed
from meetings.store.values import WHOLE

WITH_PDF: Final = frozenset({"request", "delegation"})


@dataclass(frozen=True, slots=True)
class Desk:
    """What letters are made with, of one configuration."""

    sources: Sources
    renderer: Renderer
    batch: Batch
    letterhead: Mapping[str, str]

    @classmethod
    def of(cls, sources: Sources, renderer: Renderer) -> Desk:
        return cls(sources, renderer, Batch(renderer), asdict(sources.office.letterhead))


class Making:
    """`prepare` reads the tables in the feeder's thread; what it returns is called in the senders' threads."""

    def __init__(self, sources: Sources, renderer: Renderer) -> None:
        self._desk = Desk.of(sources, renderer)
        self._missing = Lock()
        self._told: set[tuple[str, datetime]] = set()
        self.without_pdf = 0
        """Letters made without their PDF since the start."""

    def reload(self, sources: Sources, renderer: Renderer) -> None:
        """Other words, links and templates from the next batch on."""
        self._desk = Desk.of(sources, renderer)
        self._told = set()

    def prepare(self, transaction: Transaction, claimed: Sequence[Claimed]) -> dict[int, Make]:
        """How to make each letter; those that must not leave any more are left out."""
        desk = self._desk
        found = letters(transaction, [each.id for each in claimed], desk.sources)
        of = {each.id: each.meeting_id for each in claimed}
        editions = {number: _Editions.of(transaction, number) for number in {of[each] for each in found} if number}
        return {
            number: partial(self._made, desk, letter, _made_at(letter, editions.get(of[number])))
            for number, letter in found.items()
        }

    def _made(self, desk: Desk, letter: Letter, at: datetime) -> bytes:
        if letter.purpose in WITH_PDF and not letter.meeting.secret:
            letter = replace(letter, letter_pdf=self._pdf(desk, letter, at))
        return desk.batch.render(letter)

    def _pdf(self, desk: Desk, letter: Letter, at: datetime) -> bytes:
        """The giấy mời of this edition; empty when this machine cannot make it."""
        try:
            return make_pdf(
                shown_meeting(letter),
                letter.organisation,
                at=at,
                renderer=desk.renderer,
                occurrences=() if letter.lone else letter.occurrences,
                language=letter.language,
                **desk.letterhead,
            )
        except CongvuError as error:
            self._missed(letter.meeting.uid, at, error)
            return b""

    def _missed(self, uid: str, at: datetime, error: CongvuError) -> None:
        """Count it; the log says it once of an edition."""
        with self._missing:
            self.without_pdf += 1
            is_news = (uid, at) not in self._told
            self._told.add((uid, at))
        if is_news:
            told = f"{error.message.en}: {error.hint.en}" if error.hint else error.message.en
            logs.event(logging.ERROR, AREA, "letters leave without a PDF", meeting=uid, reason=told)


class _Editions:
    """When each edition of one meeting was made."""

    def __init__(self, made: Sequence[tuple[int, int, int]]) -> None:
        self._made = made

    @classmethod
    def of(cls, transaction: Transaction, meeting_id: int) -> _Editions:
        found = meetings.editions(transaction, meeting_id)
        return cls([(sequence, recurrence_id, at) for sequence, recurrence_id, _, at, _, _ in found])

    def at(self, sequence: int, recurrence_id: int) -> int | None:
        """When what is said at this SEQUENCE was made, of this occurrence or of the whole."""
        for wanted in dict.fromkeys((recurrence_id, WHOLE)):
            known = [at for own, which, at in self._made if which == wanted and own <= sequence]
            if known:
                return known[-1]
        return None


def _made_at(letter: Letter, editions: _Editions | None) -> datetime:
    recurrence_id = microseconds(letter.occurrences[0].recurrence_id) if letter.lone and letter.occurrences else WHOLE
    found = editions.at(letter.sequence, recurrence_id) if editions else None
    return from_microseconds(found) if found is not None else letter.at
