"""Marks of secrecy are found however they are written; ordinary words with "mật" are not taken for one."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import partial

import pytest

from foundation.vietnamese import encode_tcvn3, encode_vni
from meetings.form.secrecy import secrecy_doubt, secrecy_mark

MARKED = [
    "MẬT",
    "Kính gửi các sở\nTỐI MẬT\nHọp về kế hoạch",
    "* TUYỆT MẬT *",
    "[MẬT] Họp về phương án",
    "Họp về phương án (Mật)",
    "Giấy mời (tối mật)",
    "<Mật>",
    "(độ Tuyệt mật)",
    "Độ mật: Mật",
    "độ mật : TỐI  MẬT",
    "Mức độ mật - mật",
    "Họp bàn phương án tuyệt mật",
    "phương án Tối mật của tỉnh",
    "bao-cao-TUYET-MAT.pdf",
    "[MAT] ke hoach",
]

ORDINARY = [
    "Triển khai công tác bảo mật",
    "Đổi mật khẩu hộp thư",
    "Bảo vệ bí mật nhà nước",
    "bí mật kinh doanh",
    "Phát triển nghề nuôi ong lấy mật",
    "buổi tối: mật ong rừng",
    "mật độ dân số",
    "Mật Tông, Phật giáo",
    "Hội nghị về cơ yếu, mật mã",
    "Họp giao ban",
    "mật",
    "(mật khẩu)",
    "toi mat",
    "",
]


DOUBTFUL = [
    "Họp về tài liệu MẬT quốc phòng",
    "Bí mật nhà nước",
    "2/GM-A(M)",
    "15/KH-UBND (TM)",
    "PHỔ BIẾN TÀI LIỆU MẬT",
]


@pytest.mark.parametrize("text", DOUBTFUL)
def test_what_may_be_a_mark_asks_to_look_and_stops_nothing(text: str) -> None:
    assert secrecy_mark(text) == ""
    assert secrecy_doubt(text)
    assert secrecy_doubt(unicodedata.normalize("NFD", text))


@pytest.mark.parametrize(
    "text",
    [
        *(each for each in ORDINARY if "bí mật nhà nước" not in each),
        "TRIỂN KHAI CÔNG TÁC BẢO MẬT",
        "ĐỔI MẬT KHẨU",
        "Bí mật kinh doanh của doanh nghiệp",
        "Họp (M&E)",
    ],
)
def test_ordinary_words_ask_nobody_to_look(text: str) -> None:
    assert secrecy_doubt(text) == ""


@pytest.mark.parametrize("text", MARKED)
def test_marks_are_found(text: str) -> None:
    assert secrecy_mark(text)
    assert secrecy_mark(unicodedata.normalize("NFD", text))


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_are_not(text: str) -> None:
    assert secrecy_mark(text) == ""


@pytest.mark.parametrize("mark", ["TUYỆT MẬT", "TỐI MẬT", "MẬT", "[MẬT] Họp về phòng thủ", "Độ mật: Mật"])
@pytest.mark.parametrize("encode", [partial(encode_tcvn3, capital_font=True), encode_vni])
def test_legacy_encodings_hide_nothing(encode: Callable[[str], str], mark: str) -> None:
    written = encode(f"Uỷ ban nhân dân tỉnh họp về phương án phòng thủ\n{mark}\nđề nghị các đồng chí dự họp đúng giờ")
    assert mark not in written
    assert secrecy_mark(written)


@pytest.mark.parametrize("text", ["MËT", "MAÄT", "[MËT] V/v", "TUYÖT MËT"])
def test_short_legacy_marks_are_found(text: str) -> None:
    assert secrecy_mark(text)


def test_the_mark_is_given_as_it_stands_there() -> None:
    assert secrecy_mark("Họp [ MẬT ] về") == "[ MẬT ]"
