"""What becomes of mail that comes in: every verdict, every reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from foundation.clock import microseconds
from foundation.errors import InputError
from foundation.storage import Database, Transaction
from meetings.desk import answers as desk_answers
from meetings.desk import deciding, deputies, meetings_desk, views
from meetings.meeting import Guest
from meetings.replies.values import Answered, Authentication, Envelope, Reading
from meetings.store import answers as store_answers
from meetings.store import attendees, incoming, proposals
from meetings.terms import REASONS
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
    NOW,
    OFFICE,
    START,
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

LENGTH = timedelta(hours=2)
LATER = {"start": START + timedelta(hours=1), "end": START + timedelta(hours=3)}


def take(database: Database, mail: Reading, to: str = "hop@tinh.test", at: int = AT + 2 * HOUR) -> desk_answers.Outcome:
    acting = context(at, "mail")
    return database.run(lambda unit: desk_answers.take_in(unit, mail, Envelope("x@y.example", to), b"bytes", acting))


def test_an_answer_counts_with_its_reason(database: Database) -> None:
    created = create(database)
    assert reply(database, created, answered(BINH.address, "DECLINED", comment="đi công tác")).verdict == "counted"
    found = line(database, created, BINH.address)
    assert (found.partstat, found.comment, found.answered_at) == ("DECLINED", "đi công tác", AT + 2 * HOUR)
    assert records(database)[-1] == "answer.counted"


def test_the_same_mail_twice_is_counted_once(database: Database) -> None:
    created = create(database)
    given = answered(BINH.address)
    assert reply(database, created, given, message_id="mot@thu.test").verdict == "counted"
    again = reply(database, created, given, message_id="mot@thu.test")
    assert (again.verdict, again.reason) == ("ignored", "duplicate")
    twin = reply(database, created, given, message_id="hai@thu.test")
    assert (twin.verdict, twin.reason) == ("ignored", "duplicate")
    assert records(database).count("answer.counted") == 1


def test_a_late_answer_changes_nothing(database: Database) -> None:
    created = create(database)
    reply(database, created, answered(BINH.address, "DECLINED", seconds=200))
    late = reply(database, created, answered(BINH.address, "ACCEPTED", seconds=100))
    assert (late.verdict, late.reason) == ("ignored", "stale")
    assert line(database, created, BINH.address).partstat == "DECLINED"


@pytest.mark.parametrize("passed", [100_000, 3_000_000])
def test_a_clock_that_is_years_ahead_does_not_have_the_last_word(database: Database, passed: int) -> None:
    """Also within the same second: what is written of it has no fractions."""
    created = create(database)
    came = AT + HOUR + 700_000
    ahead = answered(BINH.address, "ACCEPTED", seconds=73 * 365 * 24 * 3600)
    assert reply(database, created, ahead, at=came).verdict == "counted"
    true = answered(BINH.address, "DECLINED", seconds=3600 + (700_000 + passed) // 1_000_000)
    assert reply(database, created, true, at=came + passed).verdict == "counted"
    assert line(database, created, BINH.address).partstat == "DECLINED"


def test_a_proposed_time_of_a_clock_that_is_ahead_keeps_out_no_later_one(database: Database) -> None:
    created = create(database)
    for seconds, at in ((10**9, AT + HOUR), (7_000, AT + 2 * HOUR)):
        given = answered(BINH.address, "TENTATIVE", seconds=seconds, proposed_start=START, proposed_end=START + LENGTH)
        assert reply(database, created, given, at=at, method="COUNTER").verdict == "counted"


def test_an_answer_to_the_old_time_is_flagged_and_asked_again_once(database: Database) -> None:
    created = create(database)
    send_all(database)
    change(database, created, **LATER)
    send_all(database, AT + HOUR + MINUTE)
    for seconds in (100, 200):
        old = reply(database, created, answered(BINH.address, "ACCEPTED", 0, seconds=seconds))
        assert (old.verdict, old.reason) == ("ignored", "answered_old_time")
    assert mails(database, created) == [("request", BINH.address)]
    assert all_mails(database, created)[-1].sequence == 1
    assert all_mails(database, created)[-1].details == {"again": True, "old_time": True}
    found = line(database, created, BINH.address)
    assert (found.partstat, found.answered_old_time) == ("NEEDS-ACTION", True)
    assert reply(database, created, answered(BINH.address, "ACCEPTED", 1, seconds=300)).verdict == "counted"
    assert not line(database, created, BINH.address).answered_old_time


def test_who_was_not_mailed_may_answer_the_edition_that_they_have(database: Database) -> None:
    """A place of others changed: SEQUENCE grew, but this person was asked at 0, and their answer stands."""
    created = create(database)
    send_all(database)
    places = stored_of(database, created).meeting.places
    change(database, created, places=(places[0],))
    assert reply(database, created, answered(BINH.address, "ACCEPTED", 0)).verdict == "counted"


def test_an_answer_by_mail_after_one_on_the_page_counts(database: Database) -> None:
    created = create(database)
    send_all(database)
    change(database, created, guests=(*EVERYBODY, GIANG))
    page(database, created, "ACCEPTED", AT + 30)
    given = answered(BINH.address, "DECLINED", 0, seconds=7000)
    assert reply(database, created, given).verdict == "counted"


def test_answers_after_cancel_and_after_the_end_are_ignored(database: Database) -> None:
    created = create(database)
    over = reply(database, created, answered(BINH.address), at=AT + 24 * 30 * HOUR)
    assert (over.verdict, over.reason) == ("ignored", "over")
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + HOUR)))
    gone = reply(database, created, answered(BINH.address, seconds=90))
    assert (gone.verdict, gone.reason) == ("ignored", "cancelled")


def test_a_crasher_is_held_and_may_be_let_in(database: Database) -> None:
    created = create(database)
    stranger = answered("la@noi.khac.example", "ACCEPTED", attendee_name="Người Lạ")
    assert reply(database, created, stranger).reason == "not_invited"
    (held,) = database.read(lambda unit: incoming.held(unit))
    done = database.run(lambda unit: deciding.decide_held(unit, held.id, True, context(AT + 3 * HOUR)))
    assert done.verdict == "counted"
    found = line(database, created, "la@noi.khac.example")
    assert (found.partstat, found.name) == ("ACCEPTED", "Người Lạ")
    assert records(database)[-1] == "answer.decided"


def test_nobody_vouches_so_it_is_held_then_counted_by_the_secretary(database: Database) -> None:
    created = create(database)
    forged = reply(database, created, answered(BINH.address, "DECLINED"), detail="")
    assert (forged.verdict, forged.reason) == ("held", "not_authenticated")
    assert line(database, created, BINH.address).partstat == "NEEDS-ACTION"
    done = database.run(
        lambda unit: deciding.decide_held(unit, forged.incoming_id, True, context(AT + 3 * HOUR), created.id)
    )
    assert done.verdict == "counted"
    found = line(database, created, BINH.address)
    assert found.partstat == "DECLINED"


def test_somebody_elses_sub_address_vouches_for_nobody_else(database: Database) -> None:
    created = create(database)
    token = person(database, created, CUONG.address).attendee.reply_token
    forged = reply(database, created, answered(BINH.address, "DECLINED"), detail=token)
    assert (forged.verdict, forged.reason) == ("held", "other_person")


def test_a_colleague_who_logged_in_is_held_at_the_attendees_own_sub_address(database: Database) -> None:
    created = create(database)
    given = answered(BINH.address, "DECLINED")
    assert reply(database, created, given, received_account=CUONG.address).reason == "other_person"
    assert line(database, created, BINH.address).partstat == "NEEDS-ACTION"
    (held,) = database.read(lambda unit: views.view_of(unit, stored_of(database, created))).held
    assert (held.attendee, held.attendee_name, held.invited) == (BINH.address, BINH.name, True)
    assert (held.account, held.trust) == (CUONG.address, "auth")


def test_whoever_holds_an_office_and_whoever_has_an_alias_answer_by_their_login(database: Database) -> None:
    created = create(database)
    assert reply(database, created, answered(CUONG.address), received_account=CUONG.aliases[0]).verdict == "counted"
    found = line(database, created, CUONG.address)
    assert (found.answered_via, found.answered_from, found.trusted_by) == ("mail", CUONG.aliases[0], "auth")


def test_an_answer_from_a_private_mailbox_counts_and_keeps_from_where_it_came(database: Database) -> None:
    created = create(database)
    assert reply(database, created, answered(BINH.address), sender="binh.rieng@thu.example").verdict == "counted"
    found = line(database, created, BINH.address)
    assert (found.partstat, found.answered_from, found.trusted_by) == ("ACCEPTED", "binh.rieng@thu.example", "token")
    attendee_id = person(database, created, BINH.address).attendee.id
    (past,) = database.read(lambda unit: store_answers.history(unit, attendee_id))
    assert (past.sender, past.trust) == ("binh.rieng@thu.example", "token")
    change(database, created, **LATER)
    assert line(database, created, BINH.address).answered_from == "", "nothing is answered any more"


def test_letting_a_held_answer_through_says_whose_it_is(database: Database) -> None:
    created = create(database)
    held = reply(database, created, answered(CHAIR.address, "DECLINED"), detail="", sender="la@noi.khac.example")
    assert held.reason == "not_authenticated"
    done = database.run(lambda unit: deciding.decide_held(unit, held.incoming_id, True, context()))
    assert (done.verdict, [one.address for one in done.whose]) == ("counted", [CHAIR.address])
    found = line(database, created, CHAIR.address)
    assert (found.answered_via, found.answered_from, found.trusted_by) == ("held", "la@noi.khac.example", "")


def test_a_login_and_a_foreign_domain_vouch(database: Database) -> None:
    guest = Guest("khach@noi.khac.example", "Khách")
    created = create(database, guests=(*EVERYBODY, guest))
    own = reply(database, created, answered(BINH.address), detail="", received_account=BINH.address)
    dmarc = (Authentication("dmarc", "pass", "noi.khac.example"),)
    foreign = reply(database, created, answered(guest.address), detail="", authentication=dmarc)
    assert (own.verdict, foreign.verdict) == ("counted", "counted")


def test_a_copy_to_the_right_sub_address_counts_after_one_that_was_held(database: Database) -> None:
    created = create(database)
    given = answered(BINH.address)
    assert reply(database, created, given, detail="", message_id="mot@thu.test").verdict == "held"
    assert reply(database, created, given, message_id="mot@thu.test").verdict == "counted"


def test_without_attendee_the_sender_answers(database: Database) -> None:
    created = create(database)
    given = Answered("", partstat="ACCEPTED", sequence=0, dtstamp=NOW)
    token = person(database, created, BINH.address).attendee.reply_token
    assert reply(database, created, given, detail=token, sender=BINH.address).verdict == "counted"
    nobody = Answered("", partstat="DECLINED", sequence=0, dtstamp=NOW + timedelta(seconds=5))
    unknown = reply(database, created, nobody, detail=token, sender="ai@do.example")
    assert (unknown.verdict, unknown.reason) == ("held", "unclear_attendee")


def test_who_was_removed_is_not_invited(database: Database) -> None:
    created = create(database)
    change(database, created, guests=(CHAIR, BINH, DUNG))
    assert reply(database, created, answered(CUONG.address)).reason == "not_invited"


def test_a_partstat_that_is_none_is_held(database: Database) -> None:
    created = create(database)
    assert reply(database, created, answered(BINH.address, "")).reason == "unclear_attendee"


@pytest.mark.parametrize(
    ("kind", "reason", "verdict", "forwarded"),
    [
        ("plain", "no_calendar", "passed_on", True),
        ("plain", "", "passed_on", True),
        ("automatic", "automatic", "ignored", False),
        ("automatic", "own_mail", "ignored", False),
        ("tnef", "tnef", "held", True),
        ("broken", "unreadable", "passed_on", True),
        ("broken", "too_large", "passed_on", True),
    ],
)
def test_what_is_no_answer(database: Database, kind: Any, reason: str, verdict: str, forwarded: bool) -> None:
    done = take(database, Reading(kind, reason, "x@y.example", "ai@do.example", digest=b"1"))
    assert (done.verdict, done.forward) == (verdict, forwarded)
    assert done.reason in REASONS
    kept = database.read(lambda unit: incoming.raw_of(unit, done.incoming_id))
    assert kept == (None if verdict == "ignored" else b"bytes")


def test_broken_mails_without_any_name_are_all_kept(database: Database) -> None:
    acting = context(AT, "mail")
    mail = Reading("broken", "unreadable")
    for raw in (b"one", b"two"):
        done = database.run(
            lambda unit: desk_answers.take_in(unit, mail, Envelope("", "hop@tinh.test"), raw, acting)  # noqa: B023
        )
        assert done.verdict == "passed_on"


@pytest.mark.parametrize(
    ("method", "uid", "verdict", "reason"),
    [
        ("REPLY", "khong.co@noi.khac.example", "passed_on", "unknown_meeting"),
        ("REQUEST", "moi@noi.khac.example", "passed_on", "unknown_method"),
        ("REFRESH", "khong.co@noi.khac.example", "passed_on", "unknown_meeting"),
    ],
)
def test_calendars_that_are_none_of_ours(database: Database, method: str, uid: str, verdict: str, reason: str) -> None:
    done = take(database, Reading("itip", method=method, uid=uid, digest=b"1", answers=(answered(BINH.address),)))
    assert (done.verdict, done.reason, done.forward_to) == (verdict, reason, OFFICE.secretary)


def test_refresh_sends_the_invitation_once_more_but_not_for_ever(database: Database) -> None:
    created = create(database)
    send_all(database)
    early = reply(database, created, answered(BINH.address), method="REFRESH", at=AT + MINUTE)
    assert (early.verdict, early.reason) == ("ignored", "just_sent")
    asked = reply(database, created, answered(BINH.address, seconds=70), method="REFRESH", at=AT + 2 * HOUR)
    assert asked.verdict == "counted"
    assert mails(database, created) == [("request", BINH.address)]
    again = reply(database, created, answered(BINH.address, seconds=80), method="REFRESH", at=AT + 2 * HOUR + MINUTE)
    assert again.reason == "just_sent"


def test_delegating_by_mail_is_a_proposal(database: Database) -> None:
    created = create(database)
    send_all(database)
    pair = answered(BINH.address, "DELEGATED", delegated_to=GIANG.address)
    done = reply(database, created, pair, acting=context(AT + 2 * HOUR, "mail", guests={GIANG.address: GIANG}))
    assert done.verdict == "counted"
    (proposal,) = database.read(lambda unit: views.view_of(unit, stored_of(database, created))).deputies
    assert (proposal.deputy, proposal.via, proposal.state) == (GIANG, "mail", "open")
    assert line(database, created, BINH.address).partstat == "NEEDS-ACTION"
    unnamed = reply(database, created, answered(CUONG.address, "DELEGATED"))
    assert (unnamed.verdict, unnamed.reason) == ("held", "delegate_unnamed")


def test_a_deputy_may_not_delegate_again(database: Database) -> None:
    created = create(database)
    binh = person(database, created, BINH.address).attendee.id
    proposal = database.run(
        lambda unit: deputies.propose(unit, created.id, binh, GIANG, "", "command", context(AT + HOUR))
    )
    database.run(lambda unit: deputies.consent(unit, proposal.id, context(AT + HOUR)))
    chain = reply(database, created, answered(GIANG.address, "DELEGATED", 1, delegated_to="ai@tinh.test"))
    assert (chain.verdict, chain.reason) == ("held", "delegate_chain")
    mind = reply(database, created, answered(BINH.address, "ACCEPTED", 1))
    assert (mind.verdict, mind.reason) == ("held", "unclear_attendee")
    copy = reply(database, created, answered(BINH.address, "DELEGATED", 1, delegated_to=GIANG.address))
    assert (copy.verdict, copy.reason) == ("ignored", "stale")


def test_a_series_answered_as_a_whole_and_in_part_in_one_mail(database: Database) -> None:
    created = create(database, a_series())
    token = person(database, created, BINH.address).attendee.reply_token
    second = START + timedelta(days=7)
    both = (answered(BINH.address), answered(BINH.address, "DECLINED", recurrence_id=second))
    done = take(
        database, Reading("itip", method="REPLY", uid=created.uid, digest=b"1", answers=both), f"hop+{token}@tinh.test"
    )
    assert done.verdict == "counted"
    view = database.read(lambda unit: views.personal_view(unit, *page_link(database, created)))
    assert view is not None
    assert [one.partstat for one in view.answers] == ["ACCEPTED", "DECLINED"]


def test_the_page_counts_and_refuses(database: Database) -> None:
    created = create(database)
    page(database, created, "TENTATIVE", AT + HOUR)
    assert line(database, created, BINH.address).partstat == "TENTATIVE"
    with pytest.raises(InputError):
        page(database, created, "DELEGATED", AT + HOUR)
    with pytest.raises(InputError):
        page(database, created, "ACCEPTED", AT + 24 * 30 * HOUR)
    public_id, serial = page_link(database, created)
    with pytest.raises(InputError):
        database.run(
            lambda unit: desk_answers.answer_from_page(
                unit, public_id, serial + 1, "ACCEPTED", "", None, context(AT + HOUR)
            )
        )
    view = database.read(lambda unit: views.personal_view(unit, public_id, serial))
    assert view is not None
    assert [one.via for one in view.history] == ["page"]


def test_what_was_told_by_telephone_counts(database: Database) -> None:
    created = create(database)
    acting = context(AT + HOUR)
    database.run(
        lambda unit: desk_answers.answer_by_command(
            unit, created.id, "cuong.cu@tinh.test", "DECLINED", "ốm", None, acting
        )
    )
    assert line(database, created, CUONG.address).comment == "ốm"
    with pytest.raises(InputError):
        database.run(
            lambda unit: desk_answers.answer_by_command(unit, created.id, "la@x.example", "DECLINED", "", None, acting)
        )


def page(database: Database, created: meetings_desk.Created, partstat: Any, at: int) -> None:
    public_id, serial = page_link(database, created)
    database.run(
        lambda unit: desk_answers.answer_from_page(unit, public_id, serial, partstat, "", None, context(at, "page"))
    )


def page_link(database: Database, created: meetings_desk.Created) -> tuple[str, int]:
    attendee = person(database, created, BINH.address).attendee
    return attendee.public_id, attendee.link_serial


def test_a_mail_without_calendar_is_known_by_what_it_answers(database: Database) -> None:
    created = create(database)
    token = all_mails(database, created)[1].token
    named = take(database, Reading("tnef", "tnef", digest=b"1", in_reply_to=(f"{token.upper()}@tinh.test",)))
    assert (named.verdict, named.meeting_id, named.forward_to) == ("held", created.id, OFFICE.secretary)
    reply_token = person(database, created, BINH.address).attendee.reply_token
    plain = take(database, Reading("plain", "no_calendar", digest=b"2"), f"hop+{reply_token}@tinh.test")
    assert plain.meeting_id == created.id
    assert take(database, Reading("plain", "no_calendar", digest=b"3")).meeting_id is None


def test_what_is_pressed_on_the_page_comes_last_also_when_the_clock_was_set_back(database: Database) -> None:
    created = create(database)
    binh = person(database, created, BINH.address).attendee
    for partstat, at in (("ACCEPTED", AT + HOUR), ("DECLINED", AT + HOUR - MINUTE)):
        database.run(
            lambda unit: desk_answers.answer_from_page(
                unit,
                binh.public_id,
                binh.link_serial,
                partstat,  # type: ignore[arg-type]  # noqa: B023 runs at once
                "",
                None,
                context(at, "page"),  # noqa: B023
            )
        )
    assert line(database, created, BINH.address).partstat == "DECLINED"


def test_an_old_answer_cannot_be_played_back(database: Database) -> None:
    """The client's clock is ahead, so the old answer would be ordered by when it arrives."""
    created = create(database)
    ahead = answered(BINH.address, "ACCEPTED", seconds=10 * 3600)
    assert reply(database, created, ahead, at=AT + HOUR).verdict == "counted"
    binh = person(database, created, BINH.address).attendee
    database.run(
        lambda unit: desk_answers.answer_from_page(
            unit, binh.public_id, binh.link_serial, "DECLINED", "", None, context(AT + 2 * HOUR, "page")
        )
    )
    again = reply(database, created, ahead, at=AT + 3 * HOUR, message_id="ten.khac@noi.khac.example")
    assert (again.verdict, again.reason) == ("ignored", "duplicate")
    assert line(database, created, BINH.address).partstat == "DECLINED"


def test_two_people_may_write_the_same_line_without_any_message_id(database: Database) -> None:
    first, second = (Reading("plain", "no_calendar", sender=one, digest=b"1") for one in ("a@b.example", "c@d.example"))
    assert [take(database, one).verdict for one in (first, second, second)] == ["passed_on", "passed_on", "ignored"]


def test_nobody_is_let_in_where_there_is_nothing_to_come_to(database: Database) -> None:
    created = create(database)
    held = reply(database, created, answered("la@noi.khac.example"), detail="")
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + 3 * HOUR)))
    acting = context(AT + 4 * HOUR)
    outcome = database.run(lambda unit: deciding.decide_held(unit, held.incoming_id, True, acting))
    assert (outcome.verdict, outcome.reason) == ("ignored", "cancelled")
    assert len(database.read(lambda unit: attendees.of_meeting(unit, created.id))) == len(EVERYBODY)


def test_the_organiser_is_nobodys_guest(database: Database) -> None:
    created = create(database)
    held = reply(database, created, answered("hop+abc@tinh.test"), detail="")
    outcome = database.run(lambda unit: deciding.decide_held(unit, held.incoming_id, True, context(AT + 3 * HOUR)))
    assert outcome.verdict == "held"
    sent = answered(BINH.address, "DELEGATED", delegated_to="hop@tinh.test")
    assert reply(database, created, sent, at=AT + 3 * HOUR).verdict == "held"
    assert len(database.read(lambda unit: attendees.of_meeting(unit, created.id))) == len(EVERYBODY)
    assert not database.read(lambda unit: proposals.deputies(unit, created.id))


def test_no_time_is_proposed_for_what_does_not_take_place(database: Database) -> None:
    created = create(database, a_series())
    second = START + timedelta(days=7)
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + HOUR), occurrence=second))
    later = {"proposed_start": second + timedelta(hours=1), "proposed_end": second + timedelta(hours=2)}
    wanted = answered(BINH.address, "", recurrence_id=second, **later)
    assert reply(database, created, wanted, method="COUNTER").reason == "cancelled"
    afterwards = microseconds(START + timedelta(days=40))
    whole = answered(BINH.address, "", **later)
    assert reply(database, created, whole, method="COUNTER", at=afterwards).reason == "over"


def test_about_a_secret_meeting_no_word_of_an_answer_stays(database: Database) -> None:
    created = create(database)
    digests = iter(bytes([number]) * 32 for number in range(9))
    stranger = answered("la@noi.khac.example", "DECLINED", comment="LỘ RA")
    unsure = answered(CUONG.address, "DECLINED", comment="LỘ RA")
    reply(database, created, stranger, detail="", digest=next(digests))
    held = reply(database, created, unsure, detail="", digest=next(digests))
    rejected = reply(database, created, answered(DUNG.address, comment="LỘ RA"), detail="", digest=next(digests))
    database.run(lambda unit: deciding.decide_held(unit, rejected.incoming_id, False, context(AT + 2 * HOUR)))
    change(database, created, secret=True, at=AT + 3 * HOUR)
    late = {"at": AT + 4 * HOUR, "message_id": "2@tinh.test"}
    reply(database, created, answered(BINH.address, "DECLINED", 1, comment="LỘ RA"), digest=next(digests), **late)
    reply(database, created, answered(BINH.address, "", 1, comment="LỘ RA"), digest=next(digests), **late)
    reply(database, created, answered(CUONG.address, "DECLINED", 1, comment="LỘ RA"), detail="", **late, digest=b"3")
    assert line(database, created, BINH.address).partstat == "DECLINED"
    assert held.verdict == "held"
    assert "LỘ RA" not in database.read(everything)


def everything(unit: Transaction) -> str:
    """All rows of all tables."""
    names = unit.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    return repr([unit.execute(f"SELECT * FROM {name}") for (name,) in names])  # noqa: S608


def test_a_mailbox_that_answers_everything_does_not_go_round_for_ever(database: Database) -> None:
    away = Reading("plain", "no_calendar", "1@tinh.test", OFFICE.secretary, digest=b"1")
    assert take(database, away, "hop-bao-phat@tinh.test").reason == "automatic"
    assert take(database, away, "hop@tinh.test").verdict == "passed_on"
