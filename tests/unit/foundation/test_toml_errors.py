"""What is wrong with a TOML text is said in Vietnamese, with its line."""

from __future__ import annotations

import tomllib

import pytest

from foundation.toml_errors import reason_and_line


@pytest.mark.parametrize(
    ("text", "vietnamese", "line"),
    [
        ('a = 1\nsummary = "Họp\nb = 2\n', "chuỗi chữ chưa đóng ngoặc kép ở cuối dòng", 2),
        ("summary = Họp", "giá trị viết sai: chữ phải nằm trong ngoặc kép", 1),
        ("a = 1\nsummary", "sau tên khóa phải là dấu = (tên khóa viết không dấu)", None),
        ('a = "b" c', "còn chữ thừa sau giá trị", 1),
        ('a = ["b"\n', "danh sách chưa đóng bằng dấu ]", None),
        ("a = 1\na = 2\n", "khóa này đã có ở trên", 2),
        ("[a]\n[a]", "mục này đã có ở trên", 2),
        ("[a\n", "thiếu dấu ] sau tên mục", 1),
        ("tên = 1", "sau tên khóa phải là dấu = (tên khóa viết không dấu)", 1),
        ("= 1", "dòng này không có dạng khóa = giá trị", 1),
        (r'a = "C:\Họp"', r"dấu \ trong chuỗi chữ phải viết thành \\", 1),
        ("a = 2026-13-01", "còn chữ thừa sau giá trị", 1),
        ('a = "\x01"', "có ký tự điều khiển không được phép", 1),
        ('a = """b', "chuỗi chữ chưa đóng ngoặc kép", None),
        ('a = "\\uD800"', "sai cú pháp", 1),
    ],
)
def test_what_is_wrong_is_said_in_vietnamese(text: str, vietnamese: str, line: int | None) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as raised:
        tomllib.loads(text)
    reason, found = reason_and_line(raised.value)
    assert (reason.vi, found) == (vietnamese, line)
    assert "(at " not in reason.en
    assert reason.en in str(raised.value)
