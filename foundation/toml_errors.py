"""Why a text is no TOML, in words: tomllib speaks English alone, and says where within the sentence. A table.

What tomllib may say is in CPython's Lib/tomllib/_parser.py; a sentence that is not in the table is "wrong syntax".
"""

from __future__ import annotations

import re
import tomllib
from typing import Final

from foundation.language import Text

_PLACE: Final = re.compile(r"\s*\(at (?:line (?P<line>\d+), column \d+|end of document)\)\Z")
_OVERWRITES: Final = "khóa này đã có ở trên"
_REASONS: Final = (
    (r"Illegal character '\n'", "chuỗi chữ chưa đóng ngoặc kép ở cuối dòng"),
    ("Illegal character", "có ký tự điều khiển không được phép"),
    ("Found invalid character", "có ký tự không được phép"),
    ("Unterminated string", "chuỗi chữ chưa đóng ngoặc kép"),
    ("Expected '=' after", "sau tên khóa phải là dấu = (tên khóa viết không dấu)"),
    ("Expected newline or end", "còn chữ thừa sau giá trị"),
    ("Expected ']", "thiếu dấu ] sau tên mục"),
    ("Unclosed array", "danh sách chưa đóng bằng dấu ]"),
    ("Unclosed inline table", "nhóm chưa đóng bằng dấu }"),
    ("Duplicate inline table key", _OVERWRITES),
    ("Cannot overwrite", _OVERWRITES),
    ("Cannot mutate", _OVERWRITES),
    ("Cannot declare", "mục này đã có ở trên"),
    ("Invalid initial character for a key", "tên khóa bắt đầu bằng ký tự không được phép"),
    ("Invalid statement", "dòng này không có dạng khóa = giá trị"),
    ("Invalid value", "giá trị viết sai: chữ phải nằm trong ngoặc kép"),
    ("Invalid date or datetime", "ngày giờ viết sai"),
    ("Unescaped '\\'", r"dấu \ trong chuỗi chữ phải viết thành \\"),
)


def reason_and_line(error: tomllib.TOMLDecodeError) -> tuple[Text, int | None]:
    """Why, as a clause, and in which line; None: at the end of the text."""
    said = str(error)
    place = _PLACE.search(said)
    english = _PLACE.sub("", said).rstrip(".")
    known = (vi for begins, vi in _REASONS if english.startswith(begins))
    line = int(place["line"]) if place and place["line"] else None
    return Text(next(known, "sai cú pháp"), english), line
