"""Whatever comes in is read: random bytes, and real answers that were cut, turned and mixed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from foundation.addresses import normalise
from meetings.replies.calendar_values import COMMENT_LIMIT, GREATEST_SEQUENCE
from meetings.replies.header_fields import TEXT_LIMIT, mailboxes, parameters, text_of
from meetings.replies.reading import Envelope, Kind, Reading, read
from meetings.replies.trust import trusted
from meetings.terms import REASONS
from tests.support.reply_mails import OURS, calendar, event, fixture, fixtures, mail, part

MAILS = [fixture(name) for name in fixtures()]

LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "BEGIN:VCALENDAR",
                "END:VCALENDAR",
                "BEGIN:VEVENT",
                "END:VEVENT",
                "BEGIN:VTIMEZONE",
                "TZID:x",
                "BEGIN:STANDARD",
                "TZOFFSETTO:+0700",
                "TZOFFSETTO:-9999",
                "DTSTART:16010101T000000",
                "RRULE:FREQ=YEARLY;BYMONTH=99;BYDAY=9SU",
                "END:STANDARD",
                "END:VTIMEZONE",
                "METHOD:REPLY",
                "METHOD;X=Y:counter",
                "UID:1",
                "SEQUENCE:99999999999999999999999",
                "DTSTAMP:00000000T000000Z",
                "RECURRENCE-ID;TZID=x:20261130T080000",
                "RECURRENCE-ID;TZID=../../etc/passwd:20261130T080000",
                "RECURRENCE-ID:99991231T235959",
                "RECURRENCE-ID;TZID=America:00010101T000000",
                "DTSTART:00010101T000000",
                "DURATION:P99999999999999W",
                "ATTENDEE;PARTSTAT=accepted:mailto:a@b.example",
                'ATTENDEE;DELEGATED-TO="mailto:c@b.example";PARTSTAT=DELEGATED:mailto:a@b.example',
                "ATTENDEE;;;:::",
                " folded",
                "COMMENT:\\\\\\",
            ]
        ),
        st.text(max_size=60),
    ),
    max_size=60,
)


def check(data: bytes) -> Reading:
    """Read it, and see that all it says is bounded and of the kinds that are promised."""
    said = read(data, ours=OURS)
    assert said.kind in get_args(Kind)
    assert said.reason == "" or said.reason in REASONS
    assert bool(said.reason) == (not said.answers and not said.reports)
    assert len(said.digest) == 32
    assert read(data, ours=OURS) == said
    for text in (said.subject, said.sender_name, said.message_id, *said.in_reply_to):
        assert len(text) <= TEXT_LIMIT
        assert text == "" or text.isprintable()
    for address in (said.sender, *said.recipients, *(each.attendee for each in said.answers)):
        assert address == "" or normalise(address) == address
    for each in said.answers:
        assert 0 <= each.sequence <= GREATEST_SEQUENCE
        assert len(each.comment) <= COMMENT_LIMIT
        assert each.comment == "" or each.comment.isprintable()
        for at in (each.dtstamp, each.recurrence_id, each.proposed_start, each.proposed_end):
            assert at is None or at.utcoffset() is not None
    json.dumps(asdict(said), default=str).encode()
    trusted(said, Envelope("", ""), {said.sender})
    return said


@given(st.binary(max_size=3000))
def test_random_bytes(data: bytes) -> None:
    check(data)
    check(b"Content-Type: text/calendar; method=REPLY\r\n\r\n" + data)


@given(st.sampled_from(MAILS), st.data())
def test_cut_and_turned_answers(whole: bytes, data: st.DataObject) -> None:
    mutated = bytearray(whole)
    for _ in range(data.draw(st.integers(0, 12))):
        at = data.draw(st.integers(0, max(len(mutated) - 1, 0)))
        change: Callable[[], None] = data.draw(
            st.sampled_from(
                [
                    lambda at=at: mutated.__setitem__(slice(at, at + 1), b"\n"),
                    lambda at=at: mutated.__setitem__(slice(at, at + 1), b"\xff"),
                    lambda at=at: mutated.__setitem__(slice(at, at + 7), b""),
                    lambda at=at: mutated.__setitem__(slice(at, at), b'"'),
                    lambda at=at: mutated.__setitem__(slice(at, at), b"\r\n "),
                    lambda at=at: mutated.__setitem__(slice(at, at), mutated[at : at + 200]),
                ]
            )
        )
        change()
    check(bytes(mutated[: data.draw(st.integers(0, len(mutated)))]) if data.draw(st.booleans()) else bytes(mutated))


@given(st.sampled_from(MAILS), st.sampled_from(MAILS), st.data())
def test_two_mails_in_one(one: bytes, other: bytes, data: st.DataObject) -> None:
    check(one[: data.draw(st.integers(0, len(one)))] + other[data.draw(st.integers(0, len(other))) :])


@given(LINES)
def test_lines_of_a_calendar_in_any_order(lines: list[str]) -> None:
    check(mail(part("\n".join(["BEGIN:VCALENDAR", "METHOD:REPLY", "BEGIN:VEVENT", *lines]))))
    check(mail(part(calendar(event(*lines)))))


@given(st.text(max_size=300))
def test_text_in_every_place(text: str) -> None:
    clean = text.replace("\n", " ").replace("\r", " ").encode("utf-8", "replace").decode()
    check(mail(part(calendar(event(f"ATTENDEE;CN={clean};PARTSTAT={clean}:{clean}", f"COMMENT;X={clean}:{clean}")))))
    check(mail(f"Content-Type: {clean}\nContent-Transfer-Encoding: {clean}\n\n{clean}", f"From: {clean}"))
    parameters(clean)
    text_of(clean)
    mailboxes(clean)


@given(st.permutations(range(3)))
def test_the_order_of_events_does_not_matter(order: list[int]) -> None:
    events = [
        event("ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b.example", f"RECURRENCE-ID:2026110{day + 1}T010000Z")
        for day in order
    ]
    assert set(check(mail(part(calendar(*events)))).answers) == set(
        check(mail(part(calendar(*sorted(events))))).answers
    )
