"""The weekly schedule on SQLite and PostgreSQL: editions, who is told, the change log, secrecy, what the web shows."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import icalendar
import pytest

from foundation import journal
from foundation.rendering import Renderer
from foundation.storage import ConstraintViolated, Database
from meetings.desk import letters_of, meetings_desk
from meetings.desk.week import Issued, Present, as_issued, issue, log, present
from meetings.invitations.mime import render
from meetings.meeting import Guest, Place
from meetings.store import outbox
from meetings.store import week as editions
from meetings.store.mail_values import PromisedMail
from meetings.web.week_pages import IssuedWeeks
from meetings.week import wording
from meetings.week.iso_week import IsoWeek
from meetings.week.table import PUBLIC, Edition
from tests.support.databases import Open
from tests.support.meeting_book import (
    AT,
    BINH,
    CHAIR,
    DUNG,
    EVERYBODY,
    HOUR,
    MIGRATIONS,
    OFFICE,
    SECOND,
    START,
    a_meeting,
    a_series,
    change,
    context,
    create,
    records,
    stored_of,
)
from tests.support.meeting_keys import links
from tests.support.meetings_settings import meetings_settings

WEEK = IsoWeek.of(START.date())
ZONE = "Asia/Ho_Chi_Minh"
URL = "https://hop.tinh.test"
DEPUTY = Guest("pho@tinh.test", "Hoàng Văn Phó", title="Phó Chủ tịch", agency_name="Ủy ban nhân dân tỉnh")
LEADERS = (Guest(CHAIR.address, CHAIR.name, title="Chủ tịch"), DEPUTY)


@pytest.fixture
def database(open_tool: Open) -> Database:
    return open_tool("meetings", MIGRATIONS)


def issued(database: Database, at: int = AT + HOUR, week: IsoWeek = WEEK) -> Issued:
    return database.run(lambda unit: issue(unit, week, LEADERS, context(at), URL))


def now(database: Database, week: IsoWeek = WEEK) -> Present:
    return database.read(lambda unit: present(unit, week, ZONE, LEADERS))


def week_mails(database: Database) -> list[PromisedMail]:
    return [mail for mail in database.read(lambda unit: outbox.of_meeting(unit, 0)) if mail.purpose == "week"]


def letter(database: Database, mail: PromisedMail) -> str:
    sources = letters_of.Sources(OFFICE, links())
    found = database.read(lambda unit: letters_of.letters(unit, [mail.id], sources))[mail.id]
    import email
    import email.policy

    message = email.message_from_bytes(render(found, Renderer()), policy=email.policy.default)
    return f"{message['Subject']}\n{message['To']}\n{message.get_content()}"


def test_the_first_issue_is_number_zero_and_tells_the_leaders_who_are_in_it(database: Database) -> None:
    create(database)
    done = issued(database)
    assert (done.number, done.unchanged, [one.kind for one in done.changes]) == (0, False, ["added"])
    assert done.mailed == (CHAIR.address,)
    assert records(database)[-1] == "week.issued"
    (mail,) = week_mails(database)
    assert (mail.address, mail.meeting_id, mail.attendee_id, mail.state) == (CHAIR.address, 0, None, "waiting")


def test_the_letter_says_which_week_and_which_row(database: Database) -> None:
    create(database)
    issued(database)
    text = letter(database, week_mails(database)[0])
    assert "Lịch công tác tuần 49 năm 2026" in text
    assert "Kính gửi: Nguyễn Văn Chủ, Chủ tịch" in text
    assert "08h00 - 10h00, thứ Ba, 01/12/2026; Họp triển khai nhiệm vụ; Đ/c Chủ (chủ trì)" in text
    assert f"{URL}/week/2026-W49" in text
    assert "Bổ sung" not in text, "nothing is added to what was never issued"
    assert "Added" not in text


def test_a_meeting_in_the_common_room_is_issued_as_online(database: Database) -> None:
    create(database, a_meeting(places=(Place("Phòng họp số 1"),)))
    room = Place("", url="https://phong.tinh.test/chung")
    database.run(lambda unit: issue(unit, WEEK, LEADERS, context(AT + HOUR), URL, room))
    (row,) = database.read(lambda unit: as_issued(unit, WEEK, ZONE)).rows
    assert row.online
    assert "Phòng họp số 1; có trực tuyến" in (page_of(database) or "")
    assert not database.read(lambda unit: present(unit, WEEK, ZONE, LEADERS, room)).draft


def test_the_same_week_is_not_issued_twice(database: Database) -> None:
    create(database)
    issued(database)
    again = issued(database, AT + 2 * HOUR)
    assert (again.unchanged, again.number, again.mailed) == (True, 0, ())
    assert records(database).count("week.issued") == 1
    assert len(week_mails(database)) == 1


def test_a_change_that_nobody_sees_is_no_adjustment(database: Database) -> None:
    created = create(database)
    issued(database)
    change(database, created, requirements="Chuẩn bị báo cáo bằng văn bản")
    assert issued(database, AT + 2 * HOUR).unchanged


def test_an_adjustment_tells_only_whom_it_concerns(database: Database) -> None:
    create(database)
    others = (Guest(DEPUTY.address, DEPUTY.name, "CHAIR"), BINH)
    meeting = a_meeting(uid="", start=START + timedelta(days=1), end=START + timedelta(days=1, hours=1), number="")
    second = create(database, meeting, others)
    assert issued(database).mailed == (CHAIR.address, DEPUTY.address)
    change(database, second, start=meeting.start + timedelta(hours=2), end=meeting.end + timedelta(hours=2))
    done = issued(database, AT + 3 * HOUR)
    assert (done.number, [one.kind for one in done.changes], done.mailed) == (1, ["changed"], (DEPUTY.address,))
    text = letter(database, week_mails(database)[-1])
    assert "điều chỉnh lần 1" in text
    assert "Cũ:  08h00 - 09h00, thứ Tư, 02/12/2026" in text
    assert "Mới: 10h00 - 11h00, thứ Tư, 02/12/2026" in text


def test_a_cancelled_meeting_drops_out_and_the_log_says_why(database: Database) -> None:
    created = create(database)
    issued(database)
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + HOUR), reason="bận"))
    done = issued(database, AT + 2 * HOUR)
    assert (done.number, done.mailed) == (1, (CHAIR.address,))
    assert now(database).table().rows == ()
    first, second = database.read(lambda unit: log(unit, WEEK, ZONE))
    assert [one.kind for one in first.changes] == ["added"]
    assert [(one.kind, one.why.vi) for one in second.changes] == [("removed", "hủy, lý do: bận")]
    (public,) = database.read(lambda unit: log(unit, WEEK, ZONE, PUBLIC))[1].changes
    assert public.why.vi == "hủy"
    (row,) = week_mails(database)[-1].details["rows"]
    assert row["before"].endswith(": hủy, lý do: bận")
    assert row["before_en"].endswith(": cancelled, reason: bận")
    text = letter(database, week_mails(database)[-1])
    assert "cancelled, reason: bận" in text


def test_a_meeting_moved_to_another_week_says_where_it_went_and_stays_in_the_calendar(database: Database) -> None:
    created = create(database)
    issued(database)
    later = START + timedelta(days=7)
    change(database, created, start=later, end=later + timedelta(hours=2))
    done = issued(database, AT + 2 * HOUR)
    assert done.changes[0].why.vi == "hoãn, chuyển sang 08h00 - 10h00, thứ Ba, 08/12/2026"
    (event,) = calendar_of(database)
    assert event["DTSTART"].dt == later
    assert event["SEQUENCE"] == 1
    assert issued(database, AT + 3 * HOUR).unchanged
    following = IsoWeek.of(later.date())
    assert issued(database, AT + 3 * HOUR, following).changes[0].kind == "added"


def test_occurrences_of_a_series_with_their_exceptions(database: Database) -> None:
    created = create(database, a_series(3))
    issued(database)
    moved = START + timedelta(days=1)
    change(database, created, occurrence=START, start=moved, end=moved + timedelta(hours=1))
    (row,) = now(database).table().rows
    assert wording.moment(row).vi == "08h00 - 09h00, thứ Tư, 02/12/2026"
    assert row.recurrence_id > 0
    done = issued(database, AT + 3 * HOUR)
    assert [(one.kind, one.row.key) for one in done.changes] == [("changed", row.key)]
    (event,) = calendar_of(database)
    assert event["RECURRENCE-ID"].dt == START
    assert len(now(database, IsoWeek.of((START + timedelta(days=7)).date())).table().rows) == 1


def test_a_series_that_no_longer_sits_then_ends_in_the_calendar(database: Database) -> None:
    created = create(database, a_series(3))
    issued(database)
    wednesday = START + timedelta(days=8)
    change(database, created, start=wednesday, end=wednesday + timedelta(hours=2), rrule="FREQ=WEEKLY;COUNT=2;BYDAY=WE")
    done = issued(database, AT + 3 * HOUR)
    assert [(one.kind, one.why.vi) for one in done.changes] == [("removed", "hủy")]
    (event,) = calendar_of(database)
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 1)


def test_what_was_cancelled_before_the_first_issue_was_never_published(database: Database) -> None:
    created = create(database)
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + SECOND)))
    issued(database)
    assert calendar_of(database) == []


def test_an_empty_week_can_be_issued(database: Database) -> None:
    done = issued(database)
    assert (done.number, done.changes, done.mailed) == (0, (), ())
    assert issued(database, AT + 2 * HOUR).unchanged


def test_an_edition_never_changes(database: Database) -> None:
    created = create(database)
    issued(database)
    (before,) = database.read(lambda unit: editions.editions(unit, WEEK, ZONE))
    change(database, created, summary="Khác")
    issued(database, AT + 3 * HOUR)
    assert database.read(lambda unit: editions.editions(unit, WEEK, ZONE))[0] == before
    with pytest.raises(ConstraintViolated):
        database.run(lambda unit: editions.add(unit, Edition(WEEK, 0, START, "ai", ())))


def test_a_draft_is_known_as_one(database: Database) -> None:
    created = create(database)
    assert (now(database).draft, now(database).table().edition) == (True, None)
    issued(database)
    assert (now(database).draft, now(database).table().edition) == (False, 0)
    change(database, created, summary="Khác")
    assert now(database).draft
    assert database.read(lambda unit: as_issued(unit, WEEK, ZONE)).rows[0].content == "Họp triển khai nhiệm vụ"


# ---- secret ----------------------------------------------------------------------------------------------------------


def make_secret(database: Database, created: Any) -> None:
    change(database, created, secret=True, papers=(), places=(), content="", at=AT + 2 * HOUR)


def test_a_meeting_that_becomes_secret_leaves_no_word_in_editions_and_mails(database: Database) -> None:
    create(database, a_meeting(uid="khac@tinh.test", number=""), EVERYBODY)
    created = create(database, a_meeting(summary="NỘI DUNG CẦN GIẤU"))
    issued(database)
    make_secret(database, created)
    for table in ("week_row", "promised"):
        said = database.read(lambda unit: unit.execute(f"SELECT * FROM {table}"))  # noqa: B023, S608
        assert "CẦN GIẤU" not in repr(said)
    (mail,) = week_mails(database)
    text = letter(database, mail)
    assert "(đã rút)" in text
    assert "Họp triển khai nhiệm vụ" in text
    assert "Họp triển khai nhiệm vụ" in (page_of(database) or "")


def test_after_it_became_secret_the_full_cut_has_a_neutral_row_and_the_public_none(database: Database) -> None:
    created = create(database, a_meeting(summary="NỘI DUNG CẦN GIẤU"))
    issued(database)
    make_secret(database, created)
    (event,) = calendar_of(database)
    assert event["STATUS"] == "CANCELLED"
    done = issued(database, AT + 3 * HOUR)
    assert done.mailed == ()
    (row,) = now(database).table().rows
    assert wording.summary(row).vi == "Thứ Ba, 01/12/2026; Lịch làm việc riêng"
    assert now(database).table("public").rows == ()
    assert "làm việc riêng" not in (page_of(database) or "")
    assert calendar_of(database) == []
    assert stored_of(database, created).uid not in (page_of(database) or "")


# ---- the web ---------------------------------------------------------------------------------------------------------


def pages(database: Database) -> IssuedWeeks:
    settings = meetings_settings(public_url=URL)
    return IssuedWeeks(database, lambda: settings, Renderer)


def page_of(database: Database, leader: str = "", week: IsoWeek = WEEK) -> str | None:
    return asyncio.run(pages(database).page(str(week), leader, "vi"))


def calendar_of(database: Database, leader: str = "") -> list[Any]:
    content = asyncio.run(pages(database).file(str(WEEK), leader, "ics"))
    assert content is not None
    return list(icalendar.Calendar.from_ical(content).walk("VEVENT"))


def test_the_web_shows_what_was_issued_and_nothing_else(database: Database) -> None:
    created = create(database)
    assert page_of(database) is None
    assert asyncio.run(pages(database).file(str(WEEK), "", "ics")) is None
    issued(database)
    change(database, created, summary="Chưa ban hành")
    said = page_of(database)
    assert said is not None
    assert "Họp triển khai nhiệm vụ" in said
    assert "Chưa ban hành" not in said
    assert "0900 000 000" not in said
    assert "phong.tinh.test" not in said
    assert CHAIR.address not in said


def test_a_leader_has_a_page_of_their_own_and_others_have_none(database: Database) -> None:
    create(database)
    issued(database)
    assert "Lịch của đ/c Chủ" in (page_of(database, CHAIR.address) or "")
    assert page_of(database, DEPUTY.address) is None
    assert page_of(database, DUNG.address) is None
    assert asyncio.run(pages(database).file(str(WEEK), DUNG.address, "ics")) is None
    assert len(calendar_of(database, CHAIR.address)) == 1


def test_the_pdf_is_a_landscape_page_with_text_made_once(database: Database) -> None:
    from io import BytesIO

    from pypdf import PdfReader

    create(database)
    issued(database)
    web = pages(database)
    first = asyncio.run(web.file(str(WEEK), "", "pdf"))
    assert first is not None
    sheet = PdfReader(BytesIO(first)).pages[0]
    assert sheet.mediabox.width > sheet.mediabox.height
    text = sheet.extract_text()
    assert "LỊCH CÔNG TÁC TUẦN 49 NĂM 2026" in text
    assert "Họp triển khai nhiệm vụ" in " ".join(text.split())
    assert asyncio.run(pages(database).file(str(WEEK), "", "pdf")) == first


def test_the_journal_says_how_much_and_by_whom(database: Database) -> None:
    create(database)
    issued(database)
    found = database.read(lambda unit: list(journal.read_records(unit, 0, 1000)))[-1]
    public = {"week": "2026-W49", "edition": 0, "rows": 1, "added": 1, "changed": 0, "removed": 0, "mailed": 1}
    assert public.items() <= dict(found.public).items()
