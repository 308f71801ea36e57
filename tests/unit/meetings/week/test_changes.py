"""What differs between two editions, and whom it concerns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from meetings.week.changes import affected, blanked, differences, lines, same_week
from meetings.week.rows import all_rows
from meetings.week.table import Row
from tests.support.week_book import HANH, HUNG, LEADERS, THANH, WEEK, ZONE_NAME, attendee, sitting


def rows_of(*sittings: Any) -> tuple[Row, ...]:
    return all_rows(sittings, WEEK, ZONE_NAME, LEADERS)


def test_the_same_rows_are_the_same_week_whatever_their_sequence() -> None:
    assert same_week(rows_of(sitting()), rows_of(sitting(sequence=3)))


def test_a_meeting_that_is_moved_is_one_change_with_the_field() -> None:
    (change,) = differences(rows_of(sitting()), rows_of(sitting(day=1, hour=14)))
    assert change.kind == "changed"
    (field,) = change.fields
    assert (field.name, field.before.vi) == ("time", "08h00 - 10h00, thứ Hai, 23/11/2026")
    assert field.after.vi == "14h00 - 16h00, thứ Ba, 24/11/2026"


def test_every_column_is_compared() -> None:
    changed = sitting(
        hour=9, summary="Khác", people=(attendee(HUNG, "CHAIR"),), places=(), urgency="khẩn", number="16/GM-UBND"
    )
    (change,) = differences(rows_of(sitting()), rows_of(replace(changed)))
    assert [each.name for each in change.fields] == ["time", "content", "leaders", "places", "participants", "notes"]


def test_new_and_gone_rows_are_told_in_the_order_of_days() -> None:
    found = differences(rows_of(sitting("b", 3)), rows_of(sitting("a", 1), sitting("c", 4)))
    assert [(one.kind, one.row.uid) for one in found] == [("added", "a"), ("removed", "b"), ("added", "c")]


def test_a_cancelled_one_is_gone_with_the_word_for_it() -> None:
    (change,) = differences(rows_of(sitting()), rows_of(sitting(status="CANCELLED")))
    assert (change.kind, change.why.vi) == ("removed", "hủy")
    assert differences(rows_of(sitting(status="CANCELLED")), rows_of(sitting(status="CANCELLED"))) == ()


def test_one_that_went_to_another_week_says_where() -> None:
    away = all_rows([], WEEK, ZONE_NAME, LEADERS, [sitting(day=8, sequence=1)])
    (change,) = differences(rows_of(sitting()), away)
    assert change.why.vi == "hoãn, chuyển sang 08h00 - 10h00, thứ Ba, 01/12/2026"


def test_a_line_says_what_differs_beyond_the_row() -> None:
    fewer = sitting(people=(attendee(THANH, "CHAIR"), attendee(HANH)), number="")
    (change,) = differences(rows_of(sitting()), rows_of(fewer))
    before, after = lines(change)
    assert before.vi.endswith("; Thành phần: Sở Xây dựng, Sở Tài chính; Ghi chú: 15/GM-UBND")
    assert after.vi.endswith("; Thành phần: Sở Xây dựng; Ghi chú: —")
    (gone,) = differences(rows_of(sitting()), rows_of(sitting(status="CANCELLED")))
    assert lines(gone)[0].vi.endswith(": hủy")
    assert lines(gone)[1].vi == ""


def test_occurrences_of_one_series_are_told_apart() -> None:
    first, second = sitting(recurrence_id=1), sitting(day=2, recurrence_id=2)
    (change,) = differences(rows_of(first, second), rows_of(first, sitting(day=3, recurrence_id=2)))
    assert change.row.key == ("mot@tinh.test", 2)


def test_only_leaders_whom_it_concerns_are_affected() -> None:
    before = rows_of(sitting("a"), sitting("b", 1, people=(attendee(HUNG, "CHAIR"),)))
    after = rows_of(sitting("a"), sitting("b", 2, people=(attendee(HUNG, "CHAIR"),)))
    found = affected(differences(before, after), [THANH.address, HUNG.address])
    assert list(found) == [HUNG.address]


def test_a_leader_who_is_replaced_is_affected_too() -> None:
    before = rows_of(sitting(people=(attendee(THANH, "CHAIR"), attendee(HANH))))
    after = rows_of(sitting(people=(attendee(HUNG, "CHAIR"), attendee(HANH))))
    found = affected(differences(before, after), [THANH.address, HUNG.address])
    assert set(found) == {THANH.address, HUNG.address}


def test_the_public_is_not_told_of_secret_rows_or_hidden_words() -> None:
    before, after = rows_of(sitting()), rows_of(sitting(), sitting("x", 1, secret=True))
    assert [one.row.uid for one in differences(before, after)] == ["x"]
    assert differences(before, after, "public") == ()
    called = rows_of(sitting(summary="Họp giao ban công tác tháng 11, ĐT 0912 345 678"))
    other = rows_of(sitting(summary="Họp giao ban công tác tháng 11, ĐT 0912 345 679"))
    assert differences(called, other, "public") == ()


def test_a_secret_meeting_moved_within_its_day_is_no_change() -> None:
    assert same_week(rows_of(sitting(secret=True)), rows_of(sitting(hour=15, secret=True)))


def test_a_blanked_row_says_nothing() -> None:
    (row,) = rows_of(sitting(summary="KHÔNG ĐƯỢC LỘ"))
    left = blanked(row)
    assert "LỘ" not in repr(left)
    assert (left.secret, left.standing, left.leaders, left.places) == (True, "cancelled", (), ())
