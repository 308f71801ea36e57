"""Whoever has another address than on the day of the invitation is known again, and nobody else."""

from __future__ import annotations

from dataclasses import replace

from foundation.storage import Database
from meetings.desk import answers as desk_answers
from meetings.desk import recognising
from meetings.desk.context import Created, Outcome
from meetings.meeting import Guest
from meetings.replies.values import Authentication, Envelope, Reading
from tests.support.meeting_book import AT, BINH, CHAIR, CUONG, HOUR, answered, context, create, line, reading

NEW = "binh.tran@tinh.test"
TODAY = replace(BINH, address=NEW, aliases=(BINH.address,))
OFFICE = Guest("vp@tinh.test", "Văn phòng Sở", agency="sxd", aliases=(CUONG.address,))


def submitted(uid: str, attendee: str, login: str) -> Reading:
    """An answer for `attendee` by whoever logged in as `login`."""
    found = (Authentication("auth", "pass", login),)
    return reading(uid, answered(attendee), sender=login, authentication=found, received_account=login)


def taken(database: Database, created: Created, attendee: str, login: str, *today: Guest) -> Outcome:
    mail = submitted(created.uid, attendee, login)
    guests = {address: guest for guest in today for address in (guest.address, *guest.aliases)}
    acting = context(AT + HOUR, "mail", guests=guests)
    envelope = Envelope(login, "hop@tinh.test")
    return database.run(lambda unit: desk_answers.take_in(unit, mail, envelope, b"raw", acting))


def test_a_new_address_answers_for_its_person_and_is_kept(database: Database) -> None:
    created = create(database)
    mail = submitted(created.uid, NEW, NEW)
    assert database.read(lambda unit: recognising.unknown(unit, mail)) == {NEW}
    asked = database.read(lambda unit: recognising.invited_among(unit, mail, {NEW: TODAY}))
    assert asked == {BINH.address}
    assert taken(database, created, NEW, NEW, TODAY).verdict == "counted"
    assert line(database, created, BINH.address).partstat == "ACCEPTED"
    assert not database.read(lambda unit: recognising.unknown(unit, mail))


def test_the_old_address_in_the_calendar_and_the_new_one_at_the_door(database: Database) -> None:
    created = create(database)
    assert taken(database, created, BINH.address, NEW).reason == "other_person"
    other = create(database)
    assert taken(database, other, BINH.address, NEW, TODAY).verdict == "counted"


def test_a_new_holder_answers_for_the_office(database: Database) -> None:
    created = create(database, guests=(CHAIR, OFFICE))
    now = replace(OFFICE, aliases=(NEW,))
    assert taken(database, created, OFFICE.address, NEW, now, replace(BINH, address=NEW)).verdict == "counted"


def test_an_office_does_not_answer_for_whoever_holds_it(database: Database) -> None:
    created = create(database)
    outcome = taken(database, created, OFFICE.address, OFFICE.address, OFFICE, CUONG)
    assert (outcome.verdict, outcome.reason) == ("held", "not_invited")
    outcome = taken(database, created, CUONG.address, OFFICE.address, replace(OFFICE, aliases=()), CUONG)
    assert (outcome.verdict, outcome.reason) == ("held", "other_person")


def test_a_colleague_does_not_answer_for_another(database: Database) -> None:
    created = create(database)
    assert taken(database, created, BINH.address, CUONG.address, BINH, CUONG).reason == "other_person"


def test_of_a_meeting_that_is_not_ours_nobody_is_asked_about(database: Database) -> None:
    mail = submitted("khong.co@noi.khac.example", NEW, NEW)
    assert not database.read(lambda unit: recognising.unknown(unit, mail))
    assert not database.read(lambda unit: recognising.invited_among(unit, mail, {NEW: TODAY}))
