"""Whatever the office does to a meeting, and however its mails are delayed: in the end everybody's calendar is right.

Orders come in any order, between them some mails leave and some are put off; then everything leaves. Who is invited
sees exactly the meeting's occurrences, who is not, or who may not know any more, sees none.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as some

from foundation.clock import from_microseconds
from foundation.errors import InputError
from foundation.rendering import Renderer
from foundation.storage import Database, open_database
from meetings.desk import deputies, letters_of, meetings_desk
from meetings.invitations.mime import render
from meetings.meeting import Guest, Place
from meetings.store import attendees, occurrences, outbox, proposals
from meetings.store.values import StoredAttendee
from tests.support.calendar_client import CalendarClient, Sitting
from tests.support.meeting_book import (
    AT,
    BINH,
    CHAIR,
    CUONG,
    DUNG,
    GIANG,
    HOUR,
    MIGRATIONS,
    MINUTE,
    OFFICE,
    SECOND,
    START,
    ZONE,
    a_meeting,
    a_series,
    answered,
    change,
    context,
    create,
    reply,
    stored_of,
)
from tests.support.meeting_keys import links

PEOPLE = (BINH, CUONG, DUNG, GIANG, Guest("hoa@tinh.test", "Hoa", agency="stc"))
RENDERER = Renderer()
SOURCES = letters_of.Sources(OFFICE, links())
STEPS = 12


class Walk:
    """One meeting and what happens to it; `dice` decides."""

    def __init__(self, database: Database, dice: random.Random) -> None:
        self.database = database
        self.dice = dice
        self.at = AT
        self.number = 0
        self.clients: dict[str, CalendarClient] = {}
        meeting = a_series(4) if dice.random() < 0.75 else a_meeting()
        self.created = create(database, meeting, (CHAIR, *PEOPLE[:3]))

    def step(self) -> None:
        """One order, or some mails; what the desk refuses changes nothing."""
        self.at += self.dice.choice([SECOND // 2, SECOND, MINUTE])
        self.number += 1
        often = [self.words, self.occurrence, self.cancel_one, self.people, self.some_leave, self.deputy, self.consent]
        seldom = [self.time, self.places, self.take_deputy_out, self.answer, self.refresh, self.resend]
        rarely = [self.make_secret, self.cancel]
        kind = self.dice.choices([often, seldom, rarely], [70, 25, 3])[0]
        order: Callable[[], object] = self.dice.choice(kind)
        try:
            order()
        except InputError:
            return

    # ---- orders -----------------------------------------------------------------------------------------------------

    def words(self) -> None:
        change(self.database, self.created, at=self.at, summary=f"Họp {self.number}")

    def time(self) -> None:
        start = START + timedelta(hours=self.dice.randint(0, 5))
        change(self.database, self.created, at=self.at, start=start, end=start + timedelta(hours=2))

    def places(self) -> None:
        places = (Place(f"Phòng {self.number}"), Place("Điểm cầu", ("stc",)))
        change(self.database, self.created, at=self.at, places=places)

    def occurrence(self) -> None:
        rows = self.database.read(lambda unit: occurrences.of_meeting(unit, self.created.id))
        was = from_microseconds(self.dice.choice(rows).recurrence_id).astimezone(ZONE)
        start = was + timedelta(hours=self.dice.randint(0, 6))
        facts = {"start": start, "end": start + timedelta(hours=1), "summary": f"Buổi {self.number}"}
        change(self.database, self.created, at=self.at, occurrence=was, **facts)

    def cancel_one(self) -> None:
        rows = self.database.read(lambda unit: occurrences.of_meeting(unit, self.created.id))
        was = from_microseconds(self.dice.choice(rows).recurrence_id).astimezone(ZONE)
        acting = context(self.at)
        self.database.run(lambda unit: meetings_desk.cancel(unit, self.created.id, acting, occurrence=was))

    def people(self) -> None:
        guests = (CHAIR, *self.dice.sample(PEOPLE, self.dice.randint(1, 4)))
        change(self.database, self.created, guests, at=self.at)

    def deputy(self) -> None:
        who = self.dice.choice(self.everybody()).attendee
        new = Guest(f"thay{self.number}@tinh.test", "Người đi thay", agency=who.guest.agency)
        deputy, acting = self.dice.choice([new, *PEOPLE]), context(self.at)
        self.database.run(
            lambda unit: deputies.propose(
                unit, self.created.id, who.id, deputy, "", "command", acting, other_agency=True
            )
        )

    def consent(self) -> None:
        waiting = self.database.read(lambda unit: proposals.deputies(unit, self.created.id))
        for one in waiting:
            if one.state == "open":
                self.database.run(lambda unit: deputies.consent(unit, one.id, context(self.at)))  # noqa: B023

    def take_deputy_out(self) -> None:
        found = [one.attendee for one in self.everybody() if one.attendee.delegated_from and not one.attendee.removed]
        change(self.database, self.created, at=self.at, removed=[one.guest.address for one in found[:1]])

    def answer(self) -> None:
        self._said(self.dice.choice(["ACCEPTED", "DECLINED", "DELEGATED"]), "REPLY")

    def refresh(self) -> None:
        self._said("", "REFRESH")

    def _said(self, partstat: str, method: str) -> None:
        who = self.dice.choice(self.everybody()).attendee.guest.address
        sequence = stored_of(self.database, self.created).sequence
        said = answered(who, partstat, sequence, seconds=self.number * 60)
        reply(self.database, self.created, said, self.at, method=method, digest=bytes([self.number]) * 32)

    def resend(self) -> None:
        self.database.run(lambda unit: meetings_desk.resend(unit, self.created.id, [], context(self.at)))

    def make_secret(self) -> None:
        change(self.database, self.created, at=self.at, secret=True)

    def cancel(self) -> None:
        self.database.run(lambda unit: meetings_desk.cancel(unit, self.created.id, context(self.at)))

    # ---- mails ------------------------------------------------------------------------------------------------------

    def some_leave(self) -> None:
        self.leave(self.dice.randint(1, 5), 0.3)

    def leave(self, limit: int, put_off: float) -> bool:
        """Claim some mails; each leaves or is put off. False when none was due."""
        at = self.at
        claimed = self.database.run(lambda unit: outbox.claim_due(unit, at, limit, at + HOUR, "test"))
        found = self.database.read(lambda unit: letters_of.letters(unit, [one.id for one in claimed], SOURCES))
        for one in claimed:
            if self.dice.random() < put_off:
                later = outbox.PutOff(one.id, at, at + MINUTE, "451 later")
                self.database.run(lambda unit: outbox.put_off(unit, [later]))  # noqa: B023
                continue
            gone = outbox.HandedOver(one.id, at, "250 2.0.0 queued")
            self.database.run(lambda unit: outbox.handed_over(unit, [gone]))  # noqa: B023
            if one.id in found:
                client = self.clients.setdefault(one.address, CalendarClient())
                client.take(render(found[one.id], RENDERER))
        return bool(claimed)

    # ---- the end ----------------------------------------------------------------------------------------------------

    def everybody(self) -> list[StoredAttendee]:
        return self.database.read(lambda unit: attendees.of_meeting(unit, self.created.id))

    def wanted(self) -> set[Sitting]:
        stored = stored_of(self.database, self.created)
        if stored.meeting.secret or stored.status == "CANCELLED":
            return set()
        rows = self.database.read(lambda unit: occurrences.of_meeting(unit, self.created.id))
        said = [occurrences.said_by(stored.meeting, one) for one in rows if one.status == "CONFIRMED"]
        return {(one.start.astimezone(UTC), one.end.astimezone(UTC), one.summary) for one in said}

    def check(self) -> None:
        """Everything leaves; then all calendars are right, and who sends somebody has not answered otherwise."""
        self.at += HOUR
        while self.leave(1000, 0):
            pass
        wanted = self.wanted()
        for one in self.everybody():
            client = self.clients.get(one.attendee.guest.address, CalendarClient())
            assert client.sittings == (set() if one.attendee.removed else wanted), one.attendee.guest.address
            if one.attendee.delegated_to is not None and not one.attendee.removed:
                assert one.attendee.partstat == "DELEGATED"


@given(some.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_in_the_end_every_calendar_is_right(dice: random.Random) -> None:
    with TemporaryDirectory() as folder, open_database(f"sqlite://{Path(folder)}", "meetings", MIGRATIONS) as database:
        walk = Walk(database, dice)
        for _ in range(STEPS):
            walk.step()
        walk.check()
