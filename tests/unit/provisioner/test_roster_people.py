"""Rows become people: several posts, homonyms, agencies, rows that wait, answers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from foundation.errors import InputError, UsageError
from provisioner.people import Agency, Post
from provisioner.roster import RosterSettings
from tests.support.roster_files import AGENCIES, read_rows, said, stopping, with_header

KINDS = ["Mã CBCC", "Họ và tên", "Mã đơn vị", "Chức vụ", "Hình thức", "Trạng thái"]


def test_a_full_row(tmp_path: Path) -> None:
    header = ["Mã CBCC", "Họ và tên", "Ngày sinh", "Dân tộc", "Mã đơn vị", "Tên đơn vị", "Chức vụ", "Ngạch", "Bậc"]
    header += ["Điện thoại", "Số quyết định", "Ngày quyết định", "Ngày hiệu lực", "Ngày tuyển dụng", "Trạng thái"]
    row = ["00001", "Nguyễn Văn An", "1980", "Kinh", "SXD", "Sở Xây dựng", "Giám đốc", "Chuyên viên chính", "3",
           "912345678", "12/QĐ-UBND", "01/02/2024", "15/02/2024", "01/09/2005", "Đang làm việc"]  # fmt: skip
    roster = read_rows(tmp_path, [header, row])
    person = roster.people[0]
    decision = "12/QĐ-UBND ngày 01/02/2024"
    post = Post("SXD", "Giám đốc", "Chuyên viên chính, bậc 3", "main", date(2024, 2, 15), decision)
    assert person.posts == (post,)
    assert (person.phone, person.hired_on, person.decision) == ("0912345678", date(2005, 9, 1), decision)
    assert (person.effective_on, person.standing, person.row) == (date(2024, 2, 15), "working", 2)
    assert roster.problems == []


def test_people_come_sorted_by_id_whatever_the_order_of_rows(tmp_path: Path) -> None:
    rows = [[one, "Lê An", "SXD", ""] for one in ("3", "1", "2")]
    roster = read_rows(tmp_path, with_header(*rows))
    assert [(person.employee_id, person.row) for person in roster.people] == [("1", 3), ("2", 4), ("3", 2)]
    assert roster.rows == 3


def test_homonyms_even_in_one_agency_give_nothing(tmp_path: Path) -> None:
    roster = read_rows(tmp_path, with_header(["1", "Lê An", "SXD", "Kế toán"], ["2", "Lê An", "SXD", "Kế toán"]))
    assert len(roster.people) == 2
    assert roster.problems == []


def test_several_rows_with_one_id_are_several_posts_main_first(tmp_path: Path) -> None:
    rows = [
        KINDS,
        ["1", "Lê Hòa", "SNV", "Ủy viên", "Kiêm nhiệm", ""],
        ["1", "Lê Hoà", "SXD", "Giám đốc", "Chính", ""],
        ["1", "Lê Hòa", "SKHCN", "Giám đốc", "biệt phái", ""],
    ]
    roster = read_rows(tmp_path, rows)
    assert [(post.agency, post.kind) for post in roster.people[0].posts] == [
        ("SXD", "main"),
        ("SNV", "concurrent"),
        ("SKHCN", "secondment"),
    ]
    assert roster.people[0].agency == "SXD"
    assert roster.people[0].row == 2
    assert roster.problems == []


def test_without_a_main_post_the_first_plain_row_is_it(tmp_path: Path) -> None:
    rows = [KINDS, ["1", "Lê An", "SNV", "", "Kiêm nhiệm", ""], ["1", "Lê An", "SXD", "", "", ""]]
    assert read_rows(tmp_path, rows).people[0].agency == "SXD"


@pytest.mark.parametrize(
    "own",
    [
        [["1", "Lê An", "SNV", "", "Kiêm nhiệm", ""]],
        [["1", "Lê An", "SNV", "", "Biệt phái", ""], ["1", "Lê An", "SXD", "", "Kiêm nhiệm", ""]],
    ],
)
def test_with_concurrent_posts_only_nobody_gets_a_main_post_unless_an_answer_says_so(
    own: list[list[str]], tmp_path: Path
) -> None:
    rows = [KINDS, *own, ["2", "Võ Ý", "SXD", "", "Chính", ""]]
    roster = read_rows(tmp_path, rows)
    assert said(roster.problems) == [("question", 2, "Hình thức", "no main post; only concurrent ones: Lê An")]
    assert "1, Hình thức, Chính" in str(roster.problems[0].hint)
    assert [person.employee_id for person in roster.people] == ["2"]
    assert roster.waiting_ids == frozenset()
    answers = tmp_path / "answers.csv"
    answers.write_text("employee_id,column,text\n1,Hình thức,Chính\n", encoding="utf-8")
    roster = read_rows(tmp_path, rows, RosterSettings(answers=answers))
    assert roster.problems == []
    kinds = ["main", "concurrent"][: len(own)]
    assert [(post.agency, post.kind) for post in roster.people[0].posts] == list(
        zip(["SNV", "SXD"], kinds, strict=False)
    )


def test_an_answer_settles_an_unknown_kind_of_post(tmp_path: Path) -> None:
    answers = tmp_path / "answers.csv"
    answers.write_text("employee_id,column,text\n1,Hình thức,Chính\n", encoding="utf-8")
    rows = [KINDS, ["1", "Lê An", "SXD", "", "Nửa ngày", ""], ["1", "Lê An", "SNV", "", "Kiêm nhiệm", ""]]
    roster = read_rows(tmp_path, rows, RosterSettings(answers=answers))
    assert [(post.agency, post.kind) for post in roster.people[0].posts] == [("SXD", "main"), ("SNV", "concurrent")]
    assert roster.problems == []


def test_a_main_post_that_waits_is_no_question(tmp_path: Path) -> None:
    header = ["Mã CBCC", "Họ và tên", "Mã đơn vị", "Hình thức", "Ngày hiệu lực"]
    rows = [header, ["1", "Lê An", "SXD", "Chính", "01/01/2027"], ["1", "Lê An", "SNV", "Kiêm nhiệm", ""]]
    roster = read_rows(tmp_path, rows)
    assert (roster.people, roster.waiting_ids) == ([], {"1"})
    assert [problem.severity for problem in roster.problems] == ["warning"]


def test_in_the_roster_of_one_agency_people_without_a_main_post_keep_what_they_have(tmp_path: Path) -> None:
    rows = [
        KINDS,
        ["1", "Lê An", "SXD", "", "Biệt phái", ""],
        ["2", "Võ Ý", "SXD", "", "Kiêm nhiệm", ""],
        ["2", "Võ Ý", "SNV", "", "Kiêm nhiệm", ""],
        ["3", "Lý Hà", "SXD", "", "Chính", ""],
        ["3", "Lý Hà", "SNV", "", "Kiêm nhiệm", ""],
        ["4", "Vũ Tú", "SXD", "", "", ""],
    ]
    roster = read_rows(tmp_path, rows, RosterSettings(scope_agency="SXD"))
    assert [person.employee_id for person in roster.people] == ["3", "4"]
    assert [post.agency for post in roster.people[0].posts] == ["SXD", "SNV"]
    assert roster.waiting_ids == {"1", "2"}
    assert said(roster.problems) == [
        (
            "warning",
            None,
            "",
            "2 people have only concurrent posts in this agency's roster and keep what they have: 1, 2",
        )
    ]


def test_a_main_post_elsewhere_does_not_belong_into_the_roster_of_one_agency(tmp_path: Path) -> None:
    rows = [
        KINDS,
        ["1", "Lê An", "SNV", "", "Chính", ""],
        ["2", "Võ Ý", "SXD", "", "Kiêm nhiệm", ""],
        ["2", "Võ Ý", "SNV", "", "Chính", ""],
        ["3", "Lý Hà", "SNV", "", "", ""],
    ]
    roster = read_rows(tmp_path, rows, RosterSettings(scope_agency="SXD"))
    expected = "this roster is for agency SXD only"
    assert said(roster.problems) == [("error", row, "Mã đơn vị", expected) for row in (2, 4, 5)]
    assert (roster.people, roster.waiting_ids) == ([], frozenset())


@pytest.mark.parametrize(("code", "hint"), [("SXDD", "SXD (Sở Xây dựng)"), ("sxd", "SXD"), ("QQQ", "scope = agency:")])
@pytest.mark.parametrize("agencies", [AGENCIES, None])
def test_a_scope_that_is_no_agency_is_one_error(
    code: str, hint: str, agencies: dict[str, Agency] | None, tmp_path: Path
) -> None:
    rows = [
        ["Mã CBCC", "Họ và tên", "Mã đơn vị", "Tên đơn vị"],
        *[[one, "Lê An", "SXD", "Sở Xây dựng"] for one in "123"],
    ]
    roster = read_rows(tmp_path, rows, RosterSettings(scope_agency=code), agencies)
    assert said(stopping(roster)) == [("error", None, "", f"[roster] scope: no agency has the code {code}")]
    assert hint in str(stopping(roster)[0].hint)


def test_a_second_row_without_a_kind_is_concurrent_with_a_warning(tmp_path: Path) -> None:
    roster = read_rows(tmp_path, with_header(["1", "Lê An", "SXD", ""], ["1", "Lê An", "SNV", ""]))
    assert [post.kind for post in roster.people[0].posts] == ["main", "concurrent"]
    assert said(roster.problems) == [
        ("warning", 3, "", "a second row of one person, read as a concurrent post (first row: 2)")
    ]


def test_two_main_posts_are_an_error_but_a_repeated_row_only_a_warning(tmp_path: Path) -> None:
    rows = [KINDS, ["1", "Lê An", "SXD", "A", "Chính", ""], ["1", "Lê An", "SNV", "A", "Chính", ""]]
    assert said(read_rows(tmp_path, rows).problems) == [
        ("error", 3, "Hình thức", "two main posts of one person (row 2)")
    ]
    rows = [KINDS, ["1", "Lê An", "SXD", "A", "Chính", ""], ["1", "Lê An", "SXD", "A", "Chính", ""]]
    roster = read_rows(tmp_path, rows)
    assert said(roster.problems) == [("warning", 3, "", "repeats row 2, ignored")]
    assert len(roster.people[0].posts) == 1


def test_one_id_with_two_names_names_both_rows(tmp_path: Path) -> None:
    roster = read_rows(
        tmp_path, with_header(["1", "Lê An", "SXD", ""], ["2", "Võ Ý", "SXD", ""], ["1", "Lê Mỹ", "SXD", ""])
    )
    assert said(roster.problems) == [("error", 4, "Mã CBCC", "one id, two names: Lê An (row 2)")]
    assert roster.problems[0].value == "1: Lê Mỹ"
    assert [person.employee_id for person in roster.people] == ["2"]


def test_a_post_that_ended_is_not_held_any_more(tmp_path: Path) -> None:
    rows = [
        KINDS,
        ["1", "Lê An", "SXD", "Giám đốc", "Chính", "Chuyển công tác"],
        ["1", "Lê An", "SNV", "Giám đốc", "", "Đang làm việc"],
        ["2", "Võ Ý", "SXD", "Kế toán", "Chính", "Nghỉ hưu"],
        ["2", "Võ Ý", "SNV", "Kế toán", "Kiêm nhiệm", "Nghỉ hưu"],
    ]
    first, second = read_rows(tmp_path, rows).people
    assert (first.standing, [post.agency for post in first.posts]) == ("working", ["SNV"])
    assert (second.standing, [post.agency for post in second.posts]) == ("left", ["SXD", "SNV"])


def test_an_unknown_kind_is_a_question(tmp_path: Path) -> None:
    roster = read_rows(tmp_path, [KINDS, ["1", "Lê An", "SXD", "", "Nửa ngày", ""]])
    assert said(roster.problems) == [("question", 2, "Hình thức", "unknown kind of post")]


def test_rows_not_yet_in_effect_wait(tmp_path: Path) -> None:
    header = ["Mã CBCC", "Họ và tên", "Mã đơn vị", "Ngày hiệu lực", "Trạng thái"]
    rows = [
        header,
        ["1", "Lê An", "SXD", "22/11/2026", ""],
        ["2", "Võ Ý", "SXD", "23/11/2026", ""],
        ["3", "Lý Hà", "SXD", "01/01/2027", "Nghỉ hưu"],
        ["4", "Vũ Tú", "SXD", "", ""],
        ["4", "Vũ Tú", "SNV", "01/01/2027", ""],
    ]
    roster = read_rows(tmp_path, rows)
    assert [person.employee_id for person in roster.people] == ["1", "4"]
    assert [post.agency for post in roster.people[1].posts] == ["SXD"]
    assert roster.waiting == 3
    assert roster.waiting_ids == {"2", "3"}
    assert [problem.message.en for problem in roster.problems] == [
        "3 rows are not yet in effect: those people keep what they have"
    ]


def test_rows_that_miss_what_everybody_has(tmp_path: Path) -> None:
    rows = [["", "Lê An", "SXD", "Kế toán"], ["2", "", "SXD", ""], ["3", "Lê An", "", ""], ["", "", "", ""]]
    assert said(read_rows(tmp_path, with_header(*rows)).problems) == [
        ("error", 2, "Mã CBCC", "a row without an employee id"),
        ("error", 3, "Họ và tên", "a row without a name"),
        ("error", 4, "Mã đơn vị", "a row without an agency"),
    ]


def test_totals_headings_and_repeated_headers_are_ignored_with_a_note(tmp_path: Path) -> None:
    header = ["STT", "Mã CBCC", "Họ và tên", "Mã đơn vị"]
    rows = [
        header,
        ["I", "Sở Xây dựng", "", ""],
        ["1", "1", "Lê An", "SXD"],
        header,
        ["2", "2", "Võ Ý", "SXD"],
        ["3", "", "", ""],
        ["", "Tổng cộng: 2", "", ""],
        ["", "", "Người lập biểu", "Giám đốc"],
        ["", "", "Lê Thị Ký", "Trần Duyệt"],
    ]
    roster = read_rows(tmp_path, rows)
    assert [person.employee_id for person in roster.people] == ["1", "2"]
    assert [problem.message.en for problem in roster.problems] == [
        "5 rows are not people and were ignored: 2, 4, 7, 8, 9"
    ]


def test_agencies_are_found_by_code_whatever_its_case_or_by_name(tmp_path: Path) -> None:
    header = ["Mã CBCC", "Họ và tên", "Mã đơn vị", "Tên đơn vị"]
    rows = [header, ["1", "Lê An", " sxd ", ""], ["2", "Lê An", "", "SỞ NỘI VỤ"], ["3", "Lê An", "SXD", "Sở Nội vụ"]]
    roster = read_rows(tmp_path, rows)
    assert [person.agency for person in roster.people] == ["SXD", "SNV", "SXD"]
    assert said(roster.problems) == [("warning", 4, "Mã đơn vị", "the name of the agency belongs to another code")]


def test_unknown_and_abolished_agencies_say_what_to_do(tmp_path: Path) -> None:
    rows = [["1", "Lê An", "SXDD", ""], ["2", "Lê An", "STTTT", ""]]
    roster = read_rows(tmp_path, with_header(*rows))
    assert said(roster.problems) == [
        ("error", 2, "Mã đơn vị", "no agency has this code"),
        ("error", 3, "Mã đơn vị", "this agency does not exist today"),
    ]
    assert "SXD (Sở Xây dựng)" in str(roster.problems[0].hint)
    assert "SKHCN (Sở Khoa học và Công nghệ)" in str(roster.problems[1].hint)


def test_a_name_shared_by_two_agencies_cannot_tell_them_apart(tmp_path: Path) -> None:
    agencies = {code: Agency(code, "UBND xã Tân Lập", code.lower()) for code in ("X1", "X2")}
    rows = [["Mã CBCC", "Họ và tên", "Đơn vị"], ["1", "Lê An", "UBND xã Tân Lập"], ["2", "Lê An", "UBND xã Tân An"]]
    assert said(read_rows(tmp_path, rows, agencies=agencies).problems) == [
        ("error", 2, "Đơn vị", "several agencies have this name"),
        ("error", 3, "Đơn vị", "no agency has this name"),
    ]


def test_without_an_agencies_file_the_roster_itself_names_them(tmp_path: Path) -> None:
    header = ["Mã CBCC", "Họ và tên", "Mã đơn vị", "Tên đơn vị"]
    rows = [header, ["1", "Lê An", "SXD", ""], ["2", "Lê An", "SXD", "Sở Xây dựng"], ["3", "Lê An", "", "Sở Nội vụ"]]
    roster = read_rows(tmp_path, rows, agencies=None)
    assert roster.derived_agencies == {
        "SXD": Agency("SXD", "Sở Xây dựng", "sxd"),
        "sonoivu": Agency("sonoivu", "Sở Nội vụ", "sonoivu"),
    }
    assert [problem.severity for problem in roster.problems] == ["warning"]


def test_answers_settle_any_cell_and_stale_ones_are_reported(tmp_path: Path) -> None:
    answers = tmp_path / "answers.csv"
    lines = ["employee_id,column,text", "17,Mã CBCC,00017", "17,Chức vụ,Kế toán trưởng", "99,Họ và tên,Ai Đó"]
    answers.write_text("\n".join(lines), encoding="utf-8")
    rows = [[number, "Lê An", "SXD", "?"] for number in ("00001", "00002", "17")]
    roster = read_rows(tmp_path, with_header(*rows), RosterSettings(answers=answers))
    assert [person.employee_id for person in roster.people] == ["00001", "00002", "00017"]
    assert roster.people[2].title == "Kế toán trưởng"
    assert said(roster.problems) == [("warning", 4, "", "an answer that fits no row of the roster")]
    assert roster.problems[0].file == "answers.csv"


def test_an_id_that_is_right_as_it_is_may_be_confirmed(tmp_path: Path) -> None:
    answers = tmp_path / "answers.csv"
    answers.write_text("employee_id,column,text\n17,Mã CBCC,17\n", encoding="utf-8")
    rows = [[number, "Lê An", "SXD", ""] for number in ("00001", "00002", "17")]
    roster = read_rows(tmp_path, with_header(*rows), RosterSettings(answers=answers))
    assert [person.employee_id for person in roster.people] == ["00001", "00002", "17"]
    assert roster.problems == []


def test_a_broken_answers_file_says_so(tmp_path: Path) -> None:
    answers = tmp_path / "answers.csv"
    answers.write_text("Mã CBCC,Cột,Nội dung\n1,Màu áo,đỏ\n1,Họ và tên,A\n1,Họ và tên,B\n,Tên,C\n", encoding="utf-8")
    roster = read_rows(tmp_path, with_header(["1", "Lê An", "SXD", ""]), RosterSettings(answers=answers))
    assert said(stopping(roster)) == [
        ("error", 2, "", "an answer for a column that does not exist"),
        ("error", 4, "", "two different answers for one cell"),
        ("error", 5, "", "an answer without an id or a column"),
    ]
    with pytest.raises(UsageError):
        read_rows(tmp_path, with_header(), RosterSettings(answers=tmp_path / "none.csv"))
    answers.write_bytes(b"")
    with pytest.raises(InputError):
        read_rows(tmp_path, with_header(), RosterSettings(answers=answers))


def test_the_known_agencies_are_not_touched(tmp_path: Path) -> None:
    before = dict(AGENCIES)
    assert read_rows(tmp_path, with_header(["1", "Lê An", "SXD", ""])).derived_agencies == {}
    assert before == AGENCIES


def test_one_unknown_word_in_many_rows_does_not_hide_another(tmp_path: Path) -> None:
    header = ["Mã CBCC", "Họ và tên", "Mã đơn vị", "Trạng thái"]
    rows = [[str(number), "Lê An", "SXD", "Ngủ đông"] for number in range(300)]
    roster = read_rows(tmp_path, [header, *rows, ["301", "Lê An", "SXD", "Bay"], ["302", "Lê An", "SXD", "Bay"]])
    assert [problem.value for problem in roster.problems] == ["Ngủ đông"] * 100 + ["Bay", ""]
    assert roster.problems[-1].message.en == "and 201 more rows like: unknown status"


def test_a_person_called_like_a_total_is_a_person(tmp_path: Path) -> None:
    names = ["Tống Công Minh", "Công Tằng Tôn Nữ Lan", "Cộng Văn An"]
    roster = read_rows(tmp_path, with_header(*(["", name, "SXD", ""] for name in names)))
    assert said(roster.problems)[:3] == [("error", row, "Mã CBCC", "a row without an employee id") for row in (2, 3, 4)]


def test_a_person_without_an_id_is_an_error_whatever_the_title_and_wherever_the_row(tmp_path: Path) -> None:
    people = [
        ["", "Tống Văn Hùng", "SNV", "Chuyên viên"],
        ["", "Trần Văn Quên Mã", "SNV", "Chuyên viên"],
        ["", "Lê Thị Không Mã", "SNV", "Tổng biên tập"],
        ["", "Lê Thị Thiếu Mã", "SNV", "Thủ trưởng đơn vị"],
    ]
    total, signature = ["Tổng số: 1", "", "", ""], ["", "Người lập biểu", "Thủ trưởng đơn vị", ""]
    expected = ["a row without an employee id"] * 4
    for before in ([], [total], [["", "Tổng cộng", "SNV", "4"]], [signature], [total, signature]):
        roster = read_rows(tmp_path, with_header(["1", "Lê An", "SNV", ""], *before, *people, signature))
        assert [problem.message.en for problem in stopping(roster)] == expected
        assert [problem.value for problem in stopping(roster)] == [row[1] for row in people]


def test_below_a_total_without_a_known_agency_somebody_is_still_an_error(tmp_path: Path) -> None:
    rows = [["1", "Lê An", "SXD", ""], ["Tổng cộng", "", "", ""], ["", "Võ Ý", "SXXD", "Kế toán"]]
    assert said(stopping(read_rows(tmp_path, with_header(*rows)))) == [
        ("error", 4, "Mã CBCC", "a row without an employee id")
    ]
