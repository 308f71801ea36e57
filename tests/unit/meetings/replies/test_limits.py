"""Bombs: each is answered by a reason, without work in proportion to what it asks for."""

from __future__ import annotations

import tracemalloc
from base64 import encodebytes

import pytest

from meetings.replies.reading import Limits, Reading, read
from tests.support.reply_mails import OURS, UID, answer, calendar, event, mail, mixed, part

ACCEPTED = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:an@khach.example"


def verdict(said: Reading) -> tuple[str, str, int]:
    return said.kind, said.reason, len(said.answers)


TOO_LARGE = ("broken", "too_large", 0)


# ---- calendars


def test_alarms_that_repeat_for_ever_are_not_looked_at() -> None:
    alarm = "BEGIN:VALARM\nTRIGGER:-PT1M\nREPEAT:2147483647\nDURATION:PT1S\nEND:VALARM\n"
    assert len(answer(event(ACCEPTED, alarm * 1000)).answers) == 1


@pytest.mark.parametrize(
    "rule",
    ["RRULE:FREQ=SECONDLY;COUNT=2147483647", "RRULE:FREQ=YEARLY;BYSECOND=" + ",".join(["0"] * 5000), "RDATE:x" * 9],
)
def test_rules_that_never_end_are_not_looked_at(rule: str) -> None:
    assert len(answer(event(ACCEPTED, rule)).answers) == 1


def test_components_nested_too_deep_are_too_large() -> None:
    deep = "BEGIN:VEVENT\n" * 10_000
    assert verdict(answer(deep)) == TOO_LARGE


def test_too_many_lines_events_and_calendars_are_too_large() -> None:
    assert verdict(answer(event(ACCEPTED, *["X-A:b"] * 20_000))) == TOO_LARGE
    assert verdict(answer(*[event()] * 367)) == TOO_LARGE
    assert verdict(read(mail(part(calendar() * 9)))) == TOO_LARGE
    assert verdict(answer(event(*[ACCEPTED] * 3000))) == TOO_LARGE


def test_attendees_are_counted_over_the_whole_answer() -> None:
    silent = [f"ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:p{number}@khach.example" for number in range(99)]
    assert verdict(
        answer(*[event(ACCEPTED, *silent, f"RECURRENCE-ID:202611{day:02}T010000Z") for day in range(1, 31)])
    ) == (TOO_LARGE)


def test_a_calendar_of_more_than_a_megabyte_is_too_large() -> None:
    assert verdict(answer(event(ACCEPTED, "DESCRIPTION:" + "x" * 1_048_576))) == TOO_LARGE
    assert verdict(answer(event(ACCEPTED, "DESCRIPTION:" + "x" * 1_000_000)))[2] == 1


def test_endless_lines_and_blank_lines_are_harmless() -> None:
    assert len(answer(event(ACCEPTED, "DESCRIPTION:" + "\\n" * 400_000)).answers) == 1
    assert verdict(answer(event(ACCEPTED, "\n" * 500_000))) == TOO_LARGE
    broken = 'ATTENDEE;CN="' + "PARTSTAT=A:" * 50_000
    assert len(answer(event(broken, ACCEPTED)).answers) == 1


def test_a_timezone_with_a_rule_of_its_own_kind_says_nothing() -> None:
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Bomb\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0700\nTZOFFSETTO:+0800\n"
        "RRULE:FREQ=SECONDLY\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010101T000000\nTZOFFSETFROM:+0800\n"
        "TZOFFSETTO:+0700\nRRULE:FREQ=YEARLY;BYSECOND=1,2,3\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
    )
    said = answer(zone, event(ACCEPTED, "RECURRENCE-ID;TZID=Bomb:20261130T080000"))
    assert verdict(said) == ("broken", "unreadable", 0)


def test_too_many_timezones_are_too_large() -> None:
    zone = "BEGIN:VTIMEZONE\nTZID:x\nBEGIN:STANDARD\nTZOFFSETTO:+0700\nEND:STANDARD\nEND:VTIMEZONE\n"
    assert verdict(answer(zone * 33, event())) == TOO_LARGE
    many = "BEGIN:VTIMEZONE\n" + "BEGIN:STANDARD\nEND:STANDARD\n" * 201 + "END:VTIMEZONE\n"
    assert verdict(answer(many, event())) == TOO_LARGE


# ---- MIME


def test_parts_deeper_than_sixteen_are_too_large() -> None:
    body = part(calendar(event()))
    for level in range(17):
        body = mixed(body, boundary=f"b{level}")
    assert verdict(read(mail(body))) == TOO_LARGE


def test_more_than_256_parts_are_too_large_but_an_answer_among_the_first_counts() -> None:
    fillers = ["Content-Type: text/plain\n\nx"] * 300
    assert verdict(read(mail(mixed(*fillers, part(calendar(event())))))) == TOO_LARGE
    assert len(read(mail(mixed(part(calendar(event())), *fillers))).answers) == 1


def test_thousands_of_boundaries_are_too_large() -> None:
    body = 'Content-Type: multipart/mixed; boundary="b"\n\n' + "--bx\n" * 5000
    assert verdict(read(mail(body))) == TOO_LARGE


def test_a_head_without_end_is_too_large() -> None:
    assert verdict(read(b"X: y\r\n" * 100_000)) == TOO_LARGE
    assert verdict(read(mail(mixed("X: y\n" * 50_000)))) == TOO_LARGE


def test_fifty_megabytes_in_one_part_cost_no_memory_and_hide_no_answer() -> None:
    content = encodebytes(b"\0" * 57) * (50_000_000 // 77)
    head = mail('Content-Type: multipart/mixed; boundary="b"\n\n')
    reply = b"--b\r\n" + part(calendar(event())).replace("\n", "\r\n").encode() + b"\r\n"
    huge = b"--b\r\nContent-Type: %s\r\nContent-Transfer-Encoding: base64\r\n\r\n" + content + b"\r\n"
    after = head + reply + huge % b"application/pdf" + b"--b--\r\n"
    before = head + huge % b"application/pdf" + reply + b"--b--\r\n"
    alone = head + huge % b"text/calendar" + b"--b--\r\n"
    tracemalloc.start()
    try:
        found = [verdict(read(each, ours=OURS)) for each in (after, before, alone)]
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == [("itip", "", 1), TOO_LARGE, TOO_LARGE]
    assert peak_bytes < 1_000_000


def test_a_mail_beyond_the_limit_is_not_opened() -> None:
    body = mail(part(calendar(event())))
    assert verdict(read(body, Limits(mail_bytes=len(body) - 1))) == TOO_LARGE
    assert len(read(body, Limits(mail_bytes=len(body))).answers) == 1


def test_levels_that_are_each_nearly_the_whole_mail_are_not_searched_again_and_again() -> None:
    body = "Content-Type: text/plain\n\n" + "x" * 10_000
    for level in range(10):
        body = mixed(body, boundary=f"b{level}")
    assert verdict(read(mail(body), Limits(searched_bytes=20_000))) == TOO_LARGE


def test_many_calendars_are_not_all_read() -> None:
    other = part(calendar(event(), method="PUBLISH"), "text/calendar")
    assert verdict(read(mail(mixed(*[other] * 20, part(calendar(event()), "text/calendar")))))[:2] == (
        "itip",
        "unknown_method",
    )


def test_a_report_of_ten_thousand_recipients_is_cut() -> None:
    status = "Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n" + "".join(
        f"Final-Recipient: rfc822; p{number}@khach.example\nAction: failed\nStatus: 5.1.1\n\n"
        for number in range(10_000)
    )
    said = read(mail(mixed(status, kind="multipart/report")))
    assert (said.kind, len(said.reports)) == ("report", 1000)


# ---- bytes that are no mail


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n",
        b"\n\n",
        b"\0" * 1000,
        b"\xff\xfe" * 1000,
        b"Content-Type: multipart/mixed\r\n\r\nx",
        b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n",
        b'Content-Type: text/calendar; charset="rot13"\r\n\r\nBEGIN:VCALENDAR',
        b"Content-Type: text/calendar\r\nContent-Transfer-Encoding: base64\r\n\r\n=",
        b"Content-Type: text/calendar\r\nContent-Transfer-Encoding: base64\r\n\r\nA",
        b"From: =?utf-8?b?!!!?= <\xff@x>\r\nDate: Mon, 99 Foo 99999 99:99:99 +9999999\r\n\r\n",
        b"Date: Thu, 01 Jan 0001 00:00:00 +2359\r\n\r\n",
    ],
)
def test_bytes_that_are_no_mail_are_read_all_the_same(data: bytes) -> None:
    assert read(data, ours=OURS).answers == ()


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "windows-1258", "iso-8859-1", "idna", "unicode_escape", ""])
def test_a_calendar_in_another_charset(charset: str) -> None:
    codec = charset if charset.startswith(("utf-16", "windows", "iso")) else "utf-8"
    data = calendar(event("ATTENDEE;CN=An Hoà;PARTSTAT=DECLINED:mailto:an@khach.example")).encode(codec, "replace")
    said = read(mail(part(data, f'text/calendar; charset="{charset}"')))
    assert [(each.partstat, each.attendee_name) for each in said.answers] == [("DECLINED", "An Hoà")]


def test_a_calendar_that_is_not_closed_is_unreadable_and_one_whose_end_is_missing_is_not() -> None:
    whole = calendar(event())
    assert verdict(read(mail(part(whole.replace("END:VEVENT\n", ""))))) == ("broken", "unreadable", 0)
    assert len(read(mail(part(whole.replace("END:VCALENDAR\n", "")))).answers) == 1


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_line_ends_of_every_kind_and_folds(end: str) -> None:
    text = calendar(event("ATTENDEE;PARTSTAT=DECL\n INED:mailto:an\n\t@khach.example")).replace("\n", end)
    said = read(mail(part(b"\xef\xbb\xbf" + text.encode())))
    assert [(each.attendee, each.partstat) for each in said.answers] == [("an@khach.example", "DECLINED")]
    assert said.uid == UID


@pytest.mark.parametrize("when", ["99991231T230000Z", "00010101T000000Z", "16010101T000000Z", "22000101T000000Z"])
def test_a_time_beyond_all_reason_is_none(when: str) -> None:
    """Near the ends of what Python counts, no other timezone can show it: a page would fail on it for ever."""
    proposed = event("ATTENDEE:mailto:an@khach.example", f"DTSTART:{when}", "DURATION:PT1H")
    assert answer(proposed, method="COUNTER").answers[0].proposed_start is None
    named = event("ATTENDEE;PARTSTAT=ACCEPTED:mailto:an@khach.example", f"RECURRENCE-ID:{when}")
    assert answer(named).kind == "broken"
