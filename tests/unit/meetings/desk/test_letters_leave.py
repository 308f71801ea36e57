"""Whatever the desk promises becomes a mail: each purpose once, with its calendar judged on the way."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes

import pytest

from foundation.clock import microseconds
from foundation.rendering import Renderer
from foundation.storage import Database
from meetings.desk import counters, deputies, letters_of, meetings_desk, reminding
from meetings.desk.context import Created
from meetings.invitations.mime import render
from meetings.meeting import Guest
from meetings.store import proposals
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

LATER = {"start": START + timedelta(hours=1), "end": START + timedelta(hours=3)}


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer()


def leave(database: Database, created: Created, renderer: Renderer, at: int) -> list[tuple[str, str]]:
    """Render everything that waits, hand it over; (purpose, METHOD or nothing) in order, each twice the same bytes."""
    ids = [mail.id for mail in all_mails(database, created) if mail.state == "waiting"]
    sources = letters_of.Sources(OFFICE, links())
    found = database.read(lambda unit: letters_of.letters(unit, ids, sources))
    assert list(found) == ids
    told = []
    for letter in found.values():
        mail = render(letter, renderer)
        assert mail == render(letter, renderer)
        parts = message_from_bytes(mail).walk()
        methods = [part.get_param("method") for part in parts if part.get_content_type() == "text/calendar"]
        told.append((letter.purpose, str(methods[0]) if methods else ""))
    send_all(database, at)
    return list(dict.fromkeys(told))


def test_a_meeting_from_invitation_to_cancel(database: Database, renderer: Renderer) -> None:
    created = create(database)
    assert leave(database, created, renderer, AT) == [("request", "REQUEST")]
    change(database, created, guests=(CHAIR, BINH, DUNG, GIANG), **LATER)
    assert leave(database, created, renderer, AT + HOUR) == [("request", "REQUEST"), ("cancel", "CANCEL")]
    given = answered(BINH.address, "TENTATIVE", 1, proposed_start=START, proposed_end=START + timedelta(hours=1))
    reply(database, created, given, method="COUNTER")
    assert leave(database, created, renderer, AT + 3 * HOUR) == [("waiting", "")]
    (proposal,) = database.read(lambda unit: proposals.counters(unit, created.id))
    database.run(lambda unit: counters.decline(unit, proposal.id, "không", context(AT + 3 * HOUR), created.id))
    assert leave(database, created, renderer, AT + 3 * HOUR) == [("declinecounter", "DECLINECOUNTER")]
    at = microseconds(START) - 20 * HOUR
    database.run(lambda unit: reminding.due(unit, context(at), reminding.ReminderRules((24,), 24)))
    assert leave(database, created, renderer, at) == [("reminder", ""), ("alarm", "")]
    database.run(lambda unit: meetings_desk.resend(unit, created.id, [BINH.address], context(at + MINUTE)))
    assert leave(database, created, renderer, at + HOUR) == [("request", "REQUEST")]
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(at + HOUR), None, "bão"))
    assert leave(database, created, renderer, at + HOUR) == [("cancel", "CANCEL")]


def test_a_series_and_its_occurrences(database: Database, renderer: Renderer) -> None:
    created = create(database, a_series())
    leave(database, created, renderer, AT)
    second, third = START + timedelta(days=7), START + timedelta(days=14)
    later = {"start": second + timedelta(hours=1), "end": second + timedelta(hours=3)}
    change(database, created, occurrence=second, **later)
    assert leave(database, created, renderer, AT + HOUR) == [("request", "REQUEST")]
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + 2 * HOUR), third))
    assert leave(database, created, renderer, AT + 2 * HOUR) == [("cancel", "CANCEL")]
    change(database, created, guests=(*EVERYBODY, GIANG), at=AT + 3 * HOUR)
    assert leave(database, created, renderer, AT + 3 * HOUR) == [("request", "REQUEST")]
    at = microseconds(second)
    database.run(lambda unit: reminding.due(unit, context(at), reminding.ReminderRules((2,), 2)))
    assert leave(database, created, renderer, at) == [("reminder", ""), ("alarm", "")]
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(at)))
    assert leave(database, created, renderer, at) == [("cancel", "CANCEL")]


def test_standing_in(database: Database, renderer: Renderer) -> None:
    created = create(database, a_meeting(full_list=True))
    leave(database, created, renderer, AT)
    agreed = propose(database, created, BINH, GIANG)
    assert leave(database, created, renderer, AT + HOUR) == [("consent", "")]
    database.run(lambda unit: deputies.consent(unit, agreed, context(AT + 2 * HOUR)))
    assert leave(database, created, renderer, AT + 2 * HOUR) == [("delegation", "REQUEST")]
    refused = propose(database, created, CUONG, Guest("khac@tinh.test", "Người Khác", agency="sxd"))
    leave(database, created, renderer, AT + 2 * HOUR)
    database.run(lambda unit: deputies.refuse(unit, refused, "cần đúng người", context(AT + 3 * HOUR)))
    assert leave(database, created, renderer, AT + 3 * HOUR) == [("refusal", "")]
    change(database, created, at=AT + 4 * HOUR, **LATER)
    assert leave(database, created, renderer, AT + 4 * HOUR) == [("request", "REQUEST")]
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + 5 * HOUR)))
    assert leave(database, created, renderer, AT + 5 * HOUR) == [("cancel", "CANCEL")]


def propose(database: Database, created: Created, who: Guest, deputy: Guest) -> int:
    delegator = person(database, created, who.address).attendee.id
    acting = context(AT + HOUR, "page")
    proposal = database.run(
        lambda unit: deputies.propose(unit, created.id, delegator, deputy, "bận họp", "page", acting)
    )
    return proposal.id


def test_secret_meetings(database: Database, renderer: Renderer) -> None:
    born = create(database, a_meeting(secret=True))
    assert leave(database, born, renderer, AT) == [("neutral", "")]
    made = create(database, a_series(number="16/GM-UBND"))
    leave(database, made, renderer, AT)
    change(database, made, secret=True)
    assert leave(database, made, renderer, AT + HOUR) == [("cancel", "CANCEL"), ("neutral", "")]
    database.run(lambda unit: meetings_desk.cancel(unit, made.id, context(AT + 2 * HOUR), None, "lộ"))
    assert leave(database, made, renderer, AT + 2 * HOUR) == [("neutral", "")]
    agreed = propose(database, born, BINH, GIANG)
    assert leave(database, born, renderer, AT + HOUR) == [("consent", "")]
    database.run(lambda unit: deputies.consent(unit, agreed, context(AT + 2 * HOUR)))
    assert leave(database, born, renderer, AT + 2 * HOUR) == [("neutral", "")]
