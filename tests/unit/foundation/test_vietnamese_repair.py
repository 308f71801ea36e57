"""Repair of lines, texts and single cells: the documented traps, one test each."""

from __future__ import annotations

import pytest

from foundation.vietnamese import (
    CONFIDENT,
    candidates,
    encode_tcvn3,
    encode_vni,
    repair_cells,
    repair_line,
    repair_name_cells,
    repair_text,
)
from foundation.vietnamese.encodings import table
from tests.support.vietnamese_names import DATA, WRITTEN, misread

_USUAL_GIVEN_NAMES = ["Hùng", "Dũng", "Thảo", "Ngọc", "Đức", "Hằng", "Tuấn", "Linh", "Thủy", "Anh"]

DIRECTIVES = sorted((DATA / "directives").glob("*.txt"))


@pytest.mark.parametrize(
    ("surface", "text"), [*table("tcvn3.json")["test_vectors"], *table("vni.json")["test_vectors"]]
)
def test_published_vectors(surface: str, text: str) -> None:
    assert repair_line(surface).text == text
    assert repair_line(surface).original == surface


def test_ascii_and_definite_unicode_stay() -> None:
    assert repair_line("Nguyen Van An") == repair_name_cells(["Nguyen Van An"])[0]
    assert repair_line("Nguyen Van An").encoding == "ascii"
    for text in ("Nguyễn Thò Hoà", "Đoàn Toaøn", "Vũ – ©", "Tó Ơ"):
        repaired = repair_name_cells([text], "vni")[0]
        assert (repaired.text, repaired.encoding) == (text, "unicode")


def test_a_cell_that_mixes_encodings_is_kept_and_asked() -> None:
    for text in ("Nguyễn V¨n An", "Nguyễn Vaên An"):
        repaired = repair_name_cells([text])[0]
        assert repaired.text == text
        assert repaired.confidence < CONFIDENT


def test_decomposed_text_is_composed() -> None:
    repaired = repair_line("Ho\u0300a")
    assert (repaired.text, repaired.encoding, repaired.confidence) == ("Hòa", "decomposed", 1.0)


@pytest.mark.parametrize(
    ("surface", "text"),
    [
        ("NGUYÔN V¡N AN", "NGUYỄN VĂN AN"),
        ("Vò MINH H¶I", "VŨ MINH HẢI"),
        ("NguyÔn ThÞ ¸nh", "Nguyễn Thị Ánh"),
        ("NguyÔn ThÞ ý", "Nguyễn Thị Ý"),
        ("TrÇn TuÊn Tó", "Trần Tuấn Tú"),
        ("nguyÔn v¨n ¸nh", "nguyễn văn ánh"),
        ("D­¬ng ThÞ Ph­îng", "Dương Thị Phượng"),
        ("Ñoã Thò Hoàng", "Đỗ Thị Hồng"),
        ("VOÕ THÒ HOÀ", "VÕ THỊ HỒ"),
    ],
)
def test_legacy_full_names(surface: str, text: str) -> None:
    assert repair_name_cells([surface])[0].text == text


@pytest.mark.parametrize(
    "name", ["Lê Thị Hà", "Hoà", "Tú", "Bé", "Hoàng", "Lê", "Lý", "Ngô Bá Toàn", "Trí", "Mlô", "Niê", "Mai Xuân Hoà"]
)
def test_unicode_names_without_a_definite_letter_stay(name: str) -> None:
    assert repair_name_cells([name])[0].text == name
    assert repair_cells([name, *_USUAL_GIVEN_NAMES * 10])[0].confidence >= CONFIDENT


@pytest.mark.parametrize("name", ["Vò", "Tó", "Dòng", "Hoà", "Thô", "Bé", "Tróc"])
def test_what_cannot_be_known_alone_is_a_question(name: str) -> None:
    repaired = repair_name_cells([name])[0]
    assert repaired.confidence < CONFIDENT
    assert {repaired.text, name} <= set(candidates(name))


def test_a_row_without_a_tell_tale_letter_in_a_unicode_column_is_a_question() -> None:
    column = ["Nguyễn Văn An", "Trần Thị Bích", "Lê Thị Hà", "Đỗ Minh Đức"] * 200
    odd = repair_cells([*column, "Vò Minh Tó"])[-1]
    assert odd.confidence < CONFIDENT


def test_the_cells_of_a_person_decide_together() -> None:
    assert [cell.text for cell in repair_name_cells(["Vò", "V¨n", "Tó"])] == ["Vũ", "Văn", "Tú"]
    assert [cell.text for cell in repair_name_cells(["Hoà", "Thò", "Hoàng"])] == ["Hồ", "Thị", "Hồng"]
    assert [cell.text for cell in repair_name_cells(["Hoàng", "Thị", "Hoà"])] == ["Hoàng", "Thị", "Hoà"]
    title = repair_name_cells(["Vò", "Minh", "An", "Gi¸m ®èc"])
    assert [cell.text for cell in title] == ["Vũ", "Minh", "An", "Giám đốc"]
    assert all(cell.confidence >= CONFIDENT for cell in title)


def test_own_cells_come_before_the_column() -> None:
    assert repair_name_cells(["Lê", "Thị", "Tú"], "tcvn3")[2].text == "Tú"
    assert repair_name_cells(["Vò", "Minh", "Anh"], "tcvn3")[0].confidence >= CONFIDENT
    assert repair_name_cells(["NguyÔn", "ThÞ", "Tó"], "vni")[2].text == "Tú"


def test_a_person_in_capitals_of_a_capital_font() -> None:
    assert [cell.text for cell in repair_name_cells(["Vò", "MINH", "Tó"], "tcvn3")] == ["VŨ", "MINH", "TÚ"]
    assert [cell.text for cell in repair_name_cells(["Vò", "Minh", "Tó"], "tcvn3")] == ["Vũ", "Minh", "Tú"]


@pytest.mark.parametrize(
    "text",
    ["Nguyễn Thị Ngọc Ánh", "Đặng Hữu Thọ", "Trần Ố Ờ", "H’Bliă Êban", "Lã Thị Hà", "LÃ THỊ HÀ", "Ông Ích Đường"],
)
def test_utf8_read_by_the_wrong_reader(text: str) -> None:
    for surface in (misread(text), text.encode().decode("latin-1"), misread(misread(text))):
        repaired = repair_line(surface)
        assert (repaired.text, repaired.encoding) == (text, "mojibake")


@pytest.mark.parametrize(
    ("surface", "text"),
    [
        ("Lê Thị Hà", "Lê Thị Hà"),
        ("LÃª Thá»‹ HÃ", "Lê Thị Hà"),
        ("HÃ  Ná»™i", "Hà Nội"),
        ("Ä\ufffdinh BÃ¡", "Đinh Bá"),
        ("Hiá»\ufffdn NghÄ©a", "Hiền Nghĩa"),
    ],
)
def test_lost_bytes_are_filled_in_but_asked(surface: str, text: str) -> None:
    repaired = repair_name_cells([surface])[0]
    assert repaired.text == text
    assert (repaired.confidence >= CONFIDENT) == (surface == text)


def test_a_deleted_soft_hyphen_is_filled_in_but_asked() -> None:
    repaired = repair_name_cells(["NguyÔn ThÞ Ph¬ng"])[0]
    assert repaired.text == "Nguyễn Thị Phương"
    assert repaired.confidence < CONFIDENT


@pytest.mark.parametrize("cell", ["Nguy?n V?n An", "Nguy\ufffdn", "NGUY\x8aN", "\x81\x8d±"])
def test_what_nobody_can_read_is_unknown(cell: str) -> None:
    repaired = repair_name_cells([cell])[0]
    assert (repaired.text, repaired.encoding) == (cell, "unknown")
    assert repaired.confidence < CONFIDENT


def test_foreign_names_are_not_made_vietnamese() -> None:
    assert repair_name_cells(["Müller"])[0].text == "Müller"


def test_questions_offer_every_reading() -> None:
    assert candidates("Hoàng") == ("Hoàng", "Hồng")
    assert candidates("Nguyễn") == ("Nguyễn",)
    assert set(candidates("Thô")) == {"Thô", "Thụ", "Thơ"}


@pytest.mark.parametrize("directive", DIRECTIVES, ids=lambda path: path.stem)
def test_of_five_directives_exactly_the_two_vni_lines_change(directive: object) -> None:
    text = (DATA / "directives" / str(directive)).read_text(encoding="utf-8")
    changed = {line.text.strip() for line in repair_text(text) if line.encoding not in ("unicode", "ascii")}
    expected = {"Số :  21/2005/CT-UBND", "Đồng Xoài, ngày 20 tháng 12 năm 2005."}
    assert changed == (expected if "Ñoàng" in text else set())


@pytest.mark.parametrize("encoding", ["tcvn3", "vni", "mojibake", "mojibake by latin-1", "decomposed"])
def test_directives_are_read_back_line_by_line(encoding: str) -> None:
    for path in DIRECTIVES:
        lines = [
            line
            for line in _usual_spaces(path.read_text(encoding="utf-8")).split("\n")
            if "ñ" not in line.lower() and "Soá" not in line
        ]
        surfaces = [WRITTEN[encoding](line) for line in lines]
        together = repair_text("\n".join(surfaces))
        # TCVN3 has no capitals with a tone: "Ý kiến" at the start of a sentence cannot come back
        assert [line.text.lower() for line in together] == [line.lower() for line in lines]
        assert [line.confidence >= CONFIDENT for line in together].count(False) <= 1


def _usual_spaces(text: str) -> str:
    return text.replace("\u00a0", " ").replace("·", "-")


def test_line_ends_are_those_of_files() -> None:
    text = "Nguyá»\x85n\r\nTráº§n\nBÃ¹i\rLÃª"
    assert [line.text for line in repair_text(text)] == ["Nguyễn", "Trần", "Bùi", "Lê"]
    assert [line.text for line in repair_text("")] == [""]


def test_weak_lines_follow_the_nearest_strong_line() -> None:
    lines = [encode_vni("Kính gửi: Ủy ban nhân dân tỉnh"), "Thò", encode_tcvn3("Nơi nhận: các sở, ban, ngành"), "Dòng"]
    assert [line.text for line in repair_text("\n".join(lines))][1::2] == ["Thị", "Dũng"]


def test_roles_may_be_given() -> None:
    assert repair_cells(["Hoà", "Voõ", "Ñoã", "Traàn"], role="family")[0].text == "Hồ"
    assert repair_name_cells(["Gi¸m ®èc"], roles=["words"])[0].text == "Giám đốc"
    with pytest.raises(ValueError, match="shorter"):
        repair_name_cells(["An", "Bình"], roles=["given"])


def test_nothing_at_all() -> None:
    assert repair_cells([]) == []
    assert repair_name_cells([]) == []
    assert repair_cells(["", " "])[0].encoding == "ascii"


@pytest.mark.parametrize("piece", ["á»?", "Ã ", "ñ", "áº§", "ễN", "§", "Traàn ", "Ä", "\x85", "Vò\n"])
def test_long_hostile_cells_are_read_to_the_end(piece: str) -> None:
    cell = piece * (32_767 // len(piece))
    assert repair_line(cell).original == cell
    assert repair_name_cells([cell])[0].original == cell
    assert len(repair_text(cell)) == cell.count("\n") + 1


def test_abbreviations_do_not_raise_the_words_around() -> None:
    assert repair_line("Sè: 12/Q§-UBND").text == "Số: 12/QĐ-UBND"
    assert repair_line("Sè: 12/§T-UBND").text == "Số: 12/ĐT-UBND"
    assert repair_line("CéNG HOµ X· HéI CHñ NGHÜA VIÖT NAM").text == "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM"
