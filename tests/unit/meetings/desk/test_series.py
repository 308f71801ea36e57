"""What people answer to single occurrences, and which occurrence comes next: seen by clash checks, lists and pages."""

from __future__ import annotations

from datetime import datetime, timedelta

from foundation.clock import microseconds
from foundation.storage import Database
from meetings.desk import meetings_desk, views
from meetings.desk.answers import answer_from_page
from meetings.desk.context import Created
from meetings.form.values import BusyQuestion
from meetings.meeting import Guest, PartStat
from meetings.store import occurrences
from tests.support.meeting_book import (
    AT,
    BINH,
    CUONG,
    HOUR,
    START,
    a_series,
    change,
    context,
    create,
    person,
    stored_of,
)

SECOND_TUESDAY = START + timedelta(days=7)


def answer(
    database: Database, created: Created, guest: Guest, partstat: PartStat, occurrence: datetime | None = None
) -> None:
    attendee = person(database, created, guest.address).attendee
    acting = context(AT + HOUR)
    database.run(
        lambda unit: answer_from_page(unit, attendee.public_id, attendee.link_serial, partstat, "", occurrence, acting)
    )


def busy_starts(database: Database, guest: Guest) -> list[int]:
    question = BusyQuestion((guest.address,), START, START + timedelta(days=60))
    found = database.read(lambda unit: views.busy(unit, question))
    return [microseconds(interval.start) for interval in found.get(guest.address, [])]


def test_who_declined_one_occurrence_is_free_then_and_busy_at_the_others(database: Database) -> None:
    created = create(database, a_series())
    second = microseconds(SECOND_TUESDAY)
    answer(database, created, BINH, "DECLINED", SECOND_TUESDAY)
    answer(database, created, BINH, "ACCEPTED")
    assert len(busy_starts(database, BINH)) == 3
    assert second not in busy_starts(database, BINH)
    assert len(busy_starts(database, CUONG)) == 4


def test_who_declined_the_series_and_comes_once_is_busy_once(database: Database) -> None:
    created = create(database, a_series())
    second = microseconds(SECOND_TUESDAY)
    answer(database, created, BINH, "DECLINED")
    answer(database, created, BINH, "ACCEPTED", SECOND_TUESDAY)
    assert busy_starts(database, BINH) == [second]


def test_an_answer_to_one_occurrence_is_told_beside_that_to_the_series(database: Database) -> None:
    created = create(database, a_series())
    second = microseconds(SECOND_TUESDAY)
    answer(database, created, BINH, "DECLINED", SECOND_TUESDAY)
    answer(database, created, BINH, "ACCEPTED")
    answer(database, created, CUONG, "ACCEPTED")
    view = database.read(lambda unit: views.view_of(unit, stored_of(database, created)))
    apart = {line.address: [(each.recurrence_id, each.partstat) for each in line.apart] for line in view.people}
    assert apart[BINH.address] == [(second, "DECLINED")]
    assert apart[CUONG.address] == []
    (listed,) = database.read(lambda unit: views.listed(unit, AT, AT + 10_000 * HOUR))
    assert (listed.accepted, listed.apart) == (2, 1)


def test_a_series_stands_where_it_sits_next(database: Database) -> None:
    created = create(database, a_series())
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + HOUR), START, "bận"))
    (listed,) = database.read(lambda unit: views.listed(unit, AT, AT + 10_000 * HOUR))
    assert listed.next_start_at == microseconds(SECOND_TUESDAY)
    after = microseconds(START + timedelta(days=40))
    (over,) = database.read(lambda unit: views.listed(unit, AT, after, at=after))
    assert (over.next_start_at, over.over) == (None, True)


def test_a_new_rule_keeps_cancelled_and_changed_occurrences_that_it_still_has(database: Database) -> None:
    created = create(database, a_series(4))
    third, fourth = START + timedelta(days=14), START + timedelta(days=21)
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + HOUR), SECOND_TUESDAY, "bận"))
    change(database, created, occurrence=third, content="Riêng buổi này", at=AT + 2 * HOUR)
    change(database, created, occurrence=fourth, content="Buổi cuối", at=AT + 3 * HOUR)
    done = change(database, created, rrule="FREQ=WEEKLY;COUNT=3;BYDAY=TU", at=AT + 4 * HOUR)
    (dropped,) = [problem.message.vi for problem in done.warnings if problem.column == "rrule"]
    assert "bỏ 1 buổi" in dropped
    kept = database.read(lambda unit: occurrences.of_meeting(unit, created.id))
    stored = stored_of(database, created)
    content = stored.meeting.content
    assert [(one.status, (one.override or stored.meeting).content) for one in kept] == [
        ("CONFIRMED", content),
        ("CANCELLED", content),
        ("CONFIRMED", "Riêng buổi này"),
    ]


def test_another_hour_of_the_series_drops_what_was_changed(database: Database) -> None:
    created = create(database, a_series(4))
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + HOUR), SECOND_TUESDAY, "bận"))
    later = {"start": START + timedelta(hours=1), "end": START + timedelta(hours=3)}
    done = change(database, created, at=AT + 4 * HOUR, **later)
    assert any("bỏ 1 buổi" in problem.message.vi for problem in done.warnings)
    assert not database.read(lambda unit: occurrences.changed_of(unit, created.id))
