"""The weekly schedule for the web: what was issued last, in the public cut or in a leader's, as page, PDF, calendar.

What was not issued is not shown; a meeting that has become secret since vanishes at once. A PDF costs seconds of the
processor, so each is made once, one at a time.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Literal

from foundation.language import Language
from foundation.printing.pages import print_page
from foundation.rendering import Renderer
from foundation.storage import Database, Transaction
from foundation.workdays import WorkCalendar
from meetings.desk.week import issued_table, log
from meetings.itip.objects import Party
from meetings.settings import MeetingsSettings
from meetings.store import week as editions
from meetings.week.calendar import week_calendar
from meetings.week.cuts import cut_any
from meetings.week.iso_week import IsoWeek
from meetings.week.page import Shown, inside, page
from meetings.week.table import PUBLIC, Cut, Edition

_KEPT: Final = 16
"""Ours: PDFs of the weeks that people look at; each has some tens of kilobytes."""


class IssuedWeeks:
    """Answers `meetings.web.asked.WeekPages` from the editions in the database."""

    def __init__(
        self,
        database: Database,
        settings: Callable[[], MeetingsSettings],
        renderer: Callable[[], Renderer],
        calendar: WorkCalendar | None = None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._renderer = renderer
        self._calendar = calendar or WorkCalendar()
        self._pdfs: OrderedDict[str, bytes] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()

    async def page(self, week: str, leader: str, language: Language) -> str | None:
        """The inside of `main`; None when nothing was issued, or nothing that concerns this leader."""
        shown = await self._shown(week, leader)
        return inside(shown, self._renderer(), language) if shown else None

    async def is_there(self, week: str, leader: str) -> bool:
        """Whether something was issued (that concerns this leader)."""
        return await self._shown(week, leader) is not None

    async def file(self, week: str, leader: str, kind: Literal["pdf", "ics"]) -> bytes | None:
        """The same as a file, in the language of the organisation."""
        return await (self._pdf(week, leader) if kind == "pdf" else self._ics(week, leader))

    async def _pdf(self, week: str, leader: str) -> bytes | None:
        shown = await self._shown(week, leader)
        if shown is None or shown.table.issued_at is None:
            return None
        text = page(shown, self._renderer(), self._settings().language)
        async with self._one_at_a_time:
            if text not in self._pdfs:
                epoch = str(int(shown.table.issued_at.timestamp()))
                self._pdfs[text] = await asyncio.to_thread(print_page, text, epoch)
                while len(self._pdfs) > _KEPT:
                    self._pdfs.popitem(last=False)
            self._pdfs.move_to_end(text)
            return self._pdfs[text]

    async def _ics(self, week: str, leader: str) -> bytes | None:
        settings, cut = self._settings(), leader or PUBLIC

        def work(transaction: Transaction) -> Edition | None:
            return editions.last(transaction, _week(week), settings.timezone)

        edition = await asyncio.to_thread(self._database.read, work)
        if edition is None or (leader and not cut_any(edition.rows, leader)):
            return None
        organizer = Party(settings.organiser, settings.organiser_name or settings.organisation)
        return week_calendar(edition.week, edition.rows, cut, organizer, edition.issued_at, settings.timezone)

    async def _shown(self, week: str, leader: str) -> Shown | None:
        settings, cut = self._settings(), leader or PUBLIC
        found = await asyncio.to_thread(self._database.read, lambda unit: self._read(unit, week, cut))
        if found is None or (leader and not found.table.rows and not any(entry.changes for entry in found.log)):
            return None
        return Shown(found.table, settings.organisation, self._calendar, found.reader, found.log)

    def _read(self, transaction: Transaction, week: str, cut: Cut) -> Shown | None:
        timezone = self._settings().timezone
        table = issued_table(transaction, _week(week), timezone, cut)
        if table is None:
            return None
        names = (each.name for row in table.rows for each in row.leaders if each.address == cut)
        return Shown(table, "", reader=next(names, ""), log=log(transaction, _week(week), timezone, cut))


def _week(name: str) -> IsoWeek:
    """The pages have checked that there is such a week."""
    year, _, number = name.partition("-W")
    return IsoWeek(int(year), int(number))
