"""Changes and cancellations: SEQUENCE, DTSTAMP, who is mailed, who is asked anew, what no draft can get around."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from foundation.clock import microseconds
from foundation.errors import InputError
from foundation.storage import Database
from meetings.desk import deputies, meetings_desk, showing
from meetings.desk.context import Created
from meetings.meeting import Contact, Guest, Place
from meetings.store import answers, occurrences, outbox
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
    SECOND,
    START,
    a_meeting,
    a_series,
    all_mails,
    answered,
    change,
    context,
    create,
    line,
    mails,
    person,
    records,
    reply,
    send_all,
    stored_of,
)

LATER = {"start": START + timedelta(hours=1), "end": START + timedelta(hours=3)}


def test_sequence_grows_by_one_with_every_change_and_dtstamp_with_every_mail(database: Database) -> None:
    created = create(database)
    send_all(database)
    change(database, created, at=AT, summary="Một")
    send_all(database, AT + 2 * SECOND)
    change(database, created, guests=(*EVERYBODY, GIANG), at=AT)
    send_all(database, AT + 3 * SECOND)
    database.run(lambda unit: meetings_desk.resend(unit, created.id, [BINH.address], context(AT)))
    told = [(mail.sequence, mail.dtstamp) for mail in all_mails(database, created) if mail.address == BINH.address]
    assert [sequence for sequence, _ in told] == [0, 1, 2]
    stamps = sorted({mail.dtstamp for mail in all_mails(database, created)})
    assert len(stamps) == 4
    assert all(stamp % SECOND == 0 for stamp in stamps)


def test_a_change_that_changes_nothing_is_none(database: Database) -> None:
    created = create(database)
    done = change(database, created)
    assert done.unchanged
    assert (done.sequence, done.promised) == (0, 0)
    assert records(database) == ["meeting.created"]


def test_another_time_asks_everybody_anew(database: Database) -> None:
    created = create(database)
    send_all(database)
    reply(database, created, answered(BINH.address))
    change(database, created, at=AT + 3 * HOUR, **LATER)
    assert line(database, created, BINH.address).partstat == "NEEDS-ACTION"
    assert stored_of(database, created).time_sequence == 1


def test_other_words_leave_answers_as_they_are(database: Database) -> None:
    created = create(database)
    send_all(database)
    reply(database, created, answered(BINH.address))
    done = change(database, created, at=AT + 3 * HOUR, content="Nội dung khác")
    assert done.promised == 4
    assert line(database, created, BINH.address).partstat == "ACCEPTED"
    assert stored_of(database, created).time_sequence == 0


def test_what_nobody_sees_mails_nobody(database: Database) -> None:
    created = create(database)
    send_all(database)
    done = change(database, created, secretary="thu.ky.khac@tinh.test")
    assert (done.sequence, done.promised, done.unchanged) == (1, 0, False)


def test_an_update_never_tried_replaces_the_invitation_that_waits(database: Database) -> None:
    created = create(database, guests=(BINH,))
    change(database, created, at=AT, summary="Mới")
    assert [(mail.sequence, mail.state) for mail in all_mails(database, created)] == [(0, "withdrawn"), (1, "waiting")]
    assert send_all(database) == [BINH.address]


def test_a_cancelled_meeting_cannot_be_changed(database: Database) -> None:
    created = create(database)
    send_all(database)
    cancelled = database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + HOUR), None, "bão"))
    assert cancelled.mailed == {"cancel": tuple(guest.address for guest in EVERYBODY)}
    assert all_mails(database, created)[-1].details == {"reason": "bão"}
    with pytest.raises(InputError):
        change(database, created, summary="Mới")
    with pytest.raises(InputError):
        database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + HOUR)))
    assert records(database)[-1] == "meeting.cancelled"


def test_a_meeting_that_is_over_cannot_be_changed(database: Database) -> None:
    created = create(database)
    with pytest.raises(InputError, match="is over and cannot be changed"):
        change(database, created, at=microseconds(START) + 3 * HOUR, start=START + timedelta(days=9))


def test_a_series_is_changed_until_its_last_occurrence_is_over(database: Database) -> None:
    created = create(database, a_series())
    late = microseconds(START) + 24 * HOUR
    with pytest.raises(InputError, match="is over and cannot be changed"):
        change(database, created, at=late, occurrence=START, summary="Họp bù")
    assert change(database, created, at=late, summary="Họp khác").sequence == 1


def test_nobody_left_is_no_meeting(database: Database) -> None:
    created = create(database, guests=(BINH,))
    with pytest.raises(InputError):
        change(database, created, guests=())


def test_another_time_of_a_series_drops_changed_occurrences_and_says_so(database: Database) -> None:
    created = create(database, a_series())
    second = START + timedelta(days=7)
    change(database, created, occurrence=second, start=second + timedelta(hours=1), end=second + timedelta(hours=3))
    reply(database, created, answered(BINH.address, "DECLINED", recurrence_id=START + timedelta(days=14)))
    done = change(database, created, at=AT + 3 * HOUR, **LATER)
    assert [problem.column for problem in done.warnings] == ["rrule"]
    found = database.read(lambda unit: occurrences.of_meeting(unit, created.id))
    assert [one.override for one in found] == [None] * 4
    assert found[1].recurrence_id == microseconds(second + timedelta(hours=1))
    binh = person(database, created, BINH.address).attendee.id
    kept = database.read(lambda unit: answers.of_attendee(unit, created.id, binh))
    assert [one.recurrence_id for one in kept] == [0]


def test_other_words_of_a_series_reach_its_changed_occurrences(database: Database) -> None:
    created = create(database, a_series())
    second = START + timedelta(days=7)
    change(database, created, occurrence=second, summary="Riêng lần này")
    change(database, created, at=AT + 3 * HOUR, summary="Tên mới", content="Nội dung mới")
    (own,) = database.read(lambda unit: occurrences.changed_of(unit, created.id))
    assert own.override is not None
    assert (own.override.summary, own.override.content) == ("Riêng lần này", "Nội dung mới")


def test_a_changed_occurrence_asks_anew_about_itself_alone(database: Database) -> None:
    created = create(database, a_series())
    reply(database, created, answered(BINH.address))
    second = START + timedelta(days=7)
    change(
        database,
        created,
        occurrence=second,
        at=AT + 3 * HOUR,
        start=second + timedelta(hours=1),
        end=second + timedelta(hours=3),
    )
    assert line(database, created, BINH.address).partstat == "ACCEPTED"
    assert line(database, created, BINH.address, microseconds(second)).partstat == "NEEDS-ACTION"
    old = answered(BINH.address, "ACCEPTED", recurrence_id=second, seconds=100)
    assert reply(database, created, old).reason == "answered_old_time"
    new = answered(BINH.address, "ACCEPTED", 1, recurrence_id=second, seconds=200)
    assert reply(database, created, new).verdict == "counted"


def test_occurrences_that_are_none_are_refused(database: Database) -> None:
    single = create(database)
    with pytest.raises(InputError):
        database.run(lambda unit: meetings_desk.cancel(unit, single.id, context(), START))
    series = create(database, a_series(number="16/GM-UBND"))
    nowhere = START + timedelta(days=1)
    with pytest.raises(InputError):
        database.run(lambda unit: meetings_desk.cancel(unit, series.id, context(), nowhere))
    second = START + timedelta(days=7)
    database.run(lambda unit: meetings_desk.cancel(unit, series.id, context(), second))
    with pytest.raises(InputError):
        database.run(lambda unit: meetings_desk.cancel(unit, series.id, context(), second))
    with pytest.raises(InputError):
        change(database, series, occurrence=START, secret=True)


def test_whom_the_directory_no_longer_knows_stays_and_is_mailed_nothing(database: Database) -> None:
    """Suspended between invitation and change."""
    created = create(database)
    send_all(database)
    acting = context(AT + HOUR, unreachable=frozenset({BINH.address}))
    done = change(database, created, guests=(CHAIR, CUONG, DUNG), acting=acting, summary="Mới")
    assert done.mailed == {"request": (CHAIR.address, CUONG.address, DUNG.address)}
    assert [problem.value for problem in done.warnings] == [BINH.address]
    assert line(database, created, BINH.address).unreachable
    shown = database.read(lambda unit: showing.show(unit, stored_of(database, created)))
    assert {"code": "unreachable", "address": BINH.address} in shown["warnings"]
    send_all(database, AT + 2 * HOUR)
    back = change(
        database, created, guests=EVERYBODY, acting=context(AT + 3 * HOUR, unreachable=frozenset()), content="Khác"
    )
    assert BINH.address in back.mailed["request"]


def test_whom_the_directory_no_longer_knows_leaves_when_taken_out_by_name(database: Database) -> None:
    created = create(database)
    send_all(database)
    acting = context(AT + HOUR, unreachable=frozenset({BINH.address}))
    done = change(database, created, guests=(CHAIR, CUONG, DUNG), acting=acting, removed=(BINH.address,))
    assert [one.guest.address for one in done.removed] == [BINH.address]
    assert done.mailed == {}


def test_somebody_with_a_new_address_stays_the_same_attendee(database: Database) -> None:
    created = create(database)
    send_all(database)
    renamed = replace(BINH, address="binh.moi@tinh.test", aliases=(BINH.address,))
    done = change(database, created, guests=(CHAIR, renamed, CUONG, DUNG), summary="Mới")
    assert (done.added, done.removed) == ((), ())
    assert reply(database, created, answered("binh.moi@tinh.test", sequence=1)).verdict == "counted"
    assert line(database, created, BINH.address).partstat == "ACCEPTED"


def test_a_deputy_stays_and_goes_with_the_delegator(database: Database) -> None:
    created = create(database)
    send_all(database)
    stand_in(database, created)
    send_all(database, AT + 3 * HOUR)
    kept = change(database, created, at=AT + 4 * HOUR, **LATER)
    assert set(kept.mailed["request"]) == {guest.address for guest in (*EVERYBODY, GIANG)}
    assert line(database, created, BINH.address).partstat == "DELEGATED"
    assert line(database, created, GIANG.address).partstat == "NEEDS-ACTION"
    gone = change(database, created, guests=(CHAIR, CUONG, DUNG), at=AT + 5 * HOUR)
    assert set(gone.mailed["cancel"]) == {BINH.address, GIANG.address}


def test_a_deputy_taken_out_gives_the_seat_back(database: Database) -> None:
    created = create(database)
    send_all(database)
    stand_in(database, created)
    send_all(database, AT + 3 * HOUR)
    done = change(database, created, at=AT + 4 * HOUR, removed=(GIANG.address,))
    assert done.mailed == {"request": (BINH.address,), "cancel": (GIANG.address,)}
    back = line(database, created, BINH.address)
    assert (back.partstat, back.delegated_to) == ("NEEDS-ACTION", "")


def stand_in(database: Database, created: meetings_desk.Created) -> None:
    binh = person(database, created, BINH.address).attendee.id
    acting = context(AT + HOUR)
    proposal = database.run(lambda unit: deputies.propose(unit, created.id, binh, GIANG, "", "command", acting))
    database.run(lambda unit: deputies.consent(unit, proposal.id, context(AT + 2 * HOUR)))


def test_a_secret_meeting_stores_and_says_nothing(database: Database) -> None:
    """Whatever a draft carries, the gate lets nothing through."""
    created = create(database, a_meeting(secret=True))
    meeting = stored_of(database, created).meeting
    assert (meeting.content, meeting.requirements, meeting.papers) == ("", "", ())
    assert "triển khai" not in meeting.summary
    assert meeting.places == (Place("Phòng họp số 1"), Place("Điểm cầu Sở Tài chính", ("stc",)))
    assert {purpose for purpose, _ in mails(database, created)} == {"neutral"}
    with pytest.raises(InputError):
        change(database, created, secret=False)
    send_all(database)
    moved = change(database, created, **LATER)
    assert set(moved.mailed) == {"neutral"}
    send_all(database, AT + 3 * HOUR)
    gone = database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + 4 * HOUR)))
    assert set(gone.mailed) == {"neutral"}


def neutral_words(database: Database, created: Created) -> list[tuple[str, str]]:
    """(address, what they are told) of every neutral mail that was not withdrawn."""
    told = [mail for mail in all_mails(database, created) if mail.purpose == "neutral" and mail.state != "withdrawn"]
    return [(mail.address, mail.details.get("what", "new")) for mail in told]


def test_of_a_secret_meeting_only_another_letter_calls_people_back(database: Database) -> None:
    created = create(database, a_meeting(secret=True))
    send_all(database)
    first = len(neutral_words(database, created))
    assert change(database, created, number="42/GM-UBND", chair_name="Người khác").mailed == {}
    change(database, created, at=AT + 2 * HOUR, **LATER)
    change(database, created, at=AT + 2 * HOUR, contact=Contact("Người khác", "0255 3822 111"))
    assert [what for _, what in neutral_words(database, created)[first:]] == ["replaced"] * first
    dung = {"places": (Place("Phòng họp số 1"), Place("Phòng họp khác", ("stc",)))}
    send_all(database, AT + 3 * HOUR)
    assert len(change(database, created, at=AT + 4 * HOUR, **dung).mailed["neutral"]) < first


def test_who_was_not_yet_asked_to_fetch_a_letter_is_asked_once_after_a_change(database: Database) -> None:
    created = create(database, a_meeting(secret=True))
    first = neutral_words(database, created)
    change(database, created, **LATER)
    assert neutral_words(database, created) == first


def test_a_cancelled_secret_meeting_withdraws_the_letter(database: Database) -> None:
    created = create(database, a_meeting(secret=True))
    send_all(database)
    change(database, created, guests=tuple(guest for guest in EVERYBODY if guest != BINH), at=AT + 2 * HOUR)
    last = all_mails(database, created)[-1]
    assert (last.address, last.details["what"], last.details["removed"]) == (BINH.address, "withdrawn", True)
    send_all(database, AT + 2 * HOUR)
    gone = database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + 3 * HOUR), None, "mật"))
    last_words = neutral_words(database, created)[-len(gone.mailed["neutral"]) :]
    assert {what for _, what in last_words} == {"withdrawn"}
    again = database.run(lambda unit: meetings_desk.resend(unit, created.id, [], context(AT + 4 * HOUR)))
    assert set(again.mailed) == {"neutral"}
    assert all_mails(database, created)[-1].details == {"what": "withdrawn"}


def test_nobody_is_asked_to_fetch_a_letter_that_holds_no_more(database: Database) -> None:
    """Two mails that wait at once leave in any order."""
    created = create(database, a_meeting(secret=True))
    change(database, created, guests=tuple(guest for guest in EVERYBODY if guest != BINH))
    assert [what for address, what in neutral_words(database, created) if address == BINH.address] == ["withdrawn"]
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + HOUR)))
    assert {what for _, what in neutral_words(database, created)} == {"withdrawn"}


def test_one_of_a_secret_series_less_is_another_letter(database: Database) -> None:
    created = create(database, a_series(secret=True))
    send_all(database)
    meeting = stored_of(database, created).meeting
    acting = context(AT + HOUR)
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, acting, meeting.start))
    assert neutral_words(database, created)[-1][1] == "replaced"


def test_what_was_held_is_not_cancelled(database: Database) -> None:
    created = create(database, a_series())
    meeting = stored_of(database, created).meeting
    after_first = microseconds(meeting.end) + HOUR
    with pytest.raises(InputError, match="held"):
        database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(after_first), meeting.start))
    after_all = after_first + 400 * 24 * HOUR
    sent = all_mails(database, created)
    with pytest.raises(InputError, match="held"):
        database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(after_all)))
    assert all_mails(database, created) == sent


def test_what_waits_is_withdrawn_when_a_meeting_becomes_secret(database: Database) -> None:
    created = create(database)
    change(database, created, secret=True)
    assert [mail.purpose for mail in all_mails(database, created) if mail.state == "withdrawn"] == ["request"] * 4
    assert [purpose for purpose, _ in mails(database, created)] == ["cancel"] * 4 + ["neutral"] * 4


def test_resending_keeps_the_sequence(database: Database) -> None:
    created = create(database)
    send_all(database)
    done = database.run(lambda unit: meetings_desk.resend(unit, created.id, [BINH.address], context(AT + HOUR)))
    assert (done.sequence, done.mailed) == (0, {"request": (BINH.address,)})
    assert all_mails(database, created)[-1].details == {"again": True}
    with pytest.raises(InputError):
        database.run(lambda unit: meetings_desk.resend(unit, created.id, ["la@tinh.test"], context(AT + HOUR)))


def test_the_same_person_named_twice_is_invited_once(database: Database) -> None:
    created = create(database, guests=(BINH, BINH, CHAIR))
    assert [one.guest.address for one in created.attendees] == [BINH.address, CHAIR.address]
    assert Guest(BINH.address, "") != BINH
    assert OFFICE.organiser not in {one.guest.address for one in created.attendees}


def test_a_deputy_invited_in_their_own_right_stays_when_the_delegator_goes(database: Database) -> None:
    created = create(database)
    send_all(database)
    stand_in(database, created)
    done = change(database, created, guests=(CHAIR, CUONG, DUNG, GIANG), at=AT + 4 * HOUR)
    assert done.mailed["cancel"] == (BINH.address,)
    stays = person(database, created, GIANG.address).attendee
    assert (stays.removed, stays.delegated_from) == (False, None)


def test_a_secret_meeting_gives_no_reason(database: Database) -> None:
    created = create(database, a_meeting(secret=True))
    send_all(database)
    change(database, created, **LATER)
    send_all(database, AT + 2 * HOUR)
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + 3 * HOUR), None, "lộ việc"))
    assert all("reason" not in mail.details for mail in all_mails(database, created))


def test_who_was_taken_out_hears_it_also_when_the_meeting_becomes_secret_meanwhile(database: Database) -> None:
    created = create(database)
    send_all(database)
    change(database, created, guests=(CHAIR, BINH, DUNG))
    assert mails(database, created) == [("cancel", CUONG.address)]
    change(database, created, secret=True, at=AT + 2 * HOUR)
    assert ("cancel", CUONG.address) in mails(database, created)
    assert ("neutral", CUONG.address) not in mails(database, created)


def test_whoever_sends_somebody_is_not_asked_when_the_meeting_becomes_secret(database: Database) -> None:
    created = create(database)
    binh = person(database, created, BINH.address).attendee.id
    proposal = database.run(lambda unit: deputies.propose(unit, created.id, binh, GIANG, "", "command", context()))
    database.run(lambda unit: deputies.consent(unit, proposal.id, context()))
    change(database, created, secret=True)
    assert line(database, created, BINH.address).partstat == "DELEGATED"
    assert line(database, created, GIANG.address).partstat == "NEEDS-ACTION"


def test_a_meeting_cancelled_before_anything_left_is_told_once_and_never_as_an_invitation(database: Database) -> None:
    created = create(database)
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + MINUTE)))
    assert {purpose for purpose, _ in mails(database, created)} == {"cancel"}
    assert len(send_all(database, AT + HOUR)) == len(EVERYBODY)


def test_an_edition_that_was_tried_leaves_before_the_newer_one(database: Database) -> None:
    created = create(database)
    claimed = database.run(lambda unit: outbox.claim_due(unit, AT, 100, AT + HOUR, "test"))
    later = [outbox.PutOff(one.id, AT, AT + 2 * HOUR, "451 later") for one in claimed]
    database.run(lambda unit: outbox.put_off(unit, later))
    change(database, created, summary="Tên mới", at=AT + HOUR)
    assert not database.run(lambda unit: outbox.claim_due(unit, AT + HOUR, 100, AT + 2 * HOUR, "test"))
    assert send_all(database, AT + 3 * HOUR) == [mail.address for mail in all_mails(database, created)]
    assert {mail.state for mail in all_mails(database, created)} == {"handed_over"}


def test_what_was_promised_before_the_clock_was_set_back_leaves_after_a_restart(database: Database) -> None:
    create(database, at=AT + 24 * HOUR)
    assert not send_all(database, AT)
    assert database.run(lambda unit: outbox.release(unit, "test", AT)) == len(EVERYBODY)
    assert len(send_all(database, AT)) == len(EVERYBODY)
