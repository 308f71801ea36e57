"""The list itself: Vietnamese order, filters, and cells that no spreadsheet computes."""

from __future__ import annotations

import csv
import io

import pytest

from meetings.web.secretary_list import FILTERS, ORDERS, as_csv, chosen, count, harmless, name_key
from tests.support.meeting_pages import line


def test_names_are_sorted_by_the_given_name_in_the_order_of_the_alphabet() -> None:
    ordered = [
        "Nguyễn Thị An",
        "Trần Văn An",
        "Lê Ảnh",
        "Lê Ánh",
        "Đỗ Ân",
        "Lê Bình",
        "Phạm Dũng",
        "Cao Đức",
        "Đặng Đức",
        "Hồ Đức",
        "Vũ Ý",
    ]
    assert sorted(set(ordered), key=name_key) == ordered


@pytest.mark.parametrize("name", ["", " ", "Y Wăn Niê", "H'Bliă", "李", "😀", "O’Brien"])
def test_any_name_has_a_place(name: str) -> None:
    assert sorted(["An", name], key=name_key)


def test_every_order_and_filter_works_on_everybody() -> None:
    people = [line(1, "Bình", partstat="DELEGATED", delegated_to="An"), line(2, "", delivery="queued"), line(3, "An")]
    for order in ORDERS:
        for shown in FILTERS:
            assert len(chosen(people, shown, order, True)) == count(people)[shown]


def test_equal_ones_are_sorted_by_name_in_either_direction() -> None:
    people = [line(1, "Bình"), line(2, "An")]
    assert [one.name for one in chosen(people, "all", "answer", True)] == ["An", "Bình"]


@pytest.mark.parametrize("cell", ["=1+1", "+84912", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "\n=1", "＝1"])
def test_no_cell_begins_a_formula(cell: str) -> None:
    assert harmless(cell).startswith("'")


@pytest.mark.parametrize("cell", ["", "Trần Thị Bình", "0912 345 678", "a=b", "1-2"])
def test_ordinary_cells_stay(cell: str) -> None:
    assert harmless(cell) == cell


def test_a_row_stays_one_row_whatever_people_write() -> None:
    nasty = line(1, '=cmd|"/c calc"!A1', comment='Bận";\r\n=HYPERLINK("http://evil.test")', telephone="+84 912")
    content = as_csv([nasty], "Asia/Ho_Chi_Minh", "vi").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content)))
    assert len(rows) == 2
    assert len(rows[0]) == len(rows[1])
    assert rows[1][0] == '\'=cmd|"/c calc"!A1'
    assert rows[1][4] == "'+84 912"
    assert "\n" not in rows[1][7]
