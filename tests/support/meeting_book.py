"""Meetings for tests of the store and the desk: people, drafts, contexts, replies, each in one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from foundation import journal
from foundation.clock import microseconds
from foundation.storage import Database
from meetings.desk import meetings_desk
from meetings.desk.answers import take_in
from meetings.desk.context import Context, Created, Office, Outcome
from meetings.form.values import Draft
from meetings.meeting import Contact, Guest, Meeting, Paper, PartStat, Place
from meetings.replies.values import Answered, Envelope, Reading
from meetings.store import attendees, lines, meetings, outbox
from meetings.store.mail_values import PromisedMail
from meetings.store.values import StoredAttendee, StoredMeeting
from meetings.store.view_values import PersonLine

MIGRATIONS = [journal.MIGRATIONS, "meetings.migrations"]
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
START = datetime(2026, 12, 1, 8, 0, tzinfo=ZONE)
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=ZONE)
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
AT = microseconds(NOW)

OFFICE = Office(
    organiser="hop@tinh.test",
    organiser_name="Văn phòng Ủy ban nhân dân tỉnh",
    organisation="Ủy ban nhân dân tỉnh",
    domain="tinh.test",
    secretary="thuky@tinh.test",
    own_domains=("tinh.test",),
)

CHAIR = Guest("chu.tich@tinh.test", "Nguyễn Văn Chủ", "CHAIR", "Chủ tịch", "ubnd", "Ủy ban nhân dân tỉnh")
BINH = Guest(
    "binh@tinh.test", "Trần Thị Bình", title="Giám đốc", agency="sxd", agency_name="Sở Xây dựng", telephone="0900 1"
)
CUONG = Guest("cuong@tinh.test", "Lê Văn Cường", agency="sxd", aliases=("cuong.cu@tinh.test",))
DUNG = Guest("dung@tinh.test", "Phạm Thị Dung", "OPT-PARTICIPANT", agency="stc", groups=("stc",))
GIANG = Guest("giang@tinh.test", "Võ Thị Giang", agency="sxd")
EVERYBODY = (CHAIR, BINH, CUONG, DUNG)


def a_meeting(**facts: Any) -> Meeting:
    """A meeting of two hours on 1 December 2026."""
    given = Meeting(
        uid=facts.pop("uid", ""),
        summary="Họp triển khai nhiệm vụ",
        start=START,
        end=START + timedelta(hours=2),
        number="15/GM-UBND",
        chair=CHAIR.address,
        chair_name="Chủ tịch UBND tỉnh",
        content="Triển khai nhiệm vụ quý I",
        requirements="Chuẩn bị báo cáo",
        places=(Place("Phòng họp số 1", url="https://phong.tinh.test/1"), Place("Điểm cầu Sở Tài chính", ("stc",))),
        papers=(Paper("Dự thảo báo cáo", "https://tai-lieu.tinh.test/1"),),
        contact=Contact("Lê Thị Thư", "0900 000 000", "thuky@tinh.test"),
    )
    return replace(given, **facts)


def a_series(count: int = 4, **facts: Any) -> Meeting:
    """Every Tuesday from 1 December 2026."""
    return a_meeting(rrule=f"FREQ=WEEKLY;COUNT={count};BYDAY=TU", **facts)


def context(at: int = AT, operator: str = "thuky@tinh.test", **facts: Any) -> Context:
    return Context(at, operator, OFFICE, "abc123def456", **facts)


def create(
    database: Database, meeting: Meeting | None = None, guests: Sequence[Guest] = EVERYBODY, at: int = AT
) -> Created:
    draft = Draft(meeting or a_meeting(), tuple(guests))
    return database.run(lambda unit: meetings_desk.create(unit, draft, context(at)))


def change(
    database: Database,
    created: Created,
    guests: Sequence[Guest] | None = None,
    at: int = AT + HOUR,
    occurrence: datetime | None = None,
    acting: Context | None = None,
    removed: Sequence[str] = (),
    **facts: Any,
) -> meetings_desk.Change:
    """Change the meeting as it is now by these facts; people stay unless they are given."""
    stored = stored_of(database, created)
    before = stored.meeting if occurrence is None else said_at(database, created, occurrence)
    people = guests if guests is not None else database.read(lambda unit: meetings_desk.guests_of(unit, created.id))
    draft = Draft(replace(before, **facts), tuple(people), recurrence_id=occurrence, reason="đổi lịch")
    acting = acting or context(at)
    return database.run(lambda unit: meetings_desk.change(unit, created.id, draft, acting, removed=removed))


def said_at(database: Database, created: Created, occurrence: datetime) -> Meeting:
    from meetings.store import occurrences

    stored = stored_of(database, created)
    found = database.read(lambda unit: occurrences.one(unit, created.id, microseconds(occurrence)))
    assert found is not None
    return occurrences.said_by(stored.meeting, found)


def stored_of(database: Database, created: Created) -> StoredMeeting:
    found = database.read(lambda unit: meetings.load(unit, created.id))
    assert found is not None
    return found


def person(database: Database, created: Created, address: str) -> StoredAttendee:
    everybody = database.read(lambda unit: attendees.of_meeting(unit, created.id))
    return next(one for one in everybody if one.attendee.guest.address == address)


def line(database: Database, created: Created, address: str, recurrence_id: int = 0) -> PersonLine:
    everybody = database.read(lambda unit: lines.of_meeting(unit, created.id, recurrence_id))
    return next(one for one in everybody if one.address == address)


def mails(database: Database, created: Created, state: str = "waiting") -> list[tuple[str, str]]:
    """(purpose, address) of the promised mails in this state, in order."""
    return [(mail.purpose, mail.address) for mail in all_mails(database, created) if mail.state == state]


def all_mails(database: Database, created: Created) -> list[PromisedMail]:
    return database.read(lambda unit: outbox.of_meeting(unit, created.id))


def send_all(database: Database, at: int = AT + SECOND) -> list[str]:
    """Hand everything that waits to the relay; the addresses, in order."""
    sent: list[str] = []
    while claimed := database.run(lambda unit: outbox.claim_due(unit, at, 100, at + HOUR, "test")):
        ended = [outbox.HandedOver(one.id, at, "250 2.0.0 queued") for one in claimed]
        database.run(lambda unit: outbox.handed_over(unit, ended))  # noqa: B023 runs at once
        sent += [one.address for one in claimed]
    return sent


def answered(address: str, partstat: PartStat | str = "ACCEPTED", sequence: int = 0, **facts: Any) -> Answered:
    """What one VEVENT of a reply says; `seconds` after NOW is its DTSTAMP."""
    seconds = facts.pop("seconds", 60)
    dtstamp = (NOW + timedelta(seconds=seconds)).astimezone(UTC)
    return Answered(address, partstat=partstat, sequence=sequence, dtstamp=dtstamp, **facts)  # type: ignore[arg-type]


def reading(uid: str, *given: Answered, method: str = "REPLY", **facts: Any) -> Reading:
    """A mail that carries these answers."""
    known = {
        "message_id": f"reply-{hash((uid, given, method)) & 0xFFFFFFFF:x}@thu.tinh.test",
        "sender": given[0].attendee if given else "ai.do@noi.khac.example",
        "digest": repr((uid, given, method)).encode(),
        "subject": "Trả lời",
    }
    return Reading("itip", answers=given, method=method, uid=uid, **{**known, **facts})


def reply(database: Database, created: Created, given: Answered, at: int = AT + 2 * HOUR, **facts: Any) -> Outcome:
    """A reply that its attendee sends to their own sub-address."""
    token = ""
    everybody = database.read(lambda unit: attendees.of_meeting(unit, created.id))
    for one in everybody:
        if given.attendee in (one.attendee.guest.address, *one.attendee.guest.aliases):
            token = one.attendee.reply_token
    detail = facts.pop("detail", token)
    envelope = Envelope(given.attendee, f"hop+{detail}@tinh.test" if detail else "hop@tinh.test")
    acting = facts.pop("acting", None) or context(at, "mail")
    mail = reading(facts.pop("uid", created.uid), given, **facts)
    return database.run(lambda unit: take_in(unit, mail, envelope, b"raw bytes", acting))


def records(database: Database) -> list[str]:
    """The types of all journal records, in order."""
    return [record.type for record in database.read(lambda unit: journal.read_records(unit, 0, 100_000))]
