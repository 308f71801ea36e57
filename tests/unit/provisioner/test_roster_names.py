"""Names of every people of the provinces: which word is the given name, and what is no name at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundation.vietnamese import encode_tcvn3
from provisioner.roster import RosterSettings
from provisioner.roster.name_checks import name_fault, ordinary_case
from provisioner.roster.names import join_name, split_family_middle, split_name
from tests.support.roster_files import read_rows, said, stopping, with_header

NAMES = [
    # full name, ethnic group, family, middle, given
    ("Nguyễn Văn An", "", "Nguyễn", "Văn", "An"),
    ("Trần Thị Ngọc Bảo", "Kinh", "Trần", "Thị Ngọc", "Bảo"),
    ("Lê An", "", "Lê", "", "An"),
    ("Ý", "", "", "", "Ý"),
    ("Trần Văn Ơ", "", "Trần", "Văn", "Ơ"),
    ("Tôn Nữ Hoàng Thị Kim Phượng", "", "Tôn Nữ", "Hoàng Thị Kim", "Phượng"),
    ("Công Tằng Tôn Nữ Thị Ngọc Bảo Trân", "", "Công Tằng Tôn Nữ", "Thị Ngọc Bảo", "Trân"),
    ("Tôn Thất Quốc", "", "Tôn Thất", "", "Quốc"),
    ("Tôn Nữ", "", "Tôn", "", "Nữ"),
    ("Âu Dương Phong", "", "Âu Dương", "", "Phong"),
    ("Hoàng Phú Đệ", "", "Hoàng", "Phú", "Đệ"),
    ("Y Jŭ Ksơr", "EÂñeâ", "Ksơr", "Y", "Jŭ"),
    ("Nguyễn Phúc Lâm", "", "Nguyễn", "Phúc", "Lâm"),
    ("Nguyễn Phúc Hoàng Thị Minh Anh Thư", "", "Nguyễn Phúc", "Hoàng Thị Minh Anh", "Thư"),
    ("Y Wăn Niê", "", "Niê", "Y", "Wăn"),
    ("Y Wăn Niê", "Êđê", "Niê", "Y", "Wăn"),
    ("Y-Blum Niê", "", "Niê", "Y", "Blum"),
    ("Y Lơr Niê Kdăm", "Ê-đê", "Niê Kdăm", "Y", "Lơr"),
    ("Y Thanh Hà Niê Kđăm", "Êđê", "Niê Kđăm", "Y", "Thanh Hà"),
    ("H'Bliă Êban", "", "Êban", "H'", "Bliă"),
    ("H’Bliă Êban", "Rađê", "Êban", "H'", "Bliă"),
    ("H' Jŭ Ayŭn", "", "Ayŭn", "H'", "Jŭ"),
    ("H Bliă Êban", "", "Êban", "H'", "Bliă"),
    ("H'Nga", "", "", "H'", "Nga"),
    ("Niê Thuật", "Êđê", "Niê", "", "Thuật"),
    ("Y Krơng Buôn Krông", "Mnông", "Buôn Krông", "Y", "Krơng"),
    ("H' Mai Bdap", "Mnông", "Bdap", "H'", "Mai"),
    ("Rơ Châm Nham", "", "Rơ Châm", "", "Nham"),
    ("Rơ Mah H'Hồng", "Gia Rai", "Rơ Mah", "H'", "Hồng"),
    ("Siu Nhuên", "Jrai", "Siu", "", "Nhuên"),
    ("Ksor Hlơi", "", "Ksor", "", "Hlơi"),
    ("A Thút", "", "", "A", "Thút"),
    ("Y Mưn", "Xơ Đăng", "", "Y", "Mưn"),
    ("Y Blar", "", "", "Y", "Blar"),
    ("A Viết Sĩ", "Ba Na", "", "A Viết", "Sĩ"),
    ("Điểu Krá", "Xtiêng", "Điểu", "", "Krá"),
    ("Thị Giôn", "Xtiêng", "Thị", "", "Giôn"),
    ("K'Brếp", "Cơ Ho", "", "K'", "Brếp"),
    ("K' Ten", "", "", "K'", "Ten"),
    ("Ka Hiền", "Cơ Ho", "", "Ka", "Hiền"),
    ("Chau Sóc Kha", "Khmer", "Chau", "", "Sóc Kha"),
    ("Néang Sa Rết", "", "Néang", "", "Sa Rết"),
    ("Danh Hoàng", "Khmer", "Danh", "", "Hoàng"),
    ("Bá Văn Thịnh", "Chăm", "Bá", "Văn", "Thịnh"),
    ("Giàng A Sì", "Hmông", "Giàng", "A", "Sì"),
    ("Lò Văn Pành", "Thái", "Lò", "Văn", "Pành"),
    ("Y Thị Hương", "Kinh", "Y", "Thị", "Hương"),
]


@pytest.mark.parametrize(("full", "group", "family", "middle", "given"), NAMES)
def test_the_parts_of_a_name(full: str, group: str, family: str, middle: str, given: str) -> None:
    split = split_name(full, group)
    assert (split.name.full, split.name.family, split.name.middle, split.name.given) == (full, family, middle, given)
    assert not split.guessed


@pytest.mark.parametrize("full", ["Y Thu Hà", "A Viết Sĩ", "Ka Tô Hà"])
def test_an_order_that_nothing_tells_is_a_guess_and_a_warning(full: str, tmp_path: Path) -> None:
    assert split_name(full).guessed
    roster = read_rows(tmp_path, with_header(["1", full, "SXD", ""]))
    assert roster.people[0].name.full == full
    assert [(problem.severity, problem.row) for problem in roster.problems] == [("warning", 2)]


def test_a_minority_name_cut_at_its_last_word_is_put_right() -> None:
    assert split_family_middle("Y Wăn", "Niê").name == split_name("Y Wăn Niê").name
    assert split_family_middle("H'Bliă", "Êban", "Êđê").name == split_name("H'Bliă Êban").name


def test_explicit_parts_make_the_full_name_in_the_order_of_the_group() -> None:
    assert join_name("Nguyễn", "Văn", "An").full == "Nguyễn Văn An"
    assert join_name("Niê", "Y", "Wăn").full == "Y Wăn Niê"
    assert join_name("Niê Kdăm", "Y", "Wăn", "Êđê").full == "Y Wăn Niê Kdăm"
    assert join_name("Rơ Châm", "", "Nham", "Gia Rai").full == "Rơ Châm Nham"


def test_explicit_parts_win_over_splitting_and_must_agree_with_the_full_name(tmp_path: Path) -> None:
    header = ["Mã CBCC", "Họ và tên", "Họ", "Đệm", "Tên", "Mã đơn vị"]
    rows = [header, ["1", "Danh Sa Ri", "Danh", "", "Sa Ri", "SXD"], ["2", "Lê An", "Lê", "", "Ân", "SXD"]]
    roster = read_rows(tmp_path, rows)
    assert roster.people[0].name.given == "Sa Ri"
    assert said(stopping(roster)) == [("error", 3, "Họ và tên", "the full name differs from its parts: Lê Ân")]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("Nguyễn " * 43 + "An", "characters, at most 120"),
        ("Lê An 2", "digit"),
        ("Lê An²", "digit"),
        ("Lê\u202eAn", "control"),
        ("Lê\u00adAn", "control"),
        ("Lê An (A)", "'('"),
        ("lean@tinh.test", "'@'"),
        ("' -", "no letter"),
    ],
)
def test_what_is_no_name(name: str, fault: str) -> None:
    found = name_fault(name)
    assert found is not None
    assert fault in found.message.format(**found.values).en


@pytest.mark.parametrize(
    "name", ["Ý", "Ơ", "H'Bliă", "Y-Blum Niê", "Lê A.", "Ayŭn ơ̆n", "K’Brếp", "Ðặng An", *[row[0] for row in NAMES]]
)
def test_every_real_name_passes(name: str) -> None:
    assert name_fault(name) is None


def test_capitals_become_ordinary_and_the_list_says_so(tmp_path: Path) -> None:
    assert ordinary_case("NGUYỄN VĂN AN") == "Nguyễn Văn An"
    assert ordinary_case("nguyễn văn an") == "Nguyễn Văn An"
    assert ordinary_case("H'BLIĂ ÊBAN") == "H'Bliă Êban"
    assert ordinary_case("AYƠ̆N") == "Ayơ̆n"
    assert ordinary_case("Ý") == "Ý"
    assert ordinary_case("McDonald Lê") == "McDonald Lê"
    roster = read_rows(tmp_path, with_header(["1", "LÊ THỊ ÁNH", "SXD", ""]))
    assert roster.people[0].name.full == "Lê Thị Ánh"
    assert said(roster.problems) == [
        ("warning", None, "", "1 names in capitals or lower case were given ordinary case")
    ]


def test_names_are_never_rewritten_to_one_spelling(tmp_path: Path) -> None:
    names = ["Lê Hòa", "Lê Hoà", "Lê Mỹ", "Lê Mĩ", "Lê Thúy", "Lê Thuý"]
    roster = read_rows(tmp_path, with_header(*([str(number), name, "SXD", ""] for number, name in enumerate(names))))
    assert [person.name.full for person in roster.people] == names
    assert roster.problems == []


def test_a_decomposed_name_is_composed_and_kept_beside(tmp_path: Path) -> None:
    import unicodedata

    roster = read_rows(tmp_path, with_header(["1", unicodedata.normalize("NFD", "Nguyễn Thị Thúy Ái"), "SXD", ""]))
    assert roster.people[0].name.full == "Nguyễn Thị Thúy Ái"
    assert roster.encodings == {"decomposed": 1}


def test_a_name_that_cannot_be_read_with_confidence_is_a_question_that_an_answer_settles(tmp_path: Path) -> None:
    legacy = [[str(number), encode_tcvn3("Lê Đức Hoà"), "SXD", ""] for number in range(10, 14)]
    plain = [[str(number), "Nguyễn Văn Đức", "SXD", ""] for number in range(20, 24)]
    rows = with_header(*legacy, ["14", "Võ A Chua", "SXD", encode_tcvn3("Kế toán")], *plain)
    roster = read_rows(tmp_path, rows)
    assert said(roster.problems) == [("question", 6, "Họ và tên", "not certain in which encoding this name is written")]
    assert "Võ A Chua | Vừ A Chua" in str(roster.problems[0].hint)
    assert "14, Họ và tên" in str(roster.problems[0].hint)
    answers = tmp_path / "answers.csv"
    for answer in ("Võ A Chua", "Vừ A Chua"):
        answers.write_text(f"employee_id,column,text\n14,Họ và tên,{answer}\n", encoding="utf-8")
        settled = read_rows(tmp_path, rows, RosterSettings(answers=answers))
        assert settled.problems == []
        assert settled.people[4].name.full == answer


def test_a_letter_lost_by_a_narrow_encoding_is_a_question(tmp_path: Path) -> None:
    roster = read_rows(tmp_path, with_header(["1", "Nguy?n V?n An", "SXD", ""]))
    assert [(problem.severity, problem.column) for problem in stopping(roster)][:1] == [("question", "Họ và tên")]
    assert "[roster] answers" in str(stopping(roster)[0].hint)


@pytest.mark.parametrize("broken", ["?guy?n V?n An", "Nguy\ufffdn V\ufffdn An"])
def test_a_broken_reading_is_never_offered_as_an_answer(broken: str, tmp_path: Path) -> None:
    roster = read_rows(tmp_path, with_header(["1", broken, "SXD", ""]))
    question = next(problem for problem in roster.problems if problem.severity == "question")
    assert question.value == broken
    assert broken not in str(question.hint)
    assert "1, Họ và tên" in str(question.hint)
    assert question.hint is not None
    assert question.hint.en.startswith("letters are lost.")


def test_an_answered_name_is_confirmed_under_the_right_id(tmp_path: Path) -> None:
    answers = tmp_path / "answers.csv"
    lines = ["employee_id,column,text", "1,Họ và tên,Lê Ân", "2,Chức vụ,Kế toán", "3,Mã CBCC,03", "3,Họ và tên,Lý Hà"]
    answers.write_text("\n".join(lines), encoding="utf-8")
    rows = with_header(["1", "Lê An", "SXD", ""], ["2", "Võ Ý", "SXD", ""], ["3", "Lý Ha", "SXD", ""])
    assert read_rows(tmp_path, rows).confirmed_names == frozenset()
    roster = read_rows(tmp_path, rows, RosterSettings(answers=answers))
    assert roster.confirmed_names == {"1", "03"}
    assert [person.name.full for person in roster.people] == ["Lý Hà", "Lê Ân", "Võ Ý"]
