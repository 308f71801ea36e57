"""Makes small compound files ([MS-CFB]), the container of XLS and of encrypted workbooks."""

from __future__ import annotations

import struct

_SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def compound_file(streams: dict[str, bytes]) -> bytes:
    """A compound file with these streams; each must have 4,096 bytes or more, so that none is a mini stream."""
    sectors: list[bytes] = [b""]  # the first sector is the allocation table, filled in at the end
    table = [_FAT]
    entries = [_entry("Root Entry", 5, _END, 0)]
    for name, content in streams.items():
        first = len(sectors)
        parts = [content[at : at + _SECTOR].ljust(_SECTOR, b"\0") for at in range(0, len(content), _SECTOR)]
        sectors += parts
        table += [*range(first + 1, first + len(parts)), _END]
        entries.append(_entry(name, 2, first, len(content)))
    directory = b"".join(entries).ljust(_SECTOR, b"\0")
    start = len(sectors)
    sectors.append(directory)
    table.append(_END)
    sectors[0] = struct.pack(f"<{len(table)}I", *table).ljust(_SECTOR, b"\xff")
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, start, 0, 4096, _END, 0, _END, 0,
    )  # fmt: skip
    return header + struct.pack("<109I", 0, *[_FREE] * 108) + b"".join(sectors)


def _entry(name: str, kind: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1)
    return head + struct.pack("<III", _FREE, _FREE, _FREE) + bytes(36) + struct.pack("<IQ", start, size)
