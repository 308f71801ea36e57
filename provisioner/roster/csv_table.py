"""CSV bytes as rows of cells: finds the text encoding and the separator, keeps every byte.

A legacy line is not an error: each line is read as UTF-8, else as latin-1, which has a character for every byte
(windows-1252 has none for five of them), so that TCVN3 and VNI names survive to be repaired cell by cell, where their
meaning is known. From 0x80 to 0x9F the two differ: what is a letter or a quotation mark in windows-1252 is a control
character here, and reported in the cell. Promises bounded memory: no line, record, field or row count beyond `sizes`.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator

from foundation.errors import InputError
from foundation.language import Text
from provisioner.roster import sizes
from provisioner.roster.tables import FileBytes, HeaderScore, Row, Table, refuse

_SEPARATORS = ",;\t|"


def open_csv(file: FileBytes, score: HeaderScore, encoding: str) -> Table:
    """The rows of a CSV file. Raises InputError: unknown or wrong encoding, NUL bytes, a record beyond the limits."""
    lines = _Lines(file, encoding)
    separator, skip = _separator(file, lines, score)
    return Table(file.name, lambda: _records(file, lines, separator, skip), is_csv=True)


class _Lines:
    """The lines of the file as text, decoded one at a time; may be iterated again from the start."""

    def __init__(self, file: FileBytes, encoding: str) -> None:
        self._file = file
        self._content = file.content
        self._codec = _codec(file, encoding)
        self._start = 0
        if self._codec is None:
            self._start = len(codecs.BOM_UTF8) if file.content.startswith(codecs.BOM_UTF8) else 0
            if b"\n" not in file.content[:65536] and b"\r" in file.content[:65536]:
                self._content = file.content.replace(b"\r", b"\n")  # the line ends of old Macintosh exports

    def __iter__(self) -> Iterator[str]:
        if self._codec is not None:
            yield from self._strictly(self._codec)
            return
        stream = io.BytesIO(self._content)
        stream.seek(self._start)
        number = 0
        while line := stream.readline(sizes.LINE_BYTES + 1):
            number += 1
            if len(line) > sizes.LINE_BYTES:
                raise _record_too_long(self._file.name, number)
            if b"\x00" in line:
                raise _nul(self._file.name, number)
            try:
                yield line.decode("utf-8")
            except UnicodeDecodeError:
                yield line.decode("latin-1")

    def _strictly(self, codec: str) -> Iterator[str]:
        try:
            reader = io.TextIOWrapper(io.BytesIO(self._content), encoding=codec, errors="strict", newline="\n")
            number = 0
            while line := reader.readline(sizes.LINE_BYTES + 1):
                number += 1
                if len(line) > sizes.LINE_BYTES:
                    raise _record_too_long(self._file.name, number)
                if "\x00" in line:
                    raise _nul(self._file.name, number)
                yield line
        except UnicodeError:
            raise refuse(
                self._file.name,
                Text("nội dung không phải {codec}", "the content is not {codec}").format(codec=codec),
                Text('dùng [roster] encoding = "auto"', 'use [roster] encoding = "auto"'),
            ) from None


def _codec(file: FileBytes, encoding: str) -> str | None:
    """The codec to read with strictly; None = line by line, UTF-8 else latin-1."""
    head = file.content[:4096]
    if encoding not in ("", "auto"):
        try:
            " ".encode(encoding)  # codecs that are no text encodings, such as hex, refuse here
        except (LookupError, ValueError):
            raise refuse(
                file.name,
                Text("không có bảng mã {encoding}", "there is no encoding called {encoding}").format(encoding=encoding),
                Text('dùng "auto", "utf-8" hoặc "cp1258"', 'use "auto", "utf-8" or "cp1258"'),
            ) from None
        return "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # UTF-16 without its mark: every ASCII character (commas, digits, line ends) leaves a NUL in every second byte
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 4 >= len(head) and min(even, odd) * 20 <= max(even, odd):
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def _separator(file: FileBytes, lines: Iterable[str], score: HeaderScore) -> tuple[str, int]:
    """The separator under which the first rows hold the best header, and how many lines to skip (Excel's `sep=;`)."""
    first = next(iter(lines), "").strip().lower()
    if first.startswith("sep=") and len(first) <= 5:
        return (first[4:] or "\t"), 1
    best = max(_SEPARATORS, key=lambda separator: _score(file, lines, separator, score))
    return best, 0


def _score(file: FileBytes, lines: Iterable[str], separator: str, score: HeaderScore) -> tuple[int, int]:
    head: list[Row] = []
    try:
        for row in _records(file, lines, separator, 0):
            head.append(row)
            if len(head) > sizes.HEADER_SEARCH_ROWS:
                break
    except InputError:  # the real reading reports it, unless another separator makes sense of the file
        return score(head, {}), sizes.COLUMNS * sizes.HEADER_SEARCH_ROWS
    return score(head, {}), sum(len(cells) for _, cells in head)


class _Budget:
    """Hands lines to the csv reader and stops a record (quoted line breaks) that grows beyond the limit."""

    def __init__(self, name: str, lines: Iterable[str]) -> None:
        self._name = name
        self._lines = lines
        self.pending = 0
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.number += 1
            self.pending += len(line)
            if self.pending > sizes.LINE_BYTES:
                raise _record_too_long(self._name, self.number)
            yield line


def _records(file: FileBytes, lines: Iterable[str], separator: str, skip: int) -> Iterator[Row]:
    budget = _Budget(file.name, lines)
    source = iter(budget)
    for _ in range(skip):
        next(source, None)
    reader = csv.reader(source, delimiter=separator, strict=False)
    first_line = budget.number + 1
    try:
        for count, cells in enumerate(reader, 1):
            if count > sizes.ROWS:
                raise _too_many_rows(file.name)
            if len(cells) > sizes.COLUMNS:
                while cells and not cells[-1].strip():
                    cells.pop()
                if len(cells) > sizes.COLUMNS:
                    raise _too_many_columns(file.name, first_line, len(cells))
            if budget.number > first_line:
                _refuse_swallowed_lines(file.name, first_line, cells, separator)
            yield first_line, cells
            budget.pending = 0
            first_line = budget.number + 1
    except csv.Error as error:
        raise refuse(
            file.name,
            Text("dòng CSV hỏng: {reason}", "broken CSV: {reason}").format(reason=error),
            Text(
                'thường do thiếu dấu ngoặc kép " đóng ô: sửa dòng này rồi chạy lại',
                'usually a missing closing quote ": correct this line and run again',
            ),
            row=first_line,
        ) from None


def _refuse_swallowed_lines(name: str, line: int, cells: list[str], separator: str) -> None:
    """A missing closing quote silently turns the people that follow into the text of one cell: look for whole rows in
    it."""
    for cell in cells:
        if "\n" in cell and any(part.count(separator) >= 3 for part in cell.split("\n")[1:]):
            raise refuse(
                name,
                Text("một ô chứa nhiều dòng danh sách", "one cell holds several rows of the roster"),
                Text(
                    'thiếu dấu ngoặc kép " đóng ô: sửa dòng này rồi chạy lại',
                    'a closing quote " is missing: correct this line and run again',
                ),
                row=line,
                value=cell[:80],
            )


def _record_too_long(name: str, line: int) -> InputError:
    return refuse(
        name,
        Text("dòng dài hơn {limit} byte", "a record is longer than {limit} bytes").format(limit=sizes.LINE_BYTES),
        Text(
            'thường do thiếu dấu ngoặc kép " đóng ô, hoặc tệp không phải CSV',
            'usually a missing closing quote ", or the file is not CSV',
        ),
        row=line,
    )


def _nul(name: str, line: int) -> InputError:
    return refuse(
        name,
        Text("dòng có byte NUL: tệp không phải CSV", "a line holds NUL bytes: the file is not CSV"),
        Text("lưu lại thành CSV UTF-8 hoặc .xlsx", "save it again as CSV UTF-8 or .xlsx"),
        row=line,
    )


def _too_many_rows(name: str) -> InputError:
    return refuse(
        name,
        Text("tệp có hơn {limit} dòng", "the file has more than {limit} rows").format(limit=sizes.ROWS),
        Text("chia danh sách theo đơn vị và chạy từng tệp", "split the roster by agency and run file by file"),
    )


def _too_many_columns(name: str, line: int, count: int) -> InputError:
    return refuse(
        name,
        Text("dòng có {count} cột, tối đa {limit}", "a row has {count} columns, at most {limit}").format(
            count=count, limit=sizes.COLUMNS
        ),
        Text("kiểm tra dấu phân cách cột", "check the separator of the columns"),
        row=line,
    )
