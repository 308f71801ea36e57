"""Reads the secretary's form, a TOML file, into values that JSON can carry. What the values mean is not judged here.

A file that is not there is wrong use (exit 2); one that is no TOML is a wrong input (65), with its line.
"""

from __future__ import annotations

import sys
import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from foundation.errors import InputError, Problem, UsageError
from foundation.language import Text
from foundation.system_errors import reason_of
from foundation.toml_errors import reason_and_line

LARGEST_BYTES: Final = 1 << 20
"""Ten thousand participants of a hundred letters each."""
DEEPEST: Final = 8
"""A place in a list is the deepest that a form needs: three."""


def read_file(path: Path) -> dict[str, Any]:
    """The keys and values of the form; `-` is standard input. Raises UsageError, InputError."""
    name = _name(path)
    text = _text(_content(path), name)
    try:
        found = tomllib.loads(text)
        return {key: _plain(value, name, DEEPEST) for key, value in found.items()}
    except tomllib.TOMLDecodeError as error:
        raise _no_toml(name, text, error) from error
    except RecursionError as error:
        raise _too_deep(name) from error


def _name(path: Path) -> str:
    return "stdin" if str(path) == "-" else str(path)


def _content(path: Path) -> bytes:
    try:
        if str(path) == "-":
            content = sys.stdin.buffer.read(LARGEST_BYTES + 1)
        else:
            with path.open("rb") as file:
                content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise UsageError(
            Text("không đọc được {file}: {why}", "cannot read {file}: {why}").format(file=path, why=reason_of(error)),
            Text("kiểm tra lại đường dẫn", "check the path"),
        ) from error
    if len(content) > LARGEST_BYTES:
        raise _wrong(_name(path), None, Text("tệp lớn hơn 1 MiB", "the file is larger than 1 MiB"))
    return content


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _wrong(
            name,
            line,
            Text("không phải văn bản UTF-8", "is not UTF-8 text"),
            Text("lưu lại tệp với bảng mã UTF-8", "save the file as UTF-8"),
        ) from error


def _no_toml(name: str, text: str, error: tomllib.TOMLDecodeError) -> InputError:
    reason, line = reason_and_line(error)
    return _wrong(
        name,
        line or text.count("\n") + 1,
        Text("không đúng cú pháp TOML: {reason}", "is not TOML: {reason}").format(reason=reason),
        Text(
            'chữ phải nằm trong ngoặc kép: summary = "Họp giao ban"; danh sách trong ngoặc vuông: required = ["sxd"]',
            'text stands in quotes: summary = "..."; a list in brackets: required = ["sxd"]',
        ),
    )


def _too_deep(name: str) -> InputError:
    return _wrong(name, None, Text("lồng nhau quá sâu", "is nested too deeply"))


def _wrong(name: str, line: int | None, message: Text, hint: Text | None = None) -> InputError:
    told = Text("không đọc được phiếu họp {file}", "cannot read the form {file}").format(file=name)
    return InputError(told, None, (Problem("error", message, file=name, row=line, hint=hint),))


def _plain(value: Any, name: str, depth: int) -> Any:
    """The value as JSON has it: dates and times as ISO 8601 text."""
    if depth == 0:
        raise _too_deep(name)
    if isinstance(value, dict):
        return {key: _plain(each, name, depth - 1) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, name, depth - 1) for each in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, float):
        return value if abs(value) < float("inf") else str(value)
    return value
