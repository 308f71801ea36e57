"""Scans the sheets of an XLS workbook for their size and for error cells, which the reader hides.

Just enough of two old formats: the compound file ([MS-CFB]: header, sector chains, directory) and the records of the
workbook stream ([MS-XLS] 2.4: BOUNDSHEET8, BOOLERR, FORMULA, FILEPASS). Every chain is bounded by the size of the file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from provisioner.roster.sheet_facts import SheetFacts

_FREE: Final = 0xFFFF_FFF0
"""Sector numbers from here on mark the end of a chain or no sector."""
_BOUND_SHEET, _BOOL_ERR, _FORMULA, _FILE_PASS, _EOF = 0x85, 0x205, 0x06, 0x2F, 0x0A
_MUL_RK: Final = 0xBD
_VALUES: Final = frozenset({0x203, 0x27E, 0xFD, 0x204, 0xD6, _BOOL_ERR, _FORMULA, _MUL_RK})
"""NUMBER, RK, LABELSST, LABEL, RSTRING, BOOLERR, FORMULA, MULRK: the records that give a cell a value."""
_ERRORS: Final = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip


class BadCompoundFile(ValueError):
    """The file is no compound file that holds a workbook."""


class EncryptedWorkbook(ValueError):
    """The workbook is protected by a password."""


def xls_facts(content: bytes) -> list[SheetFacts]:
    """The facts of each sheet in the order of the workbook. Raises BadCompoundFile and EncryptedWorkbook."""
    try:
        stream = _workbook_stream(content)
        offsets = []
        for kind, data in _records(stream, 0):
            if kind == _FILE_PASS:
                raise EncryptedWorkbook
            if kind == _BOUND_SHEET and len(data) >= 4:
                offsets.append(struct.unpack_from("<I", data)[0])
        return [_facts(stream, offset) for offset in offsets]
    except (struct.error, IndexError) as error:
        raise BadCompoundFile(str(error)) from None


def _facts(stream: bytes, offset: int) -> SheetFacts:
    facts = SheetFacts()
    for kind, data in _records(stream, offset):
        if kind not in _VALUES or len(data) < 6:
            continue
        row, column = struct.unpack_from("<HH", data)
        facts.saw(row, struct.unpack_from("<H", data, len(data) - 2)[0] if kind == _MUL_RK else column)
        if kind == _BOOL_ERR and len(data) >= 8 and data[7]:
            facts.saw_bad(row, column, _ERRORS.get(data[6], "#?"), formula=False)
        elif kind == _FORMULA and len(data) >= 14 and data[12:14] == b"\xff\xff" and data[6] == 2:
            facts.saw_bad(row, column, _ERRORS.get(data[8], "#?"), formula=False)
    return facts


def _records(stream: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    """The records of one substream, up to its end record."""
    while offset + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, offset)
        yield kind, stream[offset + 4 : offset + 4 + size]
        if kind == _EOF:
            return
        offset += 4 + size


def _workbook_stream(content: bytes) -> bytes:
    sector_bytes = 1 << min(struct.unpack_from("<H", content, 30)[0], 20)
    fat_sectors, directory_start = struct.unpack_from("<I", content, 44)[0], struct.unpack_from("<I", content, 48)[0]
    small_limit, small_fat_start = struct.unpack_from("<I", content, 56)[0], struct.unpack_from("<I", content, 60)[0]
    if sector_bytes < 64 or fat_sectors > len(content) // sector_bytes + 1:
        raise BadCompoundFile("sector size")

    def sector(number: int) -> bytes:
        return content[(number + 1) * sector_bytes : (number + 2) * sector_bytes]

    listed = list(struct.unpack_from("<109I", content, 76))
    next_list, per_sector = struct.unpack_from("<I", content, 68)[0], sector_bytes // 4
    while next_list < _FREE and len(listed) < fat_sectors + 109 + per_sector:
        numbers = struct.unpack(f"<{per_sector}I", sector(next_list))
        listed.extend(numbers[:-1])
        next_list = numbers[-1]
    fat: list[int] = []
    for number in [one for one in listed if one < _FREE][:fat_sectors]:
        fat.extend(struct.unpack(f"<{per_sector}I", sector(number).ljust(sector_bytes, b"\xff")))

    def chain(start: int, table: list[int]) -> Iterator[int]:
        for _ in range(len(table)):
            if not start < min(_FREE, len(table)):
                return
            yield start
            start = table[start]

    directory = b"".join(sector(number) for number in chain(directory_start, fat))
    entries = [directory[at : at + 128] for at in range(0, len(directory) - 127, 128)]
    named = {
        entry[: max(0, struct.unpack_from("<H", entry, 64)[0] - 2)].decode("utf-16-le", "replace"): entry
        for entry in entries
    }
    if "EncryptedPackage" in named:
        raise EncryptedWorkbook
    found = named.get("Workbook") or named.get("Book")
    if found is None:
        raise BadCompoundFile("no workbook in it")
    start, size = struct.unpack_from("<I", found, 116)[0], struct.unpack_from("<I", found, 120)[0]
    if size >= small_limit:
        return b"".join(sector(number) for number in chain(start, fat))[:size]
    small_fat: list[int] = []
    for number in chain(small_fat_start, fat):
        small_fat.extend(struct.unpack(f"<{per_sector}I", sector(number).ljust(sector_bytes, b"\xff")))
    root = b"".join(sector(number) for number in chain(struct.unpack_from("<I", entries[0], 116)[0], fat))
    return b"".join(root[number * 64 : number * 64 + 64] for number in chain(start, small_fat))[:size]
