"""Reminders and alarms."""

from __future__ import annotations

from datetime import timedelta

import pytest

from foundation.clock import microseconds
from foundation.errors import InputError
from foundation.storage import Database
from meetings.desk import meetings_desk, reminding
from meetings.desk.reminding import ReminderRules, alarm_details
from tests.support.meeting_book import (
    AT,
    BINH,
    CHAIR,
    CUONG,
    EVERYBODY,
    GIANG,
    HOUR,
    MINUTE,
    START,
    a_meeting,
    a_series,
    all_mails,
    answered,
    change,
    context,
    create,
    mails,
    reply,
    send_all,
)

RULES = ReminderRules((24, 1), 24)
BEGINNING = microseconds(START)


def due(database: Database, at: int, rules: ReminderRules = RULES) -> int:
    return database.run(lambda unit: reminding.due(unit, context(at, "timer"), rules))


def test_a_meeting_that_moves_is_reminded_of_anew(database: Database) -> None:
    created = create(database, guests=(BINH,))
    send_all(database)
    due(database, BEGINNING - 24 * HOUR)
    send_all(database, BEGINNING)
    later = START + timedelta(days=7)
    change(database, created, at=BEGINNING - 23 * HOUR, start=later, end=later + timedelta(hours=2))
    send_all(database, BEGINNING)
    due(database, BEGINNING + 6 * 24 * HOUR)
    assert mails(database, created)[0] == ("reminder", BINH.address)


def test_of_marks_that_passed_unseen_only_the_last_is_told(database: Database) -> None:
    created = create(database, guests=(BINH,))
    send_all(database)
    assert due(database, BEGINNING - 30 * MINUTE, ReminderRules((48, 24, 1), 0)) == 1
    assert due(database, BEGINNING - 20 * MINUTE, ReminderRules((48, 24, 1), 0)) == 0
    assert [purpose for purpose, _ in mails(database, created)] == ["reminder"]


def test_who_was_just_invited_is_not_reminded(database: Database) -> None:
    created = create(database, guests=(BINH,))
    send_all(database)
    change(database, created, guests=(BINH, GIANG), at=BEGINNING - 10 * HOUR)
    send_all(database, BEGINNING)
    due(database, BEGINNING - 9 * HOUR, ReminderRules((24,), 0))
    assert mails(database, created) == [("reminder", BINH.address)]


@pytest.mark.parametrize("left", [True, False], ids=["left after the mark", "has yet to leave"])
def test_whose_invitation_was_late_is_not_reminded_on_top_of_it(database: Database, left: bool) -> None:
    created = create(database, guests=(BINH,))
    if left:
        send_all(database, BEGINNING - 23 * HOUR)
    due(database, BEGINNING - 23 * HOUR + MINUTE, ReminderRules((24,), 0))
    assert "reminder" not in {purpose for purpose, _ in mails(database, created)}
    send_all(database, BEGINNING - 22 * HOUR)
    due(database, BEGINNING - HOUR, ReminderRules((1,), 0))
    assert mails(database, created) == [("reminder", BINH.address)]


def test_a_cancelled_or_secret_meeting_reminds_nobody(database: Database) -> None:
    cancelled = create(database)
    database.run(lambda unit: meetings_desk.cancel(unit, cancelled.id, context(AT + HOUR)))
    secret = create(database, a_meeting(secret=True, number="16/GM-UBND"))
    send_all(database, BEGINNING)
    due(database, BEGINNING - 2 * HOUR)
    assert {purpose for purpose, _ in mails(database, secret)} == {"alarm"}
    assert mails(database, cancelled) == []
    for created in (cancelled, secret):
        with pytest.raises(InputError):
            database.run(lambda unit: reminding.remind_now(unit, created.id, context(AT + 2 * HOUR)))  # noqa: B023


def test_an_occurrence_of_a_series_is_reminded_of_by_itself(database: Database) -> None:
    created = create(database, a_series(), guests=(BINH, CUONG))
    send_all(database)
    second = START + timedelta(days=7)
    reply(database, created, answered(CUONG.address, "DECLINED", recurrence_id=second))
    due(database, microseconds(second) - HOUR, ReminderRules((2,), 0))
    waiting = [(mail.address, mail.recurrence_id) for mail in all_mails(database, created) if mail.state == "waiting"]
    assert waiting == [(BINH.address, microseconds(second))]


def test_reminding_by_hand_takes_those_who_have_not_answered(database: Database) -> None:
    created = create(database)
    reply(database, created, answered(BINH.address))
    told = database.run(lambda unit: reminding.remind_now(unit, created.id, context(AT + 3 * HOUR)))
    assert BINH.address not in told.reminded
    assert len(told.reminded) == len(EVERYBODY) - 1
    more = database.run(lambda unit: reminding.remind_now(unit, created.id, context(AT + 3 * HOUR), everybody=True))
    assert (more.reminded, len(more.already)) == ((BINH.address,), 3)
    later = database.run(lambda unit: reminding.remind_now(unit, created.id, context(AT + 4 * HOUR), everybody=True))
    assert len(later.reminded) == 4


def test_the_alarm_names_who_is_not_reached_and_who_is_silent(database: Database) -> None:
    created = create(database, guests=(CHAIR, BINH, CUONG))
    send_all(database)
    due(database, BEGINNING - 24 * HOUR, ReminderRules((), 24))
    alarm = all_mails(database, created)[-1]
    assert (alarm.purpose, alarm.attendee_id, alarm.details["total"]) == ("alarm", None, 3)
    assert alarm.details["people"][1] == {
        "name": BINH.name,
        "address": BINH.address,
        "telephone": BINH.telephone,
        "agency": BINH.agency_name,
        "delivery": "queued",
        "answer": "NEEDS-ACTION",
    }


def test_no_alarm_when_all_is_well() -> None:
    assert alarm_details([]) == {"people": [], "total": 0}
