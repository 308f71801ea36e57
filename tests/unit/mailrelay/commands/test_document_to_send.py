"""What a clerk types wrong for `mailrelay send`."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailrelay.commands import document_to_send
from mailrelay.commands.document_to_send import Mistakes


def columns(mistakes: Mistakes) -> list[str]:
    return [problem.column for problem in (*mistakes.problems, *mistakes.missing)]


@pytest.mark.parametrize(
    ("number", "kind", "wrong"),
    [
        ("36/TB-SXD", "Thông báo", []),
        ("70/QĐ-VPUB", "quyết định", []),
        ("12/UBND-VX", "Công văn", []),
        ("12/CV-UBND", "Công văn", []),
        ("05/QyĐ-UBND", "Quy định", []),
        ("70/QĐ-VPUB", "Thông báo", ["--kind"]),
        ("36/TB-SXD", "QĐ", ["--kind"]),
        ("hôm qua", "Bài thơ", ["--number", "--kind"]),
        ("/TB-SXD", "Bài thơ", ["--number", "--kind"]),
    ],
)
def test_number_and_kind_agree(number: str, kind: str, wrong: list[str]) -> None:
    mistakes = Mistakes()
    document_to_send.reference(number, kind, mistakes)
    assert columns(mistakes) == wrong


@pytest.mark.parametrize("subject", ["", "  ", "Về việc\nhọp", "Về việc\r\nBcc: x@y.example", "a\x00b"])
def test_a_subject_is_one_line(subject: str) -> None:
    mistakes = Mistakes()
    document_to_send.subject_line(subject, mistakes)
    assert columns(mistakes) == ["--subject"]
    assert mistakes.error().exit_code == 65


def test_files_hold_something_are_named_once_and_fit(tmp_path: Path) -> None:
    mistakes = Mistakes()
    for name, size in (("a.pdf", 10), ("empty.pdf", 0), ("large.pdf", 95)):
        (tmp_path / name).write_bytes(b"x" * size)
    (tmp_path / "link.pdf").symlink_to(tmp_path / "a.pdf")
    paths = [tmp_path / name for name in ("a.pdf", "empty.pdf", "a.pdf", "link.pdf", "none.pdf", "large.pdf")]
    document_to_send.contents(paths, 100, mistakes)
    told = {Path(problem.value).name for problem in mistakes.problems}
    assert told == {"empty.pdf", "a.pdf", "link.pdf", "large.pdf"}
    assert [Path(problem.value).name for problem in mistakes.missing] == ["none.pdf"]
    assert mistakes.error().exit_code == 65


def test_missing_files_alone_are_wrong_use(tmp_path: Path) -> None:
    mistakes = Mistakes()
    document_to_send.contents([tmp_path / "none.pdf"], 100, mistakes)
    document_to_send.words("", tmp_path / "none.txt", mistakes)
    assert mistakes.error().exit_code == 2
    assert columns(mistakes) == ["--attach", "--text-file"]
