"""Looking for a colleague to send: without marks any spelling is found, with marks only that one."""

from __future__ import annotations

import unicodedata

import pytest

from meetings.meeting import Guest
from meetings.web.personal_access import _has

HO = Guest("hon.sxd@tinh.test", "Nguyễn Văn Hộ", title="Chuyên viên")
PHONG = Guest("phongtt.sxd@tinh.test", "Trần Thị Phong", title="Trưởng phòng")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ho", [HO, PHONG]),
        ("Hộ", [HO]),
        ("hộ", [HO]),
        (unicodedata.normalize("NFD", "hộ"), [HO]),
        ("van ho", [HO]),
        ("phòng", [PHONG]),
        ("PHONGTT", [PHONG]),
        ("hổ", []),
        ("", [HO, PHONG]),
    ],
)
def test_marks_count_only_when_they_are_typed(typed: str, found: list[Guest]) -> None:
    assert [guest for guest in (HO, PHONG) if _has(guest, typed.split())] == found
