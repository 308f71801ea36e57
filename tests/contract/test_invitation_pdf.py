"""The giấy mời as a PDF, by the real WeasyPrint: its text can be read, its bytes repeat, its maker has no rights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from foundation.errors import ConfigError, CongvuError
from foundation.rendering import Renderer
from meetings.invitations import letter_pdf
from meetings.invitations.letter_pdf import make_pdf
from tests.support.meeting_letters import AT, DROPPED, MEETING, MOVED, SECRET, SERIES

RENDERER = Renderer()


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    letter_pdf._kept.clear()
    yield
    letter_pdf._kept.clear()


def made(**changes: Any) -> bytes:
    values: dict[str, Any] = {"meeting": MEETING, "organisation": "UBND tỉnh Thử", "at": AT, "renderer": RENDERER}
    return make_pdf(**values | changes)


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def test_it_has_the_form_of_the_decree() -> None:
    pdf = made(
        meeting=replace(SERIES, urgency="khẩn"),
        parent="Chính phủ nước Thử",
        place_name="Thử",
        invited=("Lãnh đạo Sở Xây dựng", "Chủ tịch UBND các xã, phường"),
        signer_title="Chủ tịch",
        signer_name="Trần Văn Bình",
        occurrences=(MOVED, DROPPED),
    )
    text = text_of(pdf)
    for said in (
        "CHÍNH PHỦ NƯỚC THỬ UBND TỈNH THỬ Số: 15/GM-UBND",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc",
        "Thử, ngày 23 tháng 11 năm 2026",
        "KHẨN",
        "GIẤY MỜI Họp giao ban tháng 12, bàn việc “phòng, chống thiên tai”",
        "UBND tỉnh Thử trân trọng kính mời: - Lãnh đạo Sở Xây dựng;",
        "Chủ trì: Ông Trần Văn Bình, Chủ tịch UBND tỉnh.",
        "Thời gian: từ 14 giờ 00 đến 16 giờ 00, thứ Ba, ngày 01 tháng 12 năm 2026; lặp lại hằng tuần",
        "Không họp buổi 14 giờ 00, thứ Ba, ngày 15 tháng 12 năm 2026",
        "Địa điểm: - Phòng họp số 1, trụ sở UBND tỉnh; - Điểm cầu các xã;",
        "Nội dung: a) Tình hình tháng 11 b) Nhiệm vụ tháng 12; ý kiến các ngành",
        "Yêu cầu: Các đơn vị gửi báo cáo trước ngày 30/11",
        "Nơi nhận: - Như trên; - Lưu: VT.",
        "CHỦ TỊCH Trần Văn Bình",
        "Bản điện tử: UBND tỉnh Thử 2026-11-23T08:30:00+07:00",
    ):
        assert said in text, said
    assert "hop.tinh.test" not in text  # nothing personal, no room
    assert "2468" not in text


def test_paper_type_and_metadata() -> None:
    reader = PdfReader(BytesIO(made()))
    page = reader.pages[0]
    assert [round(float(side) / 72 * 25.4) for side in page.mediabox[2:]] == [210, 297]
    fonts = {str(font.get_object()["/BaseFont"]) for font in page["/Resources"]["/Font"].values()}
    assert fonts
    assert all("Liberation-Serif" in name for name in fonts)
    assert reader.metadata is not None
    assert reader.metadata.title == "Giấy mời 15/GM-UBND"
    assert reader.metadata.author == "UBND tỉnh Thử"
    assert "/StructTreeRoot" in reader.root_object  # for screen readers


def test_the_same_edition_is_the_same_bytes_in_any_process() -> None:
    first = made()
    letter_pdf._kept.clear()
    assert made() == first


def test_another_edition_is_another_letter() -> None:
    assert made() != made(meeting=replace(MEETING, summary="Họp khác"))


def test_an_edition_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = made()
    monkeypatch.setattr(letter_pdf, "print_page", lambda *_: pytest.fail("made twice"))
    assert made() is first


def test_only_few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letter_pdf, "print_page", lambda page, epoch: page.encode())
    for number in range(40):
        made(meeting=replace(MEETING, summary=f"Họp {number}"))
    assert len(letter_pdf._kept) == letter_pdf._KEPT


def test_in_english() -> None:
    text = text_of(made(language="en"))
    assert "GIẤY MỜI (Invitation)" in text
    assert "Time: 14:00 to 16:00, Tuesday, 1 December 2026" in text


def test_what_a_form_says_is_never_markup() -> None:
    text = text_of(made(meeting=replace(MEETING, summary="<script>x</script> & <b>y</b>", content="<img src=x>")))
    assert "<script>x</script> & <b>y</b>" in text
    assert "<img src=x>" in text


def test_of_a_secret_meeting_there_is_none() -> None:
    with pytest.raises(CongvuError) as caught:
        made(meeting=SECRET)
    assert not isinstance(caught.value, ConfigError)
