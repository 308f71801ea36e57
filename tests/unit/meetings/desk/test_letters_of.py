"""From promised mail to letters."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from foundation.clock import microseconds
from foundation.storage import Database
from meetings.desk import counters, deputies, letters_of, meetings_desk, reminding
from meetings.desk.context import Created
from meetings.invitations.facts import is_delegator
from meetings.invitations.letters import Letter
from meetings.meeting import Guest, Meeting, Place
from meetings.store import outbox, proposals
from tests.support.meeting_book import (
    AT,
    BINH,
    CHAIR,
    CUONG,
    DUNG,
    EVERYBODY,
    GIANG,
    HOUR,
    MINUTE,
    OFFICE,
    START,
    a_meeting,
    a_series,
    all_mails,
    answered,
    change,
    context,
    create,
    person,
    reply,
    send_all,
)
from tests.support.meeting_keys import links

ROOM = Place("", url="https://phong.tinh.test/chung")


def letters(database: Database, created: Created, room: Place | None = None) -> list[Letter]:
    """Of everything that waits, in order."""
    ids = [mail.id for mail in all_mails(database, created) if mail.state == "waiting"]
    sources = letters_of.Sources(OFFICE, links(), room)
    return list(database.read(lambda unit: letters_of.letters(unit, ids, sources)).values())


def test_the_same_mail_is_the_same_letter(database: Database) -> None:
    created = create(database)
    assert letters(database, created) == letters(database, created)


def test_every_letter_knows_when_the_meeting_was_made(database: Database) -> None:
    created = create(database)
    change(database, created, at=AT + 3 * HOUR, summary="Khác")
    assert {microseconds(each.created) for each in letters(database, created) if each.created} == {AT}


def test_a_new_person_of_a_series_gets_all_changed_occurrences(database: Database) -> None:
    created = create(database, a_series())
    second, third = START + timedelta(days=7), START + timedelta(days=14)
    change(database, created, occurrence=second, summary="Riêng lần này")
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + 2 * HOUR), third))
    send_all(database, AT + 3 * HOUR)
    change(database, created, guests=(*EVERYBODY, GIANG), at=AT + 3 * HOUR)
    (letter,) = letters(database, created)
    assert not letter.lone
    assert [(one.recurrence_id, one.meeting.status) for one in letter.occurrences] == [
        (second, "CONFIRMED"),
        (third, "CANCELLED"),
    ]
    assert letter.occurrences[0].meeting.summary == "Riêng lần này"


def test_a_lone_occurrence_shows_what_it_was(database: Database) -> None:
    created = create(database, a_series(), guests=(BINH,))
    send_all(database)
    second = START + timedelta(days=7)
    later = {"start": second + timedelta(hours=1), "end": second + timedelta(hours=3)}
    change(database, created, occurrence=second, **later)
    (letter,) = letters(database, created)
    assert letter.lone
    assert letter.meeting.rrule
    assert [(one.recurrence_id, one.meeting.start) for one in letter.occurrences] == [(second, later["start"])]
    assert letter.previous is not None
    assert (letter.previous.start, letter.previous.rrule) == (second, "")
    send_all(database, AT + 2 * HOUR)
    change(database, created, occurrence=second, summary="Khác", at=AT + 3 * HOUR)
    (again,) = letters(database, created)
    assert again.previous is not None
    assert again.previous.start == later["start"]


def test_who_is_removed_while_it_moves_hears_of_what_they_knew(database: Database) -> None:
    created = create(database)
    send_all(database)
    change(
        database,
        created,
        guests=(CHAIR, BINH, DUNG),
        start=START + timedelta(hours=1),
        end=START + timedelta(hours=3),
    )
    (farewell,) = (letter for letter in letters(database, created) if letter.purpose == "cancel")
    assert (farewell.meeting.start, farewell.sequence) == (START, 1)
    assert farewell.details["removed"] is True
    assert "shown" not in farewell.details
    assert (farewell.page_url, farewell.join_url) == ("", "")


def test_a_pair_knows_each_other_and_only_the_deputy_has_links(database: Database) -> None:
    created = create(database)
    send_all(database)
    binh = person(database, created, BINH.address).attendee.id
    proposal = database.run(
        lambda unit: deputies.propose(unit, created.id, binh, GIANG, "bận", "page", context(AT + HOUR))
    )
    consent = letters(database, created)
    assert [(one.recipient_address, bool(one.secretary_url)) for one in consent] == [
        (OFFICE.secretary, True),
        (CHAIR.address, True),
    ]
    assert consent[0].organiser_address == OFFICE.organiser
    send_all(database, AT + HOUR)
    database.run(lambda unit: deputies.consent(unit, proposal.id, context(AT + 2 * HOUR)))
    delegator, deputy = letters(database, created)
    assert delegator.counterpart is not None
    assert deputy.counterpart is not None
    assert (delegator.counterpart.guest.address, delegator.counterpart_partstat) == (GIANG.address, "NEEDS-ACTION")
    assert (deputy.counterpart.guest.address, deputy.counterpart_partstat) == (BINH.address, "DELEGATED")
    assert (delegator.page_url, delegator.join_url) == ("", "")
    assert deputy.page_url
    assert deputy.join_url


def test_who_sent_somebody_hears_of_a_change_with_the_name_of_their_deputy_and_no_links(database: Database) -> None:
    created = create(database)
    binh = person(database, created, BINH.address).attendee.id
    proposal = database.run(
        lambda unit: deputies.propose(unit, created.id, binh, GIANG, "bận", "page", context(AT + HOUR))
    )
    database.run(lambda unit: deputies.consent(unit, proposal.id, context(AT + 2 * HOUR)))
    send_all(database, AT + 2 * HOUR)
    change(database, created, at=AT + 3 * HOUR, start=START + timedelta(hours=1), end=START + timedelta(hours=3))
    of = {each.recipient_address: each for each in letters(database, created)}
    told = of[BINH.address]
    assert (told.purpose, is_delegator(told), told.page_url, told.join_url) == ("request", True, "", "")
    assert told.counterpart is not None
    assert told.counterpart.guest.address == GIANG.address
    assert not is_delegator(of[GIANG.address])
    assert of[GIANG.address].page_url


def test_a_letter_sent_again_knows_when_its_edition_was_made(database: Database) -> None:
    created = create(database)
    change(database, created, at=AT + 3 * HOUR, summary="Khác")
    send_all(database, AT + 3 * HOUR)
    database.run(lambda unit: meetings_desk.resend(unit, created.id, [BINH.address], context(AT + 99 * HOUR)))
    (again,) = letters(database, created)
    assert again.made is not None
    assert (microseconds(again.made), microseconds(again.at)) == (AT + 3 * HOUR, AT + 99 * HOUR)


@pytest.mark.parametrize(
    ("meeting", "room", "joins"),
    [
        (a_meeting(), None, {CHAIR: True, DUNG: False}),
        (a_meeting(places=(Place("Phòng họp"),)), None, {CHAIR: False, DUNG: False}),
        (a_meeting(places=(Place("Phòng họp"),)), ROOM, {CHAIR: True, DUNG: True}),
        (a_meeting(secret=True), ROOM, {CHAIR: False, DUNG: False}),
    ],
)
def test_a_join_link_leads_somewhere(
    database: Database, meeting: Meeting, room: Place | None, joins: dict[Guest, bool]
) -> None:
    created = create(database, meeting)
    found = {letter.recipient_address: bool(letter.join_url) for letter in letters(database, created, room)}
    assert {guest: found[guest.address] for guest in joins} == joins


def test_of_a_secret_meeting_a_letter_carries_nothing(database: Database) -> None:
    created = create(database, a_meeting(secret=True))
    for letter in letters(database, created, ROOM):
        assert letter.purpose == "neutral"
        assert (letter.page_url, letter.join_url, letter.feed_url, letter.room) == ("", "", "", None)


def test_a_full_list_names_everybody(database: Database) -> None:
    created = create(database, a_meeting(full_list=True))
    assert {len(letter.everybody) for letter in letters(database, created)} == {4}


def test_a_reminder_that_waited_says_no_old_time(database: Database) -> None:
    created = create(database, guests=(BINH,))
    send_all(database)
    at = microseconds(START) - HOUR
    database.run(lambda unit: reminding.due(unit, context(at, "timer"), reminding.ReminderRules((1,), 0)))
    (claimed,) = database.run(lambda unit: outbox.claim_due(unit, at, 10, at + MINUTE, "x"))
    database.run(lambda unit: outbox.put_off(unit, [outbox.PutOff(claimed.id, at, at + MINUTE)]))
    assert [letter.purpose for letter in letters(database, created)] == ["reminder"]
    change(database, created, at=at, start=START + timedelta(hours=4), end=START + timedelta(hours=5))
    assert [letter.purpose for letter in letters(database, created)] == ["request"]


def test_whom_the_directory_forgot_after_the_promise_gets_nothing(database: Database) -> None:
    created = create(database, guests=(BINH, CUONG))
    acting = context(AT + HOUR, unreachable=frozenset({BINH.address}))
    change(database, created, guests=(BINH, CUONG), acting=acting, summary="Mới")
    assert {letter.recipient_address for letter in letters(database, created)} == {CUONG.address}


def test_a_declined_time_is_named(database: Database) -> None:
    created = create(database)
    send_all(database)
    later = START + timedelta(hours=4)
    given = answered(BINH.address, "TENTATIVE", proposed_start=later, proposed_end=later + timedelta(hours=1))
    reply(database, created, given, method="COUNTER")
    (proposal,) = database.read(lambda unit: proposals.counters(unit, created.id))
    database.run(lambda unit: counters.decline(unit, proposal.id, "không được", context(AT + 3 * HOUR), created.id))
    (letter,) = letters(database, created)
    assert letter.details == {
        "reason": "không được",
        "proposed_start": later.isoformat(),
        "proposed_end": (later + timedelta(hours=1)).isoformat(),
        "in_reply_to": all_mails(database, created)[1].token,
    }


def test_another_link_of_the_office_speaks_from_its_own_address(database: Database) -> None:
    created = create(database, guests=(replace(BINH, aliases=("phong@tinh.test",)),))
    (letter,) = letters(database, created)
    assert letter.recipient is not None
    assert letter.organiser_address == f"hop+{letter.recipient.reply_token}@tinh.test"


@pytest.mark.parametrize("named", ["thuky.vp@tinh.test", ""])
def test_the_secretary_invites_for_the_organiser(database: Database, named: str) -> None:
    created = create(database, replace(a_meeting(), secretary=named))
    assert {letter.sent_by for letter in letters(database, created)} == {named or OFFICE.secretary}


def test_a_secretary_who_is_invited_is_not_told_of_herself(database: Database) -> None:
    created = create(database, replace(a_meeting(), secretary=BINH.address))
    sent_by = {letter.recipient_address: letter.sent_by for letter in letters(database, created)}
    assert sent_by.pop(BINH.address) == ""
    assert set(sent_by.values()) == {BINH.address}
