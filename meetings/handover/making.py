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
from meetings.store.mail_values import Claimed

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
        return {number: partial(self._made, desk, letter) for number, letter in found.items()}

    def _made(self, desk: Desk, letter: Letter) -> bytes:
        if letter.purpose in WITH_PDF and not letter.meeting.secret:
            letter = replace(letter, letter_pdf=self._pdf(desk, letter, letter.made or letter.at))
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
