"""Answers that nobody could read: they wait for the secretary, who says as what they count."""

from __future__ import annotations

from datetime import timedelta

import pytest

from foundation.errors import InputError
from foundation.storage import Database
from meetings.desk import answers, deciding
from meetings.desk.context import Outcome
from meetings.desk.for_whom import with_attendees
from meetings.meeting import PartStat
from meetings.replies.reading import read
from meetings.replies.values import Envelope
from meetings.store import incoming
from tests.support.meeting_book import (
    AT,
    BINH,
    CUONG,
    DUNG,
    HOUR,
    START,
    answered,
    change,
    context,
    create,
    line,
    mails,
    person,
    reply,
    send_all,
)
from tests.support.reply_mails import OURS, calendar, event, mail, mixed, part

LATER = {"start": START + timedelta(hours=1), "end": START + timedelta(hours=3)}


def cut_off(uid: str) -> bytes:
    """An answer whose VEVENT is not closed."""
    text = calendar(event(f"ATTENDEE;PARTSTAT=DECLINED:mailto:{BINH.address}", uid=uid))
    return mail(part(text[: text.index("END:VEVENT")]), sender=f"Bình <{BINH.address}>")


def came(database: Database, raw: bytes, to: str, at: int = AT + 2 * HOUR) -> Outcome:
    acting = context(at, "mail")
    return database.run(
        lambda unit: answers.take_in(unit, read(raw, ours=OURS), Envelope("x@y.example", to), raw, acting)
    )


def decide(database: Database, held: Outcome, partstat: PartStat | None, attendee: str = "") -> Outcome:
    acting = context(AT + 5 * HOUR)
    return database.run(
        lambda unit: deciding.decide_held(unit, held.incoming_id, True, acting, counts_as=partstat, attendee=attendee)
    )


@pytest.mark.parametrize("by_token", [True, False], ids=["sub-address", "UID"])
def test_a_cut_off_answer_waits_for_the_secretary_who_is_told(database: Database, by_token: bool) -> None:
    created = create(database)
    send_all(database)
    token = person(database, created, BINH.address).attendee.reply_token
    raw = cut_off("of no meeting" if by_token else created.uid)
    done = came(database, raw, f"hop+{token}@tinh.test" if by_token else "hop@tinh.test")
    assert (done.verdict, done.reason, done.meeting_id) == ("held", "unreadable", created.id)
    (held,) = database.read(lambda unit: with_attendees(unit, incoming.held(unit, created.id)))
    assert (held.sender, held.subject) == (BINH.address, "Declined: x")
    assert (held.attendee, held.invited) == ((BINH.address, True) if by_token else ("", False))
    assert database.read(lambda unit: incoming.raw_of(unit, held.id)) == raw
    assert ("waiting", "thuky@tinh.test") in mails(database, created)


def test_an_answer_with_too_many_fields_still_says_from_whom_it_is(database: Database) -> None:
    created = create(database)
    token = person(database, created, BINH.address).attendee.reply_token
    raw = mail("X-Filler: " + "x" * 900_000 + "\n" + part(calendar(event())))
    assert came(database, raw, f"hop+{token}@tinh.test").verdict == "held"
    (held,) = database.read(lambda unit: incoming.held(unit, created.id))
    assert (held.reason, held.sender, held.message_id) == ("too_large", "an@khach.example", "1@khach.example")


def test_without_a_meeting_it_goes_to_the_secretarys_mailbox(database: Database) -> None:
    done = came(database, cut_off("of no meeting"), "hop@tinh.test")
    assert (done.verdict, done.reason, done.forward_to) == ("passed_on", "unreadable", "thuky@tinh.test")


def test_about_a_meeting_that_is_over_there_is_nothing_to_decide(database: Database) -> None:
    created = create(database)
    done = came(database, cut_off(created.uid), "hop@tinh.test", at=AT + 24 * 30 * HOUR)
    assert (done.verdict, done.forward_to) == ("passed_on", "thuky@tinh.test")


def test_the_secretary_says_as_what_it_counts(database: Database) -> None:
    created = create(database)
    token = person(database, created, BINH.address).attendee.reply_token
    held = came(database, cut_off(created.uid), f"hop+{token}@tinh.test")
    with pytest.raises(InputError):
        decide(database, held, None)
    done = decide(database, held, "DECLINED")
    assert (done.verdict, [guest.address for guest in done.whose]) == ("counted", [BINH.address])
    found = line(database, created, BINH.address)
    assert (found.partstat, found.answered_via) == ("DECLINED", "held")
    with pytest.raises(InputError):
        decide(database, held, "ACCEPTED")


def test_for_whom_it_counts_must_be_somebody_who_is_invited(database: Database) -> None:
    created = create(database)
    held = came(database, cut_off(created.uid), "hop@tinh.test")
    for attendee in ("", "ai.do@noi.khac.example"):
        with pytest.raises(InputError):
            decide(database, held, "ACCEPTED", attendee)
    assert decide(database, held, "ACCEPTED", "cuong.cu@tinh.test").verdict == "counted"
    assert line(database, created, CUONG.address).partstat == "ACCEPTED"


def test_it_counts_as_of_when_it_came(database: Database) -> None:
    """What the person answered since stands, and a time that was changed since is not answered by it."""
    created = create(database)
    send_all(database)
    tokens = {one.address: person(database, created, one.address).attendee.reply_token for one in (BINH, DUNG)}
    held = {name: came(database, cut_off(created.uid), f"hop+{token}@tinh.test") for name, token in tokens.items()}
    reply(database, created, answered(BINH.address, "ACCEPTED", seconds=3 * 3600), at=AT + 3 * HOUR)
    change(database, created, at=AT + 4 * HOUR, **LATER)
    for name, reason in ((BINH.address, "stale"), (DUNG.address, "answered_old_time")):
        late = decide(database, held[name], "DECLINED")
        assert (late.verdict, late.reason) == ("ignored", reason)


def test_its_files_go_on_once_it_counts(database: Database) -> None:
    created = create(database)
    file = part(b"%PDF", "application/pdf", 'Content-Disposition: attachment; filename="bao-cao.pdf"')
    text = calendar(event(f"ATTENDEE;PARTSTAT=DECLINED:mailto:{BINH.address}", uid=created.uid))
    raw = mail(mixed(part(text[: text.index("END:VEVENT")]), file))
    held = came(database, raw, "hop@tinh.test")
    assert (held.verdict, database.read(incoming.to_forward)) == ("held", [])
    decide(database, held, "DECLINED", BINH.address)
    (goes_on,) = database.read(incoming.to_forward)
    assert (goes_on.forward_to, goes_on.raw) == ("thuky@tinh.test", raw)


def test_a_held_answer_may_count_as_something_else(database: Database) -> None:
    created = create(database)
    held = reply(database, created, answered("la@khac.example", "ACCEPTED"), sender="la@khac.example")
    assert held.reason == "not_invited"
    assert decide(database, held, "TENTATIVE", BINH.address).verdict == "counted"
    assert line(database, created, BINH.address).partstat == "TENTATIVE"
