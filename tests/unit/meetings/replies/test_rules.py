"""The rules for whoever reads answers, one or more tests each, in their order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from meetings.replies.calendar_values import COMMENT_LIMIT, GREATEST_SEQUENCE
from meetings.replies.reading import Answered, Limits, read
from tests.support.reply_mails import OURS, UID, answer, calendar, event, mail, mixed, part, reading

ACCEPTED = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:an@khach.example"
MONDAY = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)


def only(*components: str, method: str = "REPLY") -> Answered:
    """The one answer of a mail with these components."""
    (found,) = answer(*components, method=method).answers
    return found


# 1. all parts are walked; a returned or forwarded mail and a report are not


def test_rule_1_parts_are_found_however_deep_they_are() -> None:
    body = part(calendar(event()))
    for level in range(15):
        body = mixed(body, boundary=f"b{level}")
    assert len(read(mail(body), ours=OURS).answers) == 1


def test_rule_1_a_forwarded_mail_is_not_looked_into() -> None:
    inside = "From: x@khach.example\n" + part(calendar(event()))
    said = read(mail(mixed("Content-Type: text/plain\n\nxin chuyển", f"Content-Type: message/rfc822\n\n{inside}")))
    assert (said.kind, said.reason) == ("plain", "no_calendar")


def test_rule_1_a_calendar_in_a_report_does_not_count() -> None:
    body = mixed("Content-Type: text/plain\n\nx", part(calendar(event())), kind="multipart/report")
    assert read(mail(body)).answers == ()


def test_rule_1_a_report_inside_a_list_mail_is_still_one() -> None:
    status = (
        "Content-Type: message/delivery-status\n\nOriginal-Envelope-Id: abc\n\n"
        "Final-Recipient: utf-8; \\x{111}\\x{1ee9}c@khach.example\nAction: FAILED\n"
        "Status: 5.2.2\nDiagnostic-Code: smtp; 552 full\n"
    )
    said = read(mail(mixed(mixed(status, kind="multipart/report", boundary="r"), "Content-Type: text/plain\n\nfooter")))
    (report,) = said.reports
    assert (report.token, report.final_recipient, report.action, report.status, report.diagnostic) == (
        "abc",
        "đức@khach.example",
        "failed",
        "5.2.2",
        "552 full",
    )


# 2. which parts may be calendars, which goes first, and the twin


@pytest.mark.parametrize(
    "kind",
    [
        "text/calendar",
        "application/ics",
        "text/x-vcalendar",
        "application/octet-stream; name=reply.ics",
        "application/x-any; name*=utf-8''h%E1%BB%8Dp.ICS",
    ],
)
def test_rule_2_a_calendar_is_known_by_its_type_or_its_name(kind: str) -> None:
    assert len(read(mail(mixed("Content-Type: text/plain\n\nx", part(calendar(event()), kind)))).answers) == 1


def test_rule_2_a_name_in_the_disposition_counts_too() -> None:
    body = part(calendar(event()), "application/octet-stream", 'Content-Disposition: attachment; filename="x.ics"')
    assert len(read(mail(body)).answers) == 1


def test_rule_2_the_part_that_answers_goes_before_the_one_that_asks() -> None:
    asked = part(calendar(event(), method="REQUEST"), "text/calendar; method=REQUEST")
    said = read(mail(mixed(asked, part(calendar(event()), "application/ics"))))
    assert (said.method, len(said.answers)) == ("REPLY", 1)


def test_rule_2_the_attached_twin_is_not_a_second_answer() -> None:
    twin = part(calendar(event("ATTENDEE;PARTSTAT=DECLINED:mailto:khac@khach.example")), "application/ics")
    said = read(mail(mixed(twin, part(calendar(event())))))
    assert [each.partstat for each in said.answers] == ["ACCEPTED"]


def test_rule_2_the_twin_helps_when_the_first_cannot_be_read() -> None:
    torn = part(calendar(event())[:60])
    said = read(mail(mixed(torn, part(calendar(event()), "application/ics"))))
    assert [each.partstat for each in said.answers] == ["ACCEPTED"]


# 3. METHOD


def test_rule_3_the_method_is_what_the_calendar_says() -> None:
    wrong = "text/calendar; method=REQUEST"
    assert read(mail(part(calendar(event()), wrong))).method == "REPLY"
    assert read(mail(part(calendar(event(), method="REQUEST")))).reason == "unknown_method"


def test_rule_3_the_mime_header_is_a_hint_where_the_calendar_says_nothing() -> None:
    assert read(mail(part(calendar(event(), method="")))).method == "REPLY"
    said = read(mail(part(calendar(event(), method=""), "text/calendar")))
    assert (said.kind, said.reason) == ("plain", "no_calendar")


# 4. ORGANIZER


@pytest.mark.parametrize("organizer", ["", "ORGANIZER:hop@tinh.test\n", "ORGANIZER:invalid:nomail\n", "ORGANIZER\n"])
def test_rule_4_an_organizer_that_is_missing_or_odd_refuses_nothing(organizer: str) -> None:
    assert only(event(organizer + ACCEPTED)).partstat == "ACCEPTED"


# 5. who answers


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:An.Nguyen@KHACH.Example", "an.nguyen@khach.example"),
        ("ATTENDEE;PARTSTAT=ACCEPTED:an@khach.example", "an@khach.example"),
        ("ATTENDEE;PARTSTAT=ACCEPTED:mailto:<an@khach.example>", "an@khach.example"),
        ("ATTENDEE;PARTSTAT=ACCEPTED:mailto:%C4%91%E1%BB%A9c@khach.example", "đức@khach.example"),
        ("ATTENDEE;PARTSTAT=ACCEPTED:mailto:an@khach.example?subject=x", "an@khach.example"),
        ("ATTENDEE;PARTSTAT=ACCEPTED;EMAIL=an@khach.example:urn:uuid:1", "an@khach.example"),
        ('ATTENDEE;CN=An "Ba" X;PARTSTAT=ACCEPTED:mailto:an@khach.example', "an@khach.example"),
    ],
)
def test_rule_5_the_attendee_is_a_normalised_address(line: str, address: str) -> None:
    found = only(event(line))
    assert (found.attendee, found.partstat) == (address, "ACCEPTED")


def test_rule_5_without_an_attendee_it_is_the_sender() -> None:
    assert only(event("SUMMARY:x")).attendee == "an@khach.example"


def test_rule_5_email_and_sent_by_are_told() -> None:
    found = only(
        event('ATTENDEE;PARTSTAT=ACCEPTED;EMAIL=an@b.example;SENT-BY="mailto:Ky@b.example":mailto:an@x.example')
    )
    assert (found.attendee, found.email_parameter, found.sent_by) == ("an@x.example", "an@b.example", "ky@b.example")


def test_rule_5_with_nobody_at_all_it_is_unclear() -> None:
    said = read(mail(part(calendar(event("SUMMARY:x"))), sender="nobody"))
    assert (said.kind, said.reason, said.answers) == ("itip", "unclear_attendee", ())


# 6. several attendees


def test_rule_6_of_several_the_senders_counts() -> None:
    others = tuple(f"ATTENDEE;PARTSTAT=DECLINED:mailto:p{number}@khach.example" for number in range(500))
    found = only(event(*others[:300], ACCEPTED, *others[300:]))
    assert (found.attendee, found.partstat) == ("an@khach.example", "ACCEPTED")


def test_rule_6_the_only_one_who_says_anything_counts() -> None:
    silent = "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:b@khach.example"
    assert only(event(silent, "ATTENDEE;PARTSTAT=TENTATIVE:mailto:c@khach.example")).attendee == "c@khach.example"


def test_rule_6_otherwise_it_is_unclear_for_whom_it_answers() -> None:
    said = answer(event(*(f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{name}@khach.example" for name in "bc")))
    assert (said.kind, said.reason, said.answers) == ("itip", "unclear_attendee", ())


def test_rule_6_a_deputys_own_answer_is_the_deputys() -> None:
    pair = (
        'ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:{0}":mailto:sep@khach.example',
        'ATTENDEE;PARTSTAT=ACCEPTED;DELEGATED-FROM="mailto:sep@khach.example":mailto:{0}',
    )
    for deputy in ("an@khach.example", "an.cu@khach.example"):
        found = only(event(*(line.format(deputy) for line in pair)))
        assert (found.attendee, found.partstat, found.delegated_from) == (deputy, "ACCEPTED", "sep@khach.example")


def test_rule_6_a_delegation_under_another_address_is_the_delegators() -> None:
    found = only(
        event(
            "ATTENDEE;ROLE=CHAIR;PARTSTAT=ACCEPTED:mailto:sep@khach.example",
            'ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:d@khach.example":mailto:an.cu@khach.example',
            'ATTENDEE;CN=Dũng;PARTSTAT=NEEDS-ACTION;DELEGATED-FROM="mailto:an.cu@khach.example":mailto:d@khach.example',
        )
    )
    assert (found.attendee, found.delegated_to, found.delegated_to_name) == (
        "an.cu@khach.example",
        "d@khach.example",
        "Dũng",
    )


# 7. SEQUENCE and DTSTAMP


@pytest.mark.parametrize(
    ("written", "sequence"),
    [
        ("SEQUENCE:7", 7),
        ("SEQUENCE:1407317367304", GREATEST_SEQUENCE),
        ("SEQUENCE:" + "9" * 3000, GREATEST_SEQUENCE),
        ("SEQUENCE:-4", 0),
        ("SEQUENCE:x", 0),
        ("", 0),
        ("SEQUENCE:0\nX-MICROSOFT-CDO-APPT-SEQUENCE:5", 5),
        ("SEQUENCE:3\nX-MICROSOFT-CDO-APPT-SEQUENCE:5", 3),
        ("X-MICROSOFT-CDO-APPT-SEQUENCE:2147483648", GREATEST_SEQUENCE),
    ],
)
def test_rule_7_sequence_is_an_int32_and_outlooks_own_where_it_is_zero(written: str, sequence: int) -> None:
    component = f"BEGIN:VEVENT\nUID:{UID}\n{written}\n{ACCEPTED}\nEND:VEVENT\n"
    assert only(component).sequence == sequence


def test_rule_7_without_dtstamp_it_is_the_date_of_the_mail() -> None:
    component = f"BEGIN:VEVENT\nUID:{UID}\n{ACCEPTED}\nEND:VEVENT\n"
    assert only(component).dtstamp == datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    undated = mail(part(calendar(component))).replace(b"\r\nDate: Mon", b"\r\nX-Date: Mon")
    assert read(undated).answers[0].dtstamp is None


# 8. RECURRENCE-ID


@pytest.mark.parametrize(
    "line",
    [
        "RECURRENCE-ID:20261130T010000Z",
        "RECURRENCE-ID;TZID=Asia/Ho_Chi_Minh:20261130T080000",
        "RECURRENCE-ID;TZID=Asia/Tokyo:20261130T100000",
        "RECURRENCE-ID;VALUE=DATE-TIME;TZID=SE Asia Standard Time:20261130T080000",
        "RECURRENCE-ID:20261130T080000",
    ],
)
def test_rule_8_an_occurrence_is_an_instant_whatever_its_timezone(line: str) -> None:
    assert only(event(ACCEPTED, line)).recurrence_id == MONDAY


@pytest.mark.parametrize(
    "line",
    [
        "RECURRENCE-ID;VALUE=DATE:20261130",
        "RECURRENCE-ID;TZID=Nowhere:20261130T080000",
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20261130T010000Z",
        "RECURRENCE-ID:20261345T010000Z",
        "RECURRENCE-ID:",
        "RECURRENCE-ID;TZID=:x",
    ],
)
def test_rule_8_an_occurrence_that_cannot_be_told_is_not_the_whole_series(line: str) -> None:
    said = answer(event(ACCEPTED, line))
    assert (said.kind, said.reason, said.answers) == ("broken", "unreadable", ())


def test_rule_8_the_series_and_its_exceptions_are_several_answers() -> None:
    said = answer(
        event(), event("ATTENDEE;PARTSTAT=DECLINED:mailto:an@khach.example", "RECURRENCE-ID:20261207T010000Z")
    )
    assert [(each.partstat, each.recurrence_id is None) for each in said.answers] == [
        ("ACCEPTED", True),
        ("DECLINED", False),
    ]


# 9. times


def test_rule_9_the_times_of_an_answer_are_not_looked_at() -> None:
    plain = only(event(ACCEPTED))
    for times in (
        "DTSTART;TZID=Nowhere:20261130T080000",
        "DTSTART:garbage",
        "DTSTART:99999999T999999Z",
        "DTSTART;VALUE=DATE:20261130\nDTEND;VALUE=DATE:20261131",
        "RRULE:FREQ=SECONDLY;BYSECOND=0,1,2",
    ):
        assert only(event(ACCEPTED, times)) == plain


def test_rule_9_a_proposed_time_in_an_unknown_timezone_is_none() -> None:
    line = "DTSTART;TZID=Nowhere:20261130T080000\nDTEND;TZID=Nowhere:20261130T090000"
    found = only(event(ACCEPTED, line), method="COUNTER")
    assert (found.proposed_start, found.proposed_end) == (None, None)


@pytest.mark.parametrize(
    ("end", "hour"),
    [
        ("DTEND:20261130T030000Z", 3),
        ("DURATION:PT90M", 2),
        ("DTEND:20261130T000000Z", None),
        ("DURATION:P9999D", None),
        ("DURATION:-PT1H", None),
        ("DURATION:x", None),
        ("", None),
    ],
)
def test_rule_9_a_proposed_end_comes_after_its_start(end: str, hour: int | None) -> None:
    found = only(event(ACCEPTED, "DTSTART:20261130T010000Z", end), method="COUNTER")
    assert found.proposed_start == MONDAY
    assert (found.proposed_end.hour if found.proposed_end else None) == hour


# 10. trust: test_trust.py


def test_rule_10_only_what_our_relay_wrote_says_who_it_was() -> None:
    forged = "Authentication-Results: mail.tinh.test; auth=pass smtp.auth=an@khach.example\n"
    said = read(mail(part(calendar(event())), forged.strip()), ours=OURS)
    assert (said.authentication, said.received_account) == ((), "")


# 11. the same again


def test_rule_11_the_same_answer_has_the_same_digest_under_another_message_id() -> None:
    first = read(mail(part(calendar(event()))))
    again = read(mail(part(calendar(event()))).replace(b"<1@khach", b"<2@khach"))
    assert first.message_id != again.message_id
    assert first.digest == again.digest
    assert len(first.digest) == 32


@pytest.mark.parametrize(
    "other", [event("ATTENDEE;PARTSTAT=DECLINED:mailto:an@khach.example"), event(ACCEPTED, "COMMENT:x"), event(uid="2")]
)
def test_rule_11_another_answer_has_another_digest(other: str) -> None:
    assert answer(other).digest != answer().digest


# 12. no calendar


def test_rule_12_a_mail_without_a_calendar_says_what_it_replies_to() -> None:
    said = reading("question")
    assert said.in_reply_to == ("3n8d0w5y2r6t9q1x@tinh.test", "earlier@khach.example")
    assert said.subject == "Re: Đã chấp nhận: Họp giao ban công tác quý IV"


def test_rule_12_a_calendar_without_a_method_is_an_attachment_like_any_other() -> None:
    body = mixed("Content-Type: text/plain\n\nx", part(calendar(event(), method=""), "text/calendar; name=lich.ics"))
    assert read(mail(body)).kind == "plain"


# 13. PARTSTAT


@pytest.mark.parametrize(
    ("word", "partstat"),
    [
        ("accepted", "ACCEPTED"),
        ("Declined", "DECLINED"),
        ('"TENTATIVE"', "TENTATIVE"),
        ("needs-action", "NEEDS-ACTION"),
        ("DELEGATED", "DELEGATED"),
        ("IN-PROCESS", ""),
        ("X-MAYBE", ""),
        ("", ""),
    ],
)
def test_rule_13_partstat_in_any_case_and_no_other_word(word: str, partstat: str) -> None:
    assert only(event(f"ATTENDEE;PARTSTAT={word}:mailto:an@khach.example")).partstat == partstat


@pytest.mark.parametrize("to", ["", ';DELEGATED-TO="mailto:b@x.example","mailto:c@x.example"', ";DELEGATED-TO=nobody"])
def test_rule_13_delegated_to_nobody_or_to_several_names_no_deputy(to: str) -> None:
    found = only(event(f"ATTENDEE;PARTSTAT=DELEGATED{to}:mailto:an@khach.example"))
    assert (found.partstat, found.delegated_to) == ("DELEGATED", "")


# 14. COMMENT


def test_rule_14_the_reason_is_kept_on_one_line_without_controls() -> None:
    found = only(event(ACCEPTED, "COMMENT;LANGUAGE=vi:Bận\\; họp\\, tỉnh\\nở\x07 Huế\u202e", "COMMENT:và ốm"))
    assert found.comment == "Bận; họp, tỉnh ở Huế và ốm"


def test_rule_14_a_whole_mail_in_a_comment_is_cut() -> None:
    found = only(event(ACCEPTED, "COMMENT:" + "dài " * 100_000))
    assert len(found.comment) == COMMENT_LIMIT - 1  # the last space went


def test_rule_14_googles_note_beside_the_answer_is_a_comment() -> None:
    line = 'ATTENDEE;PARTSTAT=DECLINED;X-RESPONSE-COMMENT="Đi công tác":mailto:an@khach.example'
    assert only(event(line)).comment == "Đi công tác"


def test_rule_14_comments_of_alarms_and_timezones_are_not_reasons() -> None:
    alarm = "BEGIN:VALARM\nCOMMENT:no\nEND:VALARM"
    zone = "BEGIN:VTIMEZONE\nTZID:x\nCOMMENT:no\nEND:VTIMEZONE\n"
    assert only(zone, event(ACCEPTED, alarm)).comment == ""


# 15. Subject and Auto-Submitted


def test_rule_15_the_subject_says_nothing() -> None:
    plain = mail("Content-Type: text/plain\n\nx")
    assert b"Subject: Declined" in plain
    assert read(plain).answers == ()
    assert answer().answers[0].partstat == "ACCEPTED"


def test_rule_15_an_automatic_answer_counts() -> None:
    said = read(mail(part(calendar(event())), "Auto-Submitted: auto-generated", "Precedence: bulk"))
    assert (said.kind, said.automatic, len(said.answers)) == ("itip", True, 1)


# what is ours


def test_a_mail_of_our_own_needs_all_three_signs() -> None:
    ours = OURS._replace(domains=frozenset({"khach.example"}), organiser="an@khach.example")
    own = mail(part(calendar(event(), method="REQUEST")), "Congvu-Meeting: 1", sender="An <an+token@khach.example>")
    assert read(own, ours=ours).reason == "own_mail"
    assert read(own, ours=ours._replace(organiser="hop@tinh.test")).reason == "unknown_method"
    assert read(own, ours=ours._replace(domains=())).reason == "unknown_method"
    assert read(own.replace(b"Congvu-Meeting", b"X-Meeting"), ours=ours).reason == "unknown_method"


def test_several_authors_are_no_sender() -> None:
    said = read(mail(part(calendar(event())), sender="a@khach.example, b@khach.example"))
    assert (said.sender, said.sender_name, len(said.answers)) == ("", "", 1)


def test_another_component_than_an_event_is_unreadable() -> None:
    said = answer("BEGIN:VTODO\nUID:1\nATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b.example\nEND:VTODO\n")
    assert (said.kind, said.reason) == ("broken", "unreadable")


def test_two_meetings_in_one_answer_are_unreadable() -> None:
    assert answer(event(), event(uid="other")).reason == "unreadable"
    assert answer(event(uid="")).reason == "unreadable"


def test_the_same_bytes_give_the_same_reading() -> None:
    assert replace(reading("gmail_series")) == reading("gmail_series")
    assert answer(limits=Limits()) == answer()
