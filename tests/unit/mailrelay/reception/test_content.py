"""What is wrong with content, however it is cut."""

from __future__ import annotations

import pytest

from mailrelay.reception.content import ContentCheck
from mailrelay.reception.replies import Reply


def fault(content: bytes, size: int, limit_bytes: int = 100_000, line_bytes: int = 20) -> Reply | None:
    check = ContentCheck(limit_bytes, line_bytes)
    for at in range(0, len(content), size):
        check.look(content[at : at + size])
    return check.end()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"a\nb\r\n", "bare"),
        (b"\nb\r\n", "bare"),
        (b"a\rb\r\n", "bare"),
        (b"a\r\r\n", "bare"),
        (b"a\r\n\n", "bare"),
        (b"a\r\n\r", "bare"),
        (b"a\0b\r\n", "NUL"),
        (b"abc", "end with"),
        (b"x" * 21 + b"\r\n", "too long"),
        (b"a\r\n" + b"x" * 21 + b"\r\nb\r\n", "too long"),
        (b"x" * 100, "too long"),
    ],
)
def test_faults(content: bytes, word: str, size: int) -> None:
    found = fault(content, size)
    assert found is not None
    assert word in found.text


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("content", [b"", b"\r\n", b"a\r\n\r\nb\r\n", b"x" * 20 + b"\r\n", (b"x" * 20 + b"\r\n") * 30])
def test_content_without_fault(content: bytes, size: int) -> None:
    assert fault(content, size) is None


def test_the_first_fault_counts_and_size_is_that_of_the_content() -> None:
    check = ContentCheck(10, 998)
    assert check.look(b"12345678\r\n") is None
    found = check.look(b"a\nb")
    assert found is not None
    assert found.code == 552
    assert check.look(b"\0") is found
    assert check.size == 13


def test_eight_bit_is_noticed() -> None:
    check = ContentCheck(1000, 998)
    check.look(b"chao\r\n")
    assert not check.eight_bit
    check.look("chào\r\n".encode())
    assert check.eight_bit
    assert check.end() is None
