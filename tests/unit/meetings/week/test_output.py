"""The week as page, text, calendar and JSON; days off."""

from __future__ import annotations

from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

import icalendar
import pytest

from foundation.language import Language
from foundation.rendering import Renderer
from foundation.workdays import WorkCalendar
from meetings.itip.objects import Party
from meetings.week.as_json import read_row, row_fields, stored_row
from meetings.week.calendar import week_calendar
from meetings.week.changes import blanked, differences
from meetings.week.cuts import cut_rows
from meetings.week.days import days_of
from meetings.week.page import LogEntry, Shown, inside, page, plain
from meetings.week.rows import all_rows
from meetings.week.table import Row, WeekTable
from tests.support.week_book import HUNG, LEADERS, THANH, WEEK, ZONE_NAME, attendee, sitting

STAMP = datetime(2026, 11, 20, 2, tzinfo=UTC)
ORGANIZER = Party("hop@tinh.test", "Văn phòng UBND tỉnh")
NO_HOLIDAYS = WorkCalendar(makeup_days=frozenset(WEEK.days[:5]))


def rows_of(*sittings: Any) -> tuple[Row, ...]:
    return all_rows(sittings, WEEK, ZONE_NAME, LEADERS)


def shown(*sittings: Any, cut: str = "full", calendar: WorkCalendar = NO_HOLIDAYS, **facts: Any) -> Shown:
    return Shown(WeekTable(WEEK, cut_rows(rows_of(*sittings), cut), cut, **facts), "UBND tỉnh Thử", calendar)


class Cells(HTMLParser):
    """The rows of the table: [(tag, attributes, text)]."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[tuple[str, dict[str, str | None], str]]] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append((tag, dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            tag, attrs, text = self.rows[-1][-1]
            self.rows[-1][-1] = (tag, attrs, text + data)


def test_the_day_spans_its_rows_and_the_head_has_the_eight_columns() -> None:
    cells = Cells(page(shown(sitting("a"), sitting("b", hour=14), sitting("c", 1)), Renderer(), "vi"))
    assert [text.strip() for _, _, text in cells.rows[0]] == [
        "Ngày",
        "Thời gian",
        "Nội dung",
        "Lãnh đạo chủ trì/tham dự",
        "Địa điểm",
        "Thành phần",
        "Theo dõi, phục vụ",
        "Ghi chú",
    ]
    assert all(attrs["scope"] == "col" for _, attrs, _ in cells.rows[0])
    assert cells.rows[1][0][1] == {"scope": "row", "rowspan": "2"}
    assert (len(cells.rows[1]), len(cells.rows[2]), len(cells.rows[3])) == (8, 7, 8)
    assert "caption" in cells.tags
    assert "script" not in cells.tags
    assert "a" not in cells.tags


@pytest.mark.parametrize(("language", "title"), [("vi", "Lịch công tác tuần 48 năm 2026"), ("en", "week 48, 2026")])
def test_the_title_and_the_edition_are_said(language: Language, title: str) -> None:
    said = page(shown(sitting(), edition=2, issued_at=STAMP), Renderer(), language)
    assert title in said
    assert f'<html lang="{language}">' in said
    assert ("Điều chỉnh lần 2" if language == "vi" else "Adjustment 2") in said


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"edition": None, "draft": True}, "Dự thảo, chưa ban hành"),
        ({"edition": 0}, "Ban hành lần đầu"),
        ({"edition": 0, "draft": True}, "Dự thảo điều chỉnh lần 1, chưa ban hành"),
        ({"edition": 9}, "Điều chỉnh lần 9"),
    ],
)
def test_a_draft_says_that_it_is_one(facts: dict[str, Any], said: str) -> None:
    assert said in plain(shown(sitting(), **facts), Renderer(), "vi")


def test_what_people_write_is_escaped() -> None:
    said = inside(shown(sitting(summary='<script>alert(1)</script> & "x"')), Renderer(), "vi")
    assert "<script>" not in said
    assert "&lt;script&gt;" in said


def test_the_text_has_everything_by_day() -> None:
    said = plain(shown(sitting(), sitting("x", 2, secret=True)), Renderer(), "vi")
    assert "LỊCH CÔNG TÁC TUẦN 48 NĂM 2026 (từ ngày 23/11/2026 đến ngày 29/11/2026)" in said
    assert "  08h00 - 10h00    Họp giao ban công tác tháng 11\n" in said
    assert "                   Lãnh đạo chủ trì/tham dự: Đ/c Thanh (chủ trì)\n" in said
    assert "THỨ TƯ, 25/11/2026\n  —                Lịch làm việc riêng\n" in said
    assert "THỨ SÁU, 27/11/2026  Chưa có lịch\n" in said
    assert "THỨ BẢY" not in said


def test_the_log_says_before_and_after() -> None:
    before, after = rows_of(sitting(), sitting("b", 1)), rows_of(sitting(hour=14), sitting("b", 1, status="CANCELLED"))
    log = (LogEntry(0, STAMP, "thuky", ()), LogEntry(1, STAMP, "thuky", differences(before, after)))
    given = Shown(WeekTable(WEEK, after, "full", 1, STAMP), "UBND", NO_HOLIDAYS, log=log)
    said = inside(given, Renderer(), "vi")
    assert "<del>08h00 - 10h00, thứ Hai, 23/11/2026</del> → <ins>14h00 - 16h00, thứ Hai, 23/11/2026</ins>" in said
    assert "(hủy)" in said
    assert said.count("<h3>") == 1


def test_a_leader_is_greeted_by_the_title() -> None:
    table = WeekTable(WEEK, cut_rows(rows_of(sitting()), THANH.address), THANH.address, 0, STAMP)
    assert "Lịch của đ/c Thanh" in plain(Shown(table, "UBND", NO_HOLIDAYS, "Thanh"), Renderer(), "vi")


def test_days_off_and_make_up_days_say_so() -> None:
    calendar = WorkCalendar.of([date(2026, 11, 25)], [*WEEK.days[:2], *WEEK.days[3:6]])
    days = {each.day.day: each for each in days_of(WEEK, rows_of(sitting(day=2), sitting("b", 6)), calendar)}
    assert days[25].note.vi == "Nghỉ lễ"
    assert len(days[25].rows) == 1
    assert days[28].note.vi == "Làm bù"
    assert (days[29].note.vi, len(days[29].rows)) == ("", 1)
    assert days[27].note.vi == "Chưa có lịch"


# ---- iCalendar -------------------------------------------------------------------------------------------------------


def events(content: bytes) -> dict[tuple[str, str], Any]:
    """{(uid, recurrence id): event}"""
    found = icalendar.Calendar.from_ical(content)
    assert found["METHOD"] == "PUBLISH"
    return {
        (str(each["UID"]), each["RECURRENCE-ID"].to_ical().decode() if "RECURRENCE-ID" in each else ""): each
        for each in found.walk("VEVENT")
    }


def file_of(*rows: Row, cut: str = "full") -> dict[tuple[str, str], Any]:
    return events(week_calendar(WEEK, rows, cut, ORGANIZER, STAMP))


def test_each_row_is_an_event_of_its_meeting() -> None:
    (event,) = file_of(*rows_of(sitting(sequence=4))).values()
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("mot@tinh.test", 4, "CONFIRMED")
    assert event["DTSTART"].dt.isoformat() == "2026-11-23T08:00:00+07:00"
    assert event["SUMMARY"] == "Họp giao ban công tác tháng 11"
    assert "ATTENDEE" not in event


def test_occurrences_are_told_apart_by_their_recurrence_id() -> None:
    first = sitting(recurrence_id=1_795_395_600_000_000)
    second = sitting(day=2, recurrence_id=1_795_568_400_000_000)
    assert len(file_of(*rows_of(first, second))) == 2


def test_cancelled_and_moved_ones_stay_in_the_file() -> None:
    away = all_rows([], WEEK, ZONE_NAME, LEADERS, [sitting("b@tinh.test", 9, sequence=2)])
    found = file_of(*rows_of(sitting("a@tinh.test", status="CANCELLED")), *away)
    assert found["a@tinh.test", ""]["STATUS"] == "CANCELLED"
    assert found["b@tinh.test", ""]["DTSTART"].dt.isoformat() == "2026-12-02T08:00:00+07:00"


def test_a_secret_meeting_is_not_in_the_file() -> None:
    assert file_of(*rows_of(sitting(secret=True))) == {}


def test_what_was_published_before_it_became_secret_ends_without_a_word() -> None:
    (row,) = rows_of(sitting(summary="KHÔNG ĐƯỢC LỘ"))
    (event,) = file_of(blanked(row), cut="public").values()
    assert event["STATUS"] == "CANCELLED"
    assert "LỘ" not in event.to_ical().decode()
    assert "DESCRIPTION" not in event


def test_a_meeting_that_became_a_series_does_not_end_it() -> None:
    old = rows_of(sitting(status="CANCELLED"))
    new = rows_of(sitting(recurrence_id=1_795_395_600_000_000))
    assert [key[1] != "" for key in file_of(*old, *new)] == [True]


def test_the_public_file_has_no_telephone() -> None:
    content = week_calendar(WEEK, rows_of(sitting()), "public", ORGANIZER, STAMP)
    assert b"0900" not in content
    assert b"phong.tinh.test" not in content


def test_the_same_edition_is_the_same_file_and_an_empty_week_one_too() -> None:
    rows = rows_of(sitting(), sitting("b@tinh.test", 1, people=(attendee(HUNG, "CHAIR"),)))
    assert week_calendar(WEEK, rows, "full", ORGANIZER, STAMP) == week_calendar(WEEK, rows, "full", ORGANIZER, STAMP)
    assert file_of() == {}


# ---- JSON ------------------------------------------------------------------------------------------------------------


def test_a_row_is_read_as_it_was_stored() -> None:
    for row in rows_of(sitting(urgency="khẩn"), sitting("x", 1, secret=True), sitting("y", status="CANCELLED")):
        assert read_row(row.uid, row.recurrence_id, stored_row(row), ZONE_NAME) == row


def test_scripts_learn_of_a_secret_row_its_day() -> None:
    (row,) = rows_of(sitting(day=2, secret=True))
    fields = row_fields(row)
    assert (fields["uid"], fields["start"], fields["end"], fields["leaders"]) == ("", None, None, [])
    assert fields["day"] == "2026-11-25"
