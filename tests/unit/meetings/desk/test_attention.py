"""The secretary hears that something waits: at once, then once a quarter of an hour, and never in vain."""

from __future__ import annotations

from datetime import timedelta

from foundation.storage import Database
from meetings.desk import deciding, letters_of
from meetings.desk.attention import BETWEEN_MICROSECONDS
from meetings.desk.context import Created
from tests.support.meeting_book import (
    AT,
    BINH,
    CUONG,
    HOUR,
    MINUTE,
    OFFICE,
    START,
    all_mails,
    answered,
    context,
    create,
    reply,
    send_all,
)
from tests.support.meeting_keys import links


def called(database: Database, created: Created) -> list[int]:
    """When the calls to the secretary are due, in minutes after the first mail came."""
    mails = [mail for mail in all_mails(database, created) if mail.purpose == "waiting"]
    assert all(mail.address == OFFICE.secretary for mail in mails)
    return [(int(mail.details["due"]) - AT - HOUR) // MINUTE for mail in mails]


def hold(database: Database, created: Created, minutes: int, comment: str = "") -> int:
    """Somebody for whom nobody vouches answers so many minutes after the first."""
    given = answered(BINH.address, "DECLINED", comment=comment or str(minutes))
    outcome = reply(database, created, given, at=AT + HOUR + minutes * MINUTE, detail="")
    assert outcome.verdict == "held"
    return outcome.incoming_id


def test_a_held_answer_calls_the_secretary_at_once(database: Database) -> None:
    created = create(database)
    hold(database, created, 0)
    assert called(database, created) == [0]


def test_more_within_a_quarter_of_an_hour_is_told_by_one_mail_at_its_end(database: Database) -> None:
    created = create(database)
    for minutes in (0, 1, 2, 14, 16, 29):
        hold(database, created, minutes)
    assert called(database, created) == [0, 15, 30]
    hold(database, created, 300)
    assert called(database, created) == [0, 15, 30, 300]


def test_a_proposed_time_calls_the_secretary(database: Database) -> None:
    created = create(database)
    later = START + timedelta(hours=4)
    given = answered(CUONG.address, "TENTATIVE", proposed_start=later, proposed_end=later + timedelta(hours=1))
    assert reply(database, created, given, at=AT + HOUR, method="COUNTER").verdict == "counted"
    assert called(database, created) == [0]


def test_an_answer_that_counts_calls_nobody(database: Database) -> None:
    created = create(database)
    assert reply(database, created, answered(BINH.address)).verdict == "counted"
    assert called(database, created) == []


def test_a_call_for_what_was_decided_meanwhile_does_not_leave(database: Database) -> None:
    created = create(database)
    send_all(database)
    held = hold(database, created, 0)
    (waiting,) = [mail.id for mail in all_mails(database, created) if mail.purpose == "waiting"]
    sources = letters_of.Sources(OFFICE, links())
    letter = database.read(lambda unit: letters_of.letters(unit, [waiting], sources))[waiting]
    assert "/s/" in letter.secretary_url
    acting = context(AT + HOUR + MINUTE)
    database.run(lambda unit: deciding.decide_held(unit, held, False, acting))
    assert database.read(lambda unit: letters_of.letters(unit, [waiting], sources)) == {}


def test_a_clock_that_was_set_back_silences_nobody(database: Database) -> None:
    created = create(database)
    hold(database, created, 24 * 60)
    hold(database, created, 0)
    assert called(database, created) == [24 * 60, 0]
    assert BETWEEN_MICROSECONDS == 15 * MINUTE
