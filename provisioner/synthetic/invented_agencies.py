"""Invents the agencies of a province, before and after the two-level reform of 1 July 2025.

Every agency that a reform abolished has its day of end and its successor, every new one its predecessors, so that a
roster of either time can be read and the change between them planned. The abbreviations of departments are those in
use; communes and schools are invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from foundation.vietnamese import slug
from provisioner.people import Agency, Channel

Kind = Literal["office", "department", "commune", "school"]

DEPARTMENTS_MERGED_ON = date(2025, 3, 1)
COMMUNES_MERGED_ON = date(2025, 7, 1)
"""Two levels of local government since 1 July 2025 (Resolution 202/2025/QH15): districts ended the day before."""

_DEPARTMENTS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("VPUB", "Văn phòng Ủy ban nhân dân tỉnh", ()),
    ("SNV", "Sở Nội vụ", (("SLDTBXH", "Sở Lao động - Thương binh và Xã hội"),)),
    ("SKHCN", "Sở Khoa học và Công nghệ", (("STTTT", "Sở Thông tin và Truyền thông"),)),
    ("SXD", "Sở Xây dựng", (("SGTVT", "Sở Giao thông vận tải"),)),
    ("STC", "Sở Tài chính", (("SKHDT", "Sở Kế hoạch và Đầu tư"),)),
    (
        "SNNMT",
        "Sở Nông nghiệp và Môi trường",
        (("STNMT", "Sở Tài nguyên và Môi trường"), ("SNNPTNT", "Sở Nông nghiệp và Phát triển nông thôn")),
    ),
    ("SCT", "Sở Công Thương", ()),
    ("STP", "Sở Tư pháp", ()),
    ("SYT", "Sở Y tế", ()),
    ("SGDDT", "Sở Giáo dục và Đào tạo", ()),
    ("SVHTTDL", "Sở Văn hóa, Thể thao và Du lịch", ()),
    ("TTT", "Thanh tra tỉnh", ()),
    ("SDTTG", "Sở Dân tộc và Tôn giáo", (("BDT", "Ban Dân tộc"),)),
    ("BQLKCN", "Ban Quản lý các khu công nghiệp", ()),
    ("VPHDND", "Văn phòng Đoàn đại biểu Quốc hội và Hội đồng nhân dân tỉnh", ()),
    ("TTHCC", "Trung tâm Phục vụ hành chính công tỉnh", ()),
)
_FIRST = (
    "Tân", "An", "Bình", "Phú", "Long", "Mỹ", "Hòa", "Vĩnh", "Đông", "Thanh", "Xuân", "Yên", "Đức", "Quang",
    "Trung", "Đại", "Minh", "Hưng", "Nam", "Thạnh", "Lộc", "Sơn",
)  # fmt: skip
_SECOND = (
    "Lập", "Thành", "Phước", "Bình", "Hòa", "Thịnh", "Lộc", "Sơn", "Giang", "Hải", "Lâm", "Thuận", "Tiến", "Phong",
    "Minh", "Trung", "Hội", "Khánh", "An", "Điền", "Thới",
)  # fmt: skip
_DISTRICTS = ("Đông Giang", "Tây Sơn", "Nam Phước", "Bắc Bình", "Trung Sơn", "Hòa Thành", "Phú Điền", "Long Khánh")


@dataclass(frozen=True, slots=True)
class InventedAgency:
    """An agency of today with its kind, and the codes of those it succeeded."""

    agency: Agency
    kind: Kind
    before: tuple[str, ...]


def invent_agencies(count: int) -> tuple[list[InventedAgency], list[Agency]]:
    """(`count` agencies of today, the abolished ones and the committees above them); the first is the province's
    office."""
    province = Agency("UBNDT", "Ủy ban nhân dân tỉnh", "ubnd", "tỉnh", channel="both")
    today: list[InventedAgency] = []
    history: dict[str, Agency] = {province.code: province}
    departments, communes, schools = iter(_DEPARTMENTS), _communes(), _schools()
    for index in range(count):
        turn = index % 3
        department = next(departments, None) if index < 2 or turn == 0 else None
        if department:
            today.append(_department(department, history))
        elif turn == 1 or index < 9:
            today.append(_commune(next(communes), history))
        else:
            today.append(_school(next(schools)))
    return today, list(history.values())


def _department(entry: tuple[str, str, tuple[tuple[str, str], ...]], history: dict[str, Agency]) -> InventedAgency:
    code, name, merged = entry
    for old_code, old_name in merged:
        history[old_code] = Agency(
            old_code, old_name, slug(old_code), "tỉnh", "UBNDT", valid_to=date(2025, 2, 28), successors=(code,)
        )
    kind: Kind = "office" if code.startswith("VP") else "department"
    old = tuple(old_code for old_code, _ in merged)
    channel: Channel = "both" if merged or kind == "office" else "edxml" if code == "STC" else "mail"
    return InventedAgency(
        Agency(code, name, slug(code), "tỉnh", "UBNDT", channel=channel, predecessors=old), kind, (code, *old)
    )


def _commune(place: tuple[int, str], history: dict[str, Agency]) -> InventedAgency:
    """A commune of today, made of three communes of one former district, the first of which gave it its name."""
    number, name = place
    code, word = f"X{number:03d}", "phường" if number % 5 == 0 else "xã"
    district = _DISTRICTS[number % len(_DISTRICTS)]
    above = f"H{number % len(_DISTRICTS) + 1:02d}"
    last_day = date(2025, 6, 30)
    history.setdefault(
        above,
        Agency(
            above, f"Ủy ban nhân dân huyện {district}", "huyen-" + slug(district), "huyện", "UBNDT", valid_to=last_day
        ),
    )
    old = []
    for part, old_name in (("A", name), ("B", f"{name} Đông"), ("C", f"{name} Tây")):
        old.append(code + part)
        history[code + part] = Agency(
            code + part,
            f"Ủy ban nhân dân xã {old_name}",
            slug(old_name),
            "xã",
            above,
            valid_to=last_day,
            successors=(code,),
        )
    agency = Agency(
        code,
        f"Ủy ban nhân dân {word} {name}",
        slug(name),
        "xã",
        "UBNDT",
        valid_from=COMMUNES_MERGED_ON,
        predecessors=tuple(old),
    )
    return InventedAgency(agency, "commune", (*old, above))


def _school(place: tuple[int, str]) -> InventedAgency:
    number, name = place
    code = f"T{number:04d}"
    agency = Agency(
        code, f"Trường {name}", slug(name.partition(" ")[0]) + "-" + slug(name.partition(" ")[2]), "đơn vị", "UBNDT"
    )
    return InventedAgency(agency, "school", (code,))


def _places() -> Iterator[str]:
    seen = set()
    for offset in range(len(_FIRST)):
        for index, second in enumerate(_SECOND):
            name = f"{_FIRST[(index + offset) % len(_FIRST)]} {second}"
            first = name.split(" ")[0]
            if first != second and slug(name) not in seen:
                seen.add(slug(name))
                yield name
    number = 1
    while True:
        number += 1
        yield from (f"{name} {number}" for name in sorted(seen))


def _communes() -> Iterator[tuple[int, str]]:
    return enumerate((place for place in _places()), 1)


def _schools() -> Iterator[tuple[int, str]]:
    number = 0
    for place in _places():
        for level in ("THPT", "THCS", "Tiểu học", "Mầm non"):
            number += 1
            yield number, f"{level} {place}"
