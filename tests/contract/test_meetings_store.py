"""The meetings tool's statements on SQLite and PostgreSQL: meetings, people, answers, the outbox, what comes in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from foundation import journal
from foundation.clock import microseconds
from foundation.errors import InputError
from foundation.storage import ConstraintViolated, Database
from meetings.desk import answers as desk_answers
from meetings.desk import counters, deciding, deputies, joining, letters_of, meetings_desk, reminding, showing, views
from meetings.desk import reports as desk_reports
from meetings.form.clashes import busy_question
from meetings.links import Links
from meetings.meeting import Guest
from meetings.replies.values import Envelope, Reading, Report
from meetings.store import attendees, incoming, meetings, mentions, outbox, proposals, reports
from meetings.store.mail_values import Promise
from meetings.store.reports import Arrived
from tests.support.databases import Open
from tests.support.meeting_book import (
    AT,
    BINH,
    CHAIR,
    CUONG,
    DUNG,
    EVERYBODY,
    GIANG,
    HOUR,
    MIGRATIONS,
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
from tests.support.meeting_keys import links


@pytest.fixture
def database(open_tool: Open) -> Database:
    return open_tool("meetings", MIGRATIONS)


def test_a_meeting_is_created_with_people_and_mail_in_one_unit_of_work(database: Database) -> None:
    created = create(database)
    assert mails(database, created) == [("request", guest.address) for guest in EVERYBODY]
    assert records(database) == ["meeting.created"]
    found = database.read(lambda unit: meetings.find(unit, "15/gm-ubnd"))
    assert [one.uid for one in found] == [created.uid]
    stored = found[0]
    assert (stored.sequence, stored.status, stored.meeting.summary) == (0, "CONFIRMED", "Họp triển khai nhiệm vụ")
    assert database.read(lambda unit: meetings.find(unit, created.uid)) == found
    assert database.read(lambda unit: meetings.find(unit, "99/GM-UBND")) == []


def test_a_uid_is_taken_once(database: Database) -> None:
    create(database, a_meeting(uid="mot@tinh.test"))
    with pytest.raises(ConstraintViolated):
        create(database, a_meeting(uid="mot@tinh.test"))


def test_claims_are_leases_and_keep_the_order_per_person(database: Database) -> None:
    created = create(database, guests=(BINH,))
    first = database.run(lambda unit: outbox.claim_due(unit, AT, 10, AT + MINUTE, "one"))
    assert [(one.address, one.attempts, one.unfinished) for one in first] == [(BINH.address, 1, False)]
    change(database, created, summary="Họp khác")
    assert database.run(lambda unit: outbox.claim_due(unit, AT + SECOND, 10, AT + MINUTE, "two")) == []
    again = database.run(lambda unit: outbox.claim_due(unit, AT + 2 * MINUTE, 10, AT + HOUR, "two"))
    assert [(one.id, one.attempts, one.unfinished) for one in again] == [(first[0].id, 2, True)]
    assert again[0].token == first[0].token
    database.run(lambda unit: outbox.handed_over(unit, [outbox.HandedOver(first[0].id, AT + 3 * MINUTE, "250 ok")]))
    later = database.run(lambda unit: outbox.claim_due(unit, AT + 2 * HOUR, 10, AT + 3 * HOUR, "two"))
    assert [one.id > first[0].id for one in later] == [True]
    assert records(database)[-1] == "invitation.sent"


def test_a_dead_holder_gives_its_claims_back(database: Database) -> None:
    create(database)
    claimed = database.run(lambda unit: outbox.claim_due(unit, AT, 10, AT + HOUR, "dead"))
    assert len(claimed) == 4
    assert database.run(lambda unit: outbox.claim_due(unit, AT, 10, AT + HOUR, "next")) == []
    assert database.run(lambda unit: outbox.release(unit, "dead", AT)) == 4
    again = database.run(lambda unit: outbox.claim_due(unit, AT, 10, AT + HOUR, "next"))
    assert [(one.id, one.token) for one in again] == [(one.id, one.token) for one in claimed]
    assert all(one.unfinished for one in again)


def test_put_off_refused_and_expired_mail(database: Database) -> None:
    created = create(database)
    one, two, three, four = database.run(lambda unit: outbox.claim_due(unit, AT, 10, AT + HOUR, "x"))
    database.run(lambda unit: outbox.put_off(unit, [outbox.PutOff(one.id, AT, AT + HOUR, "451 later")]))
    database.run(lambda unit: outbox.refused(unit, [outbox.Refused(two.id, AT, "550 no")]))
    database.run(lambda unit: outbox.refused(unit, [outbox.Refused(three.id, AT, "too old", expired=True)]))
    database.run(lambda unit: outbox.handed_over(unit, [outbox.HandedOver(four.id, AT, "250", True)]))
    states = [(mail.state, mail.delivery, mail.possible_duplicate) for mail in all_mails(database, created)]
    assert states == [
        ("waiting", "deferred", False),
        ("refused", "refused", False),
        ("expired", "expired", False),
        ("handed_over", "queued", True),
    ]
    assert database.read(lambda unit: outbox.next_due(unit)) == (AT + HOUR, 1)
    assert set(records(database)[1:]) == {"invitation.refused", "invitation.expired", "invitation.sent"}
    assert database.read(lambda unit: outbox.counts(unit))[("handed_over", "queued")] == 1


def test_ended_twice_is_recorded_once(database: Database) -> None:
    create(database, guests=(BINH,))
    (claimed,) = database.run(lambda unit: outbox.claim_due(unit, AT, 10, AT + HOUR, "x"))
    for _ in range(2):
        database.run(lambda unit: outbox.handed_over(unit, [outbox.HandedOver(claimed.id, AT, "250")]))
    assert records(database).count("invitation.sent") == 1


def test_a_report_that_another_server_made_says_nothing_of_our_own_mailboxes(database: Database) -> None:
    elsewhere = Guest("khach@noi.khac.example", "Khách")
    created = create(database, guests=(BINH, elsewhere))
    send_all(database)
    tokens = {mail.address: mail.token for mail in all_mails(database, created)}

    def report(address: str, named: str) -> tuple[str, str]:
        told = (Report(tokens[address], tokens[address], named, "failed", "5.1.1"),)
        mail = Reading("report", digest=repr(told).encode(), reports=told)
        outcome = database.run(
            lambda unit: desk_answers.take_in(unit, mail, Envelope("", "bounce@tinh.test"), b"", context(AT + HOUR))
        )
        return outcome.reason, line(database, created, address).delivery

    assert report(BINH.address, BINH.address) == ("foreign_report", "queued")
    assert report(BINH.address, "gia@noi.khac.example") == ("foreign_report", "queued"), "whoever it claims to be about"
    assert report(elsewhere.address, elsewhere.address) == ("", "failed")


def test_nothing_is_reported_of_a_delivered_mail_any_more(database: Database) -> None:
    created = create(database, guests=(BINH,))
    send_all(database)
    token = all_mails(database, created)[0].token
    for action in ("delivered", "failed", "delayed"):
        database.run(lambda unit: reports.arrived(unit, [Arrived((token,), action)], AT + HOUR))  # noqa: B023
    assert line(database, created, BINH.address).delivery == "delivered"


def test_reports_move_the_delivery_state_forward_only(database: Database) -> None:
    created = create(database, guests=(BINH,))
    send_all(database)
    token = all_mails(database, created)[0].token

    def report(action: str, status: str = "2.0.0") -> str:
        database.run(lambda unit: reports.arrived(unit, [Arrived((token.upper(),), action, status, "text")], AT + HOUR))
        return line(database, created, BINH.address).delivery

    assert report("delayed", "4.4.1") == "deferred"
    assert report("relayed") == "relayed"
    assert report("delayed") == "relayed"
    assert report("failed", "5.1.1") == "failed"
    assert report("delivered") == "failed"
    assert database.run(lambda unit: reports.arrived(unit, [Arrived(("unknown",), "failed")], AT)) == [None]
    assert records(database)[-2:] == ["invitation.relayed", "invitation.failed"]


def test_a_report_before_the_end_was_recorded_ends_the_mail(database: Database) -> None:
    """Killed between the relay's 250 and our own row: the report says that the relay took it."""
    created = create(database, guests=(BINH,))
    database.run(lambda unit: outbox.claim_due(unit, AT, 10, AT + HOUR, "x"))
    token = all_mails(database, created)[0].token
    database.run(lambda unit: reports.arrived(unit, [Arrived((token,), "delivered", "2.0.0")], AT + MINUTE))
    assert [(mail.state, mail.delivery) for mail in all_mails(database, created)] == [("handed_over", "delivered")]
    assert send_all(database, AT + 2 * HOUR) == []


def test_many_reports_at_once_are_each_judged_as_alone(database: Database) -> None:
    created = create(database, guests=(BINH, DUNG))
    send_all(database)
    one, other = (mail.token for mail in all_mails(database, created))

    def mail(token: str, *actions: str, message_id: str = "", detail: str = "") -> tuple[Reading, Envelope]:
        told = tuple(Report(token, token, "a@bo.test", action, "2.0.0") for action in actions)  # type: ignore[arg-type]
        reading = Reading("report", message_id=message_id, digest=repr(told).encode(), reports=told, made_by_relay=True)
        return reading, Envelope("", f"hop-bao-phat+{detail or token}@tinh.test")

    mails = [
        mail(one, "delayed", "relayed", message_id="1@r"),
        mail(one, "delayed", "relayed", message_id="1@r"),
        mail("unknown", "failed", message_id="2@r"),
        mail("unknown", "delivered", message_id="3@r", detail=other),
        mail(one, "failed", message_id="4@r"),
    ]
    took = database.run(lambda unit: desk_reports.take_in_reports(unit, mails, context()))
    assert [(each.verdict, each.reason, each.meeting_id) for each in took] == [
        ("counted", "", created.id),
        ("ignored", "duplicate", created.id),
        ("ignored", "unknown_report", None),
        ("counted", "", created.id),
        ("counted", "", created.id),
    ]
    assert [mail.delivery for mail in all_mails(database, created)] == ["failed", "delivered"]
    assert sorted(records(database)[-5:]) == [
        "answer.ignored",
        "answer.ignored",
        "invitation.delivered",
        "invitation.failed",
        "invitation.relayed",
    ]
    again = database.run(lambda unit: desk_reports.take_in_reports(unit, mails, context()))
    assert {each.reason for each in again} == {"duplicate"}


def test_a_change_mails_only_whom_it_affects(database: Database) -> None:
    created = create(database)
    send_all(database)
    places = a_meeting().places
    moved = change(database, created, places=(places[0], replace(places[1], name="Hội trường Sở Tài chính")))
    assert moved.mailed == {"request": (DUNG.address,)}
    assert stored_of(database, created).sequence == 1
    again = change(
        database, created, at=AT + 2 * HOUR, start=START + timedelta(hours=1), end=START + timedelta(hours=3)
    )
    assert len(again.mailed["request"]) == 4
    assert records(database)[-1] == "meeting.changed"


def test_added_and_removed_people_are_told_alone(database: Database) -> None:
    created = create(database)
    send_all(database)
    changed = change(database, created, guests=(CHAIR, BINH, DUNG, GIANG))
    assert changed.mailed == {"request": (GIANG.address,), "cancel": (CUONG.address,)}
    assert [one.guest.address for one in changed.removed] == [CUONG.address]
    back = change(database, created, guests=(CHAIR, BINH, DUNG, GIANG, CUONG), at=AT + 2 * HOUR)
    assert back.mailed == {"request": (CUONG.address,)}
    assert not person(database, created, CUONG.address).attendee.removed


def test_a_series_has_a_row_for_each_time_and_its_occurrences_change_alone(database: Database) -> None:
    created = create(database, a_series())
    send_all(database)
    second = START + timedelta(days=7)
    change(database, created, occurrence=second, start=second + timedelta(hours=1), end=second + timedelta(hours=3))
    third = START + timedelta(days=14)
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + 2 * HOUR), third, "nghỉ"))
    found = database.read(
        lambda unit: views.occurrences_between(unit, microseconds(START), microseconds(START + timedelta(days=60)))
    )
    assert [(one.status, one.meeting.start.hour) for one in found] == [
        ("CONFIRMED", 8),
        ("CONFIRMED", 9),
        ("CANCELLED", 8),
        ("CONFIRMED", 8),
    ]
    purposes = [(mail.purpose, mail.recurrence_id) for mail in all_mails(database, created) if mail.state == "waiting"]
    assert purposes == [("request", microseconds(second))] * 4 + [("cancel", microseconds(third))] * 4


def test_answers_are_counted_per_occurrence(database: Database) -> None:
    created = create(database, a_series())
    second = START + timedelta(days=7)
    assert reply(database, created, answered(BINH.address)).verdict == "counted"
    assert reply(database, created, answered(BINH.address, "DECLINED", recurrence_id=second)).verdict == "counted"
    assert line(database, created, BINH.address).partstat == "ACCEPTED"
    assert line(database, created, BINH.address, microseconds(second)).partstat == "DECLINED"
    nowhere = answered(BINH.address, "DECLINED", recurrence_id=second + timedelta(minutes=1))
    assert reply(database, created, nowhere).reason == "unknown_occurrence"


def test_a_held_mail_is_let_through_or_set_aside(database: Database) -> None:
    created = create(database)
    crasher = reply(database, created, answered("la@noi.khac.example", "ACCEPTED"))
    forged = reply(database, created, answered(BINH.address, "DECLINED"), detail="")
    assert [(one.verdict, one.reason) for one in (crasher, forged)] == [
        ("held", "not_invited"),
        ("held", "not_authenticated"),
    ]
    view = database.read(lambda unit: views.view_of(unit, stored_of(database, created)))
    assert [(one.reason, one.partstat) for one in view.held] == [
        ("not_invited", "ACCEPTED"),
        ("not_authenticated", "DECLINED"),
    ]
    first, second = (one.id for one in view.held)
    acting = context(AT + 3 * HOUR)
    assert database.run(lambda unit: deciding.decide_held(unit, first, True, acting)).verdict == "counted"
    database.run(lambda unit: deciding.decide_held(unit, second, False, acting))
    assert line(database, created, "la@noi.khac.example").partstat == "ACCEPTED"
    assert line(database, created, BINH.address).partstat == "NEEDS-ACTION"
    with pytest.raises(InputError):
        database.run(lambda unit: deciding.decide_held(unit, second, True, acting))
    shown = database.read(lambda unit: showing.show(unit, stored_of(database, created)))
    assert shown["held"] == []
    assert [one["reason"] for one in shown["ignored"]] == ["not_authenticated"]


def test_what_is_passed_on_waits_with_its_bytes_until_the_relay_has_it(database: Database) -> None:
    acting = context(AT, "mail")
    plain = Reading("plain", "no_calendar", "x@y.example", "dan@noi.khac.example", digest=b"1")
    outcome = database.run(
        lambda unit: desk_answers.take_in(unit, plain, Envelope("", "hop@tinh.test"), b"bytes", acting)
    )
    assert (outcome.verdict, outcome.forward, outcome.forward_to) == ("passed_on", True, OFFICE.secretary)
    (waiting,) = database.read(lambda unit: incoming.to_forward(unit))
    assert (waiting.raw, waiting.forward_to) == (b"bytes", OFFICE.secretary)
    database.run(lambda unit: incoming.forward_failed(unit, waiting.id))
    database.run(lambda unit: incoming.forwarded(unit, waiting.id, AT + MINUTE))
    assert database.read(lambda unit: incoming.to_forward(unit)) == []
    assert database.read(lambda unit: incoming.raw_of(unit, waiting.id)) is None


def test_a_report_mail_counts_by_its_token_or_by_the_bounce_detail(database: Database) -> None:
    created = create(database, guests=(BINH, CUONG))
    send_all(database)
    one, two = (mail.token for mail in all_mails(database, created))
    acting = context(AT + HOUR, "mail")
    ours = Report(one, one, BINH.address, "delivered", "2.1.5")
    named = Reading("report", digest=b"1", reports=(ours,), made_by_relay=True)
    missing = Report("", "", CUONG.address, "failed", "5.1.1", "no mailbox")
    nameless = Reading("report", digest=b"2", reports=(missing,), made_by_relay=True)
    unknown = Reading("report", digest=b"3", reports=(Report("z", "z", "x@y.example", "failed", "5.1.1"),))
    verdicts = [
        database.run(lambda unit: desk_answers.take_in(unit, mail, Envelope("", to), b"", acting))  # noqa: B023
        for mail, to in (
            (named, "bounce@tinh.test"),
            (nameless, f"bounce+{two}@tinh.test"),
            (unknown, "bounce@tinh.test"),
        )
    ]
    assert [(each.verdict, each.reason) for each in verdicts] == [
        ("counted", ""),
        ("counted", ""),
        ("ignored", "unknown_report"),
    ]
    assert line(database, created, BINH.address).delivery == "delivered"
    failed = line(database, created, CUONG.address)
    assert (failed.delivery, failed.delivery_text) == ("failed", "5.1.1 no mailbox")


def test_a_deputy_is_proposed_agreed_to_and_stands_in(database: Database) -> None:
    created = create(database)
    send_all(database)
    binh = person(database, created, BINH.address)
    acting = context(AT + HOUR, "page")
    proposal = database.run(
        lambda unit: deputies.propose(unit, created.id, binh.attendee.id, GIANG, "bận họp khác", "page", acting)
    )
    assert mails(database, created) == [("consent", OFFICE.secretary), ("consent", CHAIR.address)]
    agreed = database.run(lambda unit: deputies.consent(unit, proposal.id, context(AT + 2 * HOUR)))
    assert agreed.mailed == {"delegation": (BINH.address, GIANG.address)}
    assert stored_of(database, created).sequence == 1
    delegator, deputy = line(database, created, BINH.address), line(database, created, GIANG.address)
    assert (delegator.partstat, delegator.delegated_to) == ("DELEGATED", GIANG.address)
    assert (deputy.partstat, deputy.delegated_from) == ("NEEDS-ACTION", BINH.address)
    after = person(database, created, BINH.address)
    assert after.attendee.link_serial == binh.attendee.link_serial + 1
    opened = database.read(lambda unit: views.personal_view(unit, after.attendee.public_id, after.attendee.link_serial))
    assert opened is None
    assert [name for name in records(database) if name.startswith("deputy.")] == [
        "deputy.proposed",
        "deputy.consented",
    ]


def test_another_time_is_proposed_and_declined_plainly(database: Database) -> None:
    created = create(database)
    send_all(database)
    later = START + timedelta(hours=4)
    given = answered(BINH.address, "TENTATIVE", proposed_start=later, proposed_end=later + timedelta(hours=2))
    assert reply(database, created, given, method="COUNTER").verdict == "counted"
    (proposal,) = database.read(lambda unit: proposals.counters(unit, created.id))
    found = database.read(lambda unit: counters.proposed_meeting(unit, proposal.id, created.id))
    assert found[2].start == later
    acting = context(AT + 3 * HOUR)
    database.run(lambda unit: counters.decline(unit, proposal.id, "không đổi được", acting, created.id))
    assert mails(database, created) == [("waiting", OFFICE.secretary), ("declinecounter", BINH.address)]
    with pytest.raises(InputError):
        database.run(lambda unit: counters.accepted(unit, proposal.id, acting, created.id))


def test_reminders_go_out_once_per_person_and_time(database: Database) -> None:
    created = create(database)
    send_all(database)
    reply(database, created, answered(CUONG.address, "DECLINED"))
    rules = reminding.ReminderRules((24, 1), 24)
    day_before = microseconds(START) - 24 * HOUR

    def due(at: int) -> int:
        return database.run(lambda unit: reminding.due(unit, context(at, "timer"), rules))

    assert due(day_before - 1) == 0
    assert due(day_before) == 4
    assert due(day_before + MINUTE) == 0
    expected = [("reminder", guest.address) for guest in (CHAIR, BINH, DUNG)]
    assert mails(database, created) == [*expected, ("alarm", OFFICE.secretary)]
    assert due(microseconds(START) - HOUR + 1) == 3
    assert due(microseconds(START) + 1) == 0
    told = database.run(lambda unit: reminding.remind_now(unit, created.id, context(day_before - 2 * HOUR)))
    assert told.reminded == (CHAIR.address, BINH.address, DUNG.address)
    again = database.run(lambda unit: reminding.remind_now(unit, created.id, context(day_before - 2 * HOUR + 1)))
    assert (again.reminded, again.already) == ((), told.reminded)


def test_the_door_opens_in_time_and_who_comes_in_is_recorded_once(database: Database) -> None:
    created = create(database)
    one = person(database, created, BINH.address).attendee
    start = microseconds(START)

    def door(at: int, enter: bool = True, serial: int = one.link_serial) -> tuple[str, bool]:
        found = database.run(lambda unit: joining.door(unit, one.public_id, serial, at, enter=enter))
        return found.state, found.first

    assert door(start - 2 * HOUR) == ("early", False)
    assert door(start - HOUR, enter=False) == ("open", False)
    assert door(start) == ("open", True)
    assert door(start + MINUTE) == ("open", False)
    assert door(start + 4 * HOUR) == ("over", False)
    assert door(start, serial=7) == ("revoked", False)
    assert line(database, created, BINH.address).joined_at == start
    assert records(database).count("room.joined") == 1
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + HOUR)))
    assert door(start) == ("cancelled", False)


def test_who_and_what_is_busy(database: Database) -> None:
    created = create(database)
    reply(database, created, answered(CUONG.address, "DECLINED"))
    meeting = a_meeting(start=START + timedelta(hours=1), end=START + timedelta(hours=2))
    question = busy_question(meeting, EVERYBODY, START - timedelta(days=3))
    assert question is not None
    found = database.read(lambda unit: views.busy(unit, question))
    assert {key.partition(":")[0] for key in found} == {CHAIR.address, BINH.address, DUNG.address, "place", "room"}
    assert {one.uid for intervals in found.values() for one in intervals} == {created.uid}


def test_the_list_counts_answers(database: Database) -> None:
    created = create(database)
    reply(database, created, answered(BINH.address))
    reply(database, created, answered(CUONG.address, "DECLINED"))
    window = microseconds(START) - HOUR, microseconds(START) + 24 * HOUR
    (found,) = database.read(lambda unit: views.listed(unit, *window))
    assert (found.uid, found.attendees, found.accepted, found.declined, found.unanswered) == (created.uid, 4, 1, 1, 2)
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + HOUR)))
    assert database.read(lambda unit: views.listed(unit, *window)) == []
    assert len(database.read(lambda unit: views.listed(unit, *window, cancelled=True))) == 1


def test_letters_are_made_of_what_was_promised(database: Database) -> None:
    created = create(database)
    ids = [mail.id for mail in all_mails(database, created)]
    sources = letters_of.Sources(OFFICE, links())
    found = database.read(lambda unit: letters_of.letters(unit, ids, sources))
    assert list(found) == ids
    letter = found[ids[1]]
    assert letter.recipient is not None
    assert letter.chair is not None
    assert (letter.purpose, letter.sequence, letter.chair.guest.address) == ("request", 0, CHAIR.address)
    assert letter.organiser_address == f"hop+{letter.recipient.reply_token}@tinh.test"
    assert letter.page_url
    assert letter.join_url
    assert letter.feed_url
    assert not letter.secretary_url
    assert letter.previous is None
    assert letter.recipient_address == BINH.address
    send_all(database)
    change(database, created, start=START + timedelta(hours=1), end=START + timedelta(hours=3))
    waiting = [mail.id for mail in all_mails(database, created) if mail.state == "waiting"]
    updates = database.read(lambda unit: letters_of.letters(unit, [*ids, *waiting], sources))
    assert list(updates) == waiting
    update = updates[waiting[1]]
    assert update.previous is not None
    assert update.previous.start == START
    assert update.details["in_reply_to"] == letter.token
    assert update.meeting.start == START + timedelta(hours=1)


def test_a_letter_says_what_its_edition_said(database: Database) -> None:
    """The relay was away while the meeting changed: both mails leave, in their order, each with its own content."""
    created = create(database, guests=(BINH,))
    database.run(lambda unit: outbox.claim_due(unit, AT, 10, AT + SECOND, "x"))
    change(database, created, summary="Họp về việc khác")
    ids = [mail.id for mail in all_mails(database, created)]
    found = database.read(lambda unit: letters_of.letters(unit, ids, letters_of.Sources(OFFICE, links())))
    assert [letter.meeting.summary for letter in found.values()] == ["Họp triển khai nhiệm vụ", "Họp về việc khác"]


def test_mail_about_no_single_meeting(database: Database) -> None:
    promise = Promise("week", BINH.address, AT, AT, details={"title": "Lịch công tác tuần 48"})
    (own,) = database.run(lambda unit: outbox.promise(unit, [promise]))
    found = database.read(lambda unit: letters_of.letters(unit, [own], letters_of.Sources(OFFICE, links())))
    assert found[own].details == {"title": "Lịch công tác tuần 48"}
    assert send_all(database) == [BINH.address]


def test_an_ordinary_meeting_made_secret_leaves_no_word_behind(database: Database) -> None:
    created = create(database)
    send_all(database)
    reply(database, created, answered(BINH.address, "DECLINED", comment="vì nội dung mật"))
    before = person(database, created, BINH.address).attendee
    closed = change(database, created, secret=True, at=AT + 3 * HOUR)
    assert {purpose: len(told) for purpose, told in closed.mailed.items()} == {"cancel": 4, "neutral": 4}
    stored = stored_of(database, created)
    assert stored.meeting.secret
    assert not stored.meeting.content
    assert not stored.meeting.papers
    assert all(not place.url for place in stored.meeting.places)
    editions = database.read(lambda unit: meetings.editions(unit, created.id))
    assert {one[2].summary for one in editions} == {stored.meeting.summary}
    rows = database.read(lambda unit: everything(unit, created.id))
    for word in ("Họp triển khai", "quý I", "Chuẩn bị báo cáo", "Dự thảo", "phong.tinh.test", "vì nội dung"):
        assert word not in rows
    opened = database.read(lambda unit: views.personal_view(unit, before.public_id, before.link_serial))
    assert opened is None
    assert person(database, created, BINH.address).attendee.link_serial > before.link_serial
    with pytest.raises(InputError):
        change(database, created, secret=False, at=AT + 4 * HOUR)
    more = change(database, created, guests=(*EVERYBODY, GIANG), summary="Lộ ra", content="lộ", at=AT + 4 * HOUR)
    assert more.mailed == {"neutral": (GIANG.address,)}
    assert stored_of(database, created).meeting == stored.meeting


def everything(unit: object, meeting_id: int) -> str:
    """All text of all tables that speak of meetings, the journal's clear text too."""
    tables = (
        "meeting",
        "edition",
        "occurrence",
        "answer",
        "past_answer",
        "promised",
        "incoming",
        "counter_proposal",
        "deputy_proposal",
        "private",
    )
    return repr([unit.execute(f"SELECT * FROM {table}") for table in tables])  # type: ignore[attr-defined]  # noqa: S608


def test_records_of_a_meeting_are_found_and_their_clear_text_is_true(database: Database) -> None:
    created = create(database)
    reply(database, created, answered(BINH.address))
    ids = database.read(lambda unit: mentions.records_of(unit, created.id))
    found = database.read(lambda unit: [journal.read_record(unit, one) for one in ids])
    assert [record.type for record in found if record] == ["meeting.created", "answer.counted"]
    assert all(journal.verify_private(record) == [] for record in found if record)
    text = b"".join(record.body for record in found if record).decode()
    assert BINH.address not in text
    assert "triển khai" not in text


def test_links_and_feeds_are_revoked(database: Database) -> None:
    created = create(database)
    one = person(database, created, BINH.address).attendee
    database.run(lambda unit: meetings_desk.revoke_links(unit, created.id, BINH.address, context()))
    assert database.read(lambda unit: views.personal_view(unit, one.public_id, one.link_serial)) is None
    view = database.read(lambda unit: views.personal_view(unit, one.public_id, one.link_serial + 1))
    assert view is not None
    assert view.feed_id
    feed = database.read(lambda unit: views.feed_view(unit, view.feed_id, view.feed_serial, AT))
    assert feed is not None
    assert [event.meeting.uid for event in feed.events] == [created.uid]
    database.run(lambda unit: meetings_desk.revoke_feed(unit, BINH.address, context()))
    assert database.read(lambda unit: views.feed_view(unit, view.feed_id, view.feed_serial, AT)) is None
    stored = stored_of(database, created)
    database.run(lambda unit: meetings_desk.revoke_links(unit, created.id, "", context()))
    assert database.read(lambda unit: views.secretary_view(unit, stored.public_id, stored.link_serial)) is None


def test_whose_links_are_revoked_answers_to_a_new_sub_address_and_nobody_else_is_touched(database: Database) -> None:
    office = Guest("vp@tinh.test", "Văn phòng", aliases=(BINH.address,))
    created = create(database, guests=(CHAIR, office, BINH, CUONG))
    before = {one: person(database, created, one).attendee for one in (office.address, BINH.address, CUONG.address)}
    database.run(lambda unit: meetings_desk.revoke_links(unit, created.id, BINH.address, context()))
    after = {one: person(database, created, one).attendee for one in before}
    assert {one for one in before if before[one] != after[one]} == {BINH.address}
    stolen = reply(database, created, answered(BINH.address), detail=before[BINH.address].reply_token)
    assert (stolen.verdict, stolen.reason) == ("held", "not_authenticated")
    fresh = after[BINH.address].reply_token
    assert reply(database, created, answered(BINH.address), detail=fresh, message_id="2@x").verdict == "counted"


def test_an_alias_answers_for_its_person(database: Database) -> None:
    created = create(database)
    assert reply(database, created, answered("cuong.cu@tinh.test", "TENTATIVE")).verdict == "counted"
    assert line(database, created, CUONG.address).partstat == "TENTATIVE"
    found = database.read(lambda unit: attendees.answering(unit, created.id, ["cuong.cu@tinh.test", CUONG.address]))
    assert len(found) == 1


def test_show_has_the_keys_of_the_contract(database: Database) -> None:
    created = create(database)
    shown = database.read(lambda unit: showing.show(unit, stored_of(database, created)))
    keys = [
        "uid",
        "sequence",
        "status",
        "number",
        "summary",
        "start",
        "end",
        "timezone",
        "attendees",
        "held",
        "ignored",
    ]
    assert [key for key in keys if key not in shown] == []
    assert shown["start"] == "2026-12-01T08:00:00+07:00"
    first = shown["attendees"][0]
    assert {
        name: first[name]
        for name in ("address", "name", "role", "partstat", "answered_at", "delegated_to", "delivery", "joined")
    } == {
        "address": CHAIR.address,
        "name": CHAIR.name,
        "role": "CHAIR",
        "partstat": "NEEDS-ACTION",
        "answered_at": None,
        "delegated_to": None,
        "delivery": "queued",
        "joined": None,
    }


def test_links_is_what_the_pages_use() -> None:
    assert isinstance(links(), Links)
