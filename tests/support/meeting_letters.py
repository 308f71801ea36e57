"""Letters of an invented meeting, in every purpose, and what the templates of their mail receive in a sample."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from meetings.invitations.facts import PERSONAL, facts
from meetings.invitations.letter_pdf import page_variables
from meetings.invitations.letters import Letter
from meetings.invitations.mime import LETTER_TEMPLATE, TEMPLATES
from meetings.meeting import Attendee, Contact, Guest, Meeting, Occurrence, Paper, Place
from meetings.terms import Purpose

ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
START: Final = datetime(2026, 12, 1, 14, 0, tzinfo=ZONE)
AT: Final = datetime(2026, 11, 23, 8, 30, tzinfo=ZONE)

HALL = Place("Phòng họp số 1, trụ sở UBND tỉnh", ("sxd",))
ONLINE = Place(
    "Điểm cầu các xã",
    ("xa-an-phu",),
    url="https://hop.tinh.test/phong/4711",
    sip="sip:4711@mcu.tinh.test",
    h323="192.0.2.9##4711",
    telephone="+84 20 3333 4444",
    pin="2468",
)

MEETING = Meeting(
    uid="7c9e6679-7425-40de-944b-e07fc1f90ae7@tinh.test",
    summary="Họp giao ban tháng 12, bàn việc “phòng, chống thiên tai”",
    start=START,
    end=START + timedelta(hours=2),
    number="15/GM-UBND",
    chair="chu.tich@tinh.test",
    chair_name="Ông Trần Văn Bình, Chủ tịch UBND tỉnh",
    content="a) Tình hình tháng 11\nb) Nhiệm vụ tháng 12; ý kiến các ngành",
    requirements="Các đơn vị gửi báo cáo trước ngày 30/11",
    places=(HALL, ONLINE),
    papers=(Paper("Dự thảo báo cáo", "https://tailieu.tinh.test/bc?id=1&v=2"),),
    contact=Contact("Lê Thị Cúc", "020 3333 1111", "cuc.le@tinh.test"),
    answer_by=START - timedelta(days=2),
)


def guest(number: int = 1, **changes: Any) -> Guest:
    """The invented civil servant of that number."""
    values: dict[str, Any] = {
        "address": f"an.nguyen{number}@xa.tinh.test",
        "name": f"Nguyễn Văn Ấn {number}",
        "title": "Chủ tịch UBND xã",
        "agency": "xa-an-phu",
        "agency_name": "UBND xã An Phú",
    }
    return Guest(**values | changes)


def attendee(number: int = 1, **changes: Any) -> Attendee:
    """Somebody invited; `changes` are fields of `Attendee`."""
    values: dict[str, Any] = {
        "id": number,
        "guest": guest(number),
        "public_id": f"p{number:015}",
        "reply_token": f"r{number}",
    }
    return Attendee(**values | changes)


CHAIR = Attendee(
    900001,
    Guest("chu.tich@tinh.test", "Trần Văn Bình", "CHAIR", "Chủ tịch", "ub", "UBND tỉnh Thử"),
    "c0000000001",
    "rc",
    partstat="ACCEPTED",
)


def letter(purpose: Purpose = "request", person: Attendee | None = None, **changes: Any) -> Letter:
    """A mail to the first civil servant, or to `person`; `changes` are fields of `Letter`."""
    person = person or attendee()
    number = person.id
    values: dict[str, Any] = {
        "purpose": purpose,
        "meeting": MEETING,
        "sequence": 0,
        "dtstamp": AT.astimezone(UTC),
        "at": AT,
        "token": f"tok{number:09}",
        "recipient": person,
        "recipient_address": person.guest.address,
        "organiser_name": "Văn phòng UBND tỉnh Thử",
        "organiser_address": f"hop+r{number}@tinh.test",
        "chair": CHAIR,
        "page_url": f"https://hop.tinh.test/m/p{number:015}.0.{'A' * 43}",
        "join_url": f"https://hop.tinh.test/j/p{number:015}.0.{'B' * 43}",
        "feed_url": f"https://hop.tinh.test/f/q{number:015}.0.{'C' * 43}.ics",
        "organisation": "UBND tỉnh Thử",
    }
    return Letter(**values | changes)


def to_secretary(purpose: Purpose, **changes: Any) -> Letter:
    """A mail to the secretary's mailbox."""
    values: dict[str, Any] = {
        "recipient": None,
        "recipient_address": "thuky@tinh.test",
        "secretary_url": f"https://hop.tinh.test/s/s000000001.0.{'D' * 43}",
        "page_url": "",
        "join_url": "",
        "feed_url": "",
        "organiser_address": "hop@tinh.test",
    }
    return letter(purpose, **values | changes)


SERIES = replace(MEETING, rrule="FREQ=WEEKLY;BYDAY=TU;COUNT=6")
"""Six Tuesdays; the second begins an hour later, the third is cancelled."""

MOVED = Occurrence(
    START + timedelta(days=7),
    replace(MEETING, start=START + timedelta(days=7, hours=1), end=START + timedelta(days=7, hours=3)),
)
DROPPED = Occurrence(
    START + timedelta(days=14),
    replace(MEETING, start=START + timedelta(days=14), end=START + timedelta(days=14, hours=2), status="CANCELLED"),
)

DEPUTY = attendee(2, delegated_from=1)
DELEGATOR = attendee(1, delegated_to=2, partstat="DELEGATED")

SECRET = Meeting(
    uid=MEETING.uid,
    summary="Mời nhận giấy mời trực tiếp",
    start=START,
    end=START + timedelta(hours=2),
    contact=MEETING.contact,
    secret=True,
)

PERSON_WORDS = {
    "name": "Nguyễn Văn Ấn",
    "address": "an@xa.tinh.test",
    "title": "Chủ tịch",
    "agency": "UBND xã An Phú",
    "telephone": "020 1",
}


def every_letter() -> dict[str, Letter]:
    """One letter of every kind that goes out, by a name for it."""
    changed = replace(MEETING, start=START + timedelta(hours=1), end=START + timedelta(hours=3))
    return {
        "request": letter(),
        "request, changed": letter(
            meeting=changed, sequence=1, previous=MEETING, details={"in_reply_to": "tok0", "reason": "Bão số 9"}
        ),
        "request, again": letter(details={"again": True}),
        "request, old time": letter(details={"again": True, "old_time": True}),
        "request, changed for whom a deputy goes": letter(
            person=DELEGATOR,
            counterpart=DEPUTY,
            meeting=changed,
            sequence=2,
            previous=MEETING,
            page_url="",
            join_url="",
        ),
        "request, series": letter(meeting=SERIES, occurrences=(MOVED, DROPPED), sequence=3),
        "request, lone": letter(
            meeting=SERIES, occurrences=(MOVED,), lone=True, sequence=1, previous=replace(SERIES, rrule="")
        ),
        "request, full list": letter(
            meeting=replace(MEETING, full_list=True), everybody=(CHAIR, attendee(1), attendee(2), attendee(3))
        ),
        "request, with PDF": letter(letter_pdf=b"%PDF-1.7 not really\n%%EOF\n"),
        "request, urgent": letter(
            meeting=replace(MEETING, urgency="hỏa tốc", urgent_reason="bão số 9"), sent_by="cuc.le@tinh.test"
        ),
        "delegation, deputy": letter(
            "delegation", DEPUTY, counterpart=DELEGATOR, counterpart_partstat="DELEGATED", sequence=1
        ),
        "delegation, delegator": letter(
            "delegation", DELEGATOR, counterpart=DEPUTY, sequence=1, page_url="", join_url=""
        ),
        "cancel": letter(
            "cancel",
            meeting=replace(MEETING, status="CANCELLED"),
            sequence=2,
            details={"reason": "Chủ tịch đi công tác", "in_reply_to": "<tok000000001@tinh.test>"},
        ),
        "cancel, one": letter("cancel", meeting=SERIES, occurrences=(DROPPED,), lone=True, sequence=2),
        "cancel, removed": letter("cancel", sequence=2, details={"removed": True}),
        "cancel, now secret": letter("cancel", meeting=replace(SECRET, status="CANCELLED"), sequence=2),
        "declinecounter": letter(
            "declinecounter",
            details={"reason": "Đã kín lịch", "proposed_start": "2026-12-02T09:00:00+07:00"},
        ),
        "neutral": letter("neutral", meeting=SECRET, page_url="", join_url="", feed_url=""),
        "neutral, replaced": letter("neutral", meeting=SECRET, page_url="", details={"what": "replaced"}),
        "neutral, withdrawn": letter("neutral", meeting=SECRET, page_url="", details={"what": "withdrawn"}),
        "neutral, removed": letter(
            "neutral", meeting=SECRET, page_url="", details={"what": "withdrawn", "removed": True}
        ),
        "reminder": letter("reminder"),
        "alarm": to_secretary(
            "alarm",
            details={
                "total": 12,
                "people": [PERSON_WORDS | {"delivery": "failed", "answer": "NEEDS-ACTION"}],
            },
        ),
        "consent": to_secretary(
            "consent",
            details={"delegator": PERSON_WORDS, "deputy": PERSON_WORDS, "comment": "Đi học", "other_agency": True},
        ),
        "waiting": to_secretary("waiting"),
        "refusal": letter("refusal", details={"deputy": PERSON_WORDS, "reason": "Cần người đứng đầu"}),
        "week": letter(
            "week",
            details={
                "title": "Lịch công tác tuần 49 năm 2026",
                "edition": 2,
                "url": "https://hop.tinh.test/week",
                "rows": [
                    {"change": "added", "after": "Thứ Ba, 14 giờ 00: Giao ban"},
                    {"change": "changed", "before": "Thứ Tư, 8 giờ 00: Họp", "after": "Thứ Tư, 9 giờ 00: Họp"},
                    {"change": "removed", "before": "Thứ Năm: Đi cơ sở"},
                ],
            },
        ),
    }


def template_samples() -> dict[str, dict[str, Any]]:
    """What each template of the invitations receives, by its name."""
    samples: dict[str, dict[str, Any]] = {}
    for each in every_letter().values():
        variables = facts(each, frozenset(PERSONAL)) | {"beside": False}
        for kind in ("txt", "html") if each.purpose in ("request", "cancel", "declinecounter") else ("txt",):
            samples.setdefault(f"mail/{TEMPLATES[each.purpose]}.{kind}", variables)
    words = {
        "organisation": "UBND tỉnh Thử",
        "parent": "",
        "place_name": "Thử",
        "signer_title": "Chủ tịch",
        "signer_name": "Trần Văn Bình",
    }
    frame = ("subject", "organisation", "organiser", "document", "contact")
    invitation = samples["mail/invitation.html"]
    samples["mail/frame.html"] = {name: invitation[name] for name in frame}
    return samples | {LETTER_TEMPLATE: page_variables(SERIES, words, AT, ("Các sở, ngành",), (MOVED, DROPPED))}
