"""Opens the file of a table: the bytes once, their hash, and the reader that fits what they are.

The format is told by the content, never by the name: HR software likes to call an HTML page `.xls`. The bytes that are
hashed are the bytes that are read, so a plan is bound to exactly what was read.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from foundation.errors import InputError, UsageError
from foundation.language import Text
from foundation.system_errors import reason_of
from provisioner.roster import csv_table, sheet_table, sizes
from provisioner.roster.tables import FileBytes, HeaderScore, Table, refuse


def read_file(path: Path) -> FileBytes:
    """Read a whole file. Raises UsageError when it is missing or is no file, InputError when too large or empty."""
    name = path.name or str(path)
    try:
        if path.is_dir():
            raise UsageError(
                Text("{path} là thư mục, không phải tệp", "{path} is a folder, not a file").format(path=path),
                Text("ghi rõ tên tệp trong thư mục đó", "name a file inside it"),
            )
        if not path.is_file() and path.exists():
            raise UsageError(
                Text("{path} không phải tệp thường", "{path} is not a regular file").format(path=path),
                Text("lưu danh sách thành tệp CSV, XLSX, XLS hoặc ODS", "save the roster as CSV, XLSX, XLS or ODS"),
            )
        if path.stat().st_size > sizes.CSV_BYTES:
            raise _too_large(name, sizes.CSV_BYTES)
        content = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(
            Text("không tìm thấy tệp {path}", "no such file: {path}").format(path=path),
            Text("kiểm tra lại đường dẫn", "check the path"),
        ) from None
    except (OSError, ValueError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else str(error)
        raise UsageError(
            Text("không đọc được tệp {path}: {reason}", "cannot read {path}: {reason}").format(
                path=path, reason=reason
            ),
            Text("kiểm tra quyền đọc tệp", "check that you may read the file"),
        ) from None
    if not content.strip(b"\x00\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise refuse(
            name,
            Text("tệp rỗng", "the file is empty"),
            Text("xuất lại danh sách từ phần mềm nhân sự", "export the roster again from the HR software"),
        )
    return FileBytes(name, content, hashlib.sha256(content).hexdigest())


def open_table(file: FileBytes, score: HeaderScore, *, encoding: str = "auto", sheet: str = "") -> Table:
    """The table of a file. Raises InputError when the content is none of CSV, XLSX, XLS and ODS, or beyond the
    limits."""
    head = file.content[:4096]
    if head.startswith(b"PK\x03\x04") or head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if len(file.content) > sizes.WORKBOOK_BYTES:
            raise _too_large(file.name, sizes.WORKBOOK_BYTES)
        return sheet_table.open_sheet(file, score, sheet)
    _refuse_other_formats(file.name, head)
    return csv_table.open_csv(file, score, encoding)


def _refuse_other_formats(name: str, head: bytes) -> None:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"<head", b"<body", b"<style")):
        found = Text("trang HTML", "an HTML page")
    elif text.startswith(b"<?xml"):
        found = Text("tệp XML", "an XML file")
    elif head.startswith(b"%PDF-"):
        found = Text("tệp PDF", "a PDF file")
    elif head.startswith(b"{\\rtf"):
        found = Text("tệp RTF", "an RTF file")
    elif head.startswith(
        (b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x7fELF", b"\x89PNG")
    ):
        found = Text("tệp nén hoặc tệp nhị phân", "a compressed or binary file")
    else:
        return
    raise refuse(
        name,
        Text("đây là {found}, không phải danh sách", "this is {found}, not a roster").format(found=found),
        Text(
            "mở bằng Excel hoặc LibreOffice rồi lưu thành .xlsx hoặc CSV UTF-8",
            "open it in Excel or LibreOffice and save it as .xlsx or as CSV UTF-8",
        ),
    )


def _too_large(name: str, limit_bytes: int) -> InputError:
    return refuse(
        name,
        Text("tệp lớn hơn {limit} MiB", "the file is larger than {limit} MiB").format(limit=limit_bytes // 1_048_576),
        Text("chia danh sách theo đơn vị và chạy từng tệp", "split the roster by agency and run file by file"),
    )
