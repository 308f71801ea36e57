"""One text of the form: composed, trimmed, bounded, free of control characters; or a problem that names its key.

Control characters (CR and LF among them) could end a header or a line of iCalendar, and characters without width or
those that turn the writing direction could hide one word behind another: all are refused, never removed in silence.
Only texts of several lines may hold line feeds.
"""

from __future__ import annotations

import unicodedata
from typing import Any, Final

from foundation.errors import Problem
from foundation.language import Text
from foundation.vietnamese import nfc

LIMITS: Final = {
    "summary": 500,  # Subject, Decree 30/2020/NĐ-CP, appendix VI
    "number": 100,  # CodeNumber 11 and CodeNotation 30 of that appendix, and what is written around them
    "kind": 100,
    "content": 20_000,  # six pages A4; a letter has one or two
    "requirements": 5_000,
    "urgent_reason": 500,  # as a subject
    "reason": 500,
    "chair": 400,  # an address (254) and a name
    "rrule": 500,
    "timezone": 64,
    "urgency": 32,
    "place": 200,  # OrganName of that appendix
    "group": 400,
    "title": 500,  # as a subject
    "url": 2_000,  # what all browsers and clients still open
    "pin": 32,
    "telephone": 64,  # 15 digits (ITU-T E.164), signs between them, an extension
    "contact": 200,  # OrganName: "Phòng Hành chính - Quản trị, Văn phòng UBND tỉnh"
    "address": 400,
    "person": 400,
    "time": 300,
    "duration": 64,
}
"""The most characters of each text. Where no source stands beside a number, it is ours."""

_HIDDEN: Final = frozenset("\u00ad\u180e\u2028\u2029\ufeff")
_CONTROL_CATEGORIES: Final = ("Cc", "Cf", "Cs", "Co", "Cn")
_SEVERAL_LINES: Final = frozenset("\n")


class Reporter:
    """Collects problems of one form; `source` is the name of its file."""

    def __init__(self, source: str = "") -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.failed: set[str] = set()
        """Keys (without anything after the first dot or bracket) that have an error."""

    def error(self, column: str, message: Text, value: object = "", hint: Text | None = None) -> None:
        """Something that stops."""
        self.failed.add(column.partition(".")[0].partition("[")[0])
        self._add("error", column, message, value, hint)

    def warning(self, column: str, message: Text, value: object = "", hint: Text | None = None) -> None:
        """Something to know."""
        self._add("warning", column, message, value, hint)

    def _add(self, severity: Any, column: str, message: Text, value: object, hint: Text | None) -> None:
        shown = value if isinstance(value, str) else ""
        self.problems.append(Problem(severity, message, self.source, None, column, visible(shown), hint))


def visible(value: str) -> str:
    """A value fit for a screen: at most 200 characters, control characters as escapes."""
    cut = value if len(value) <= 200 else value[:199] + "…"
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in cut)


def line(value: object, column: str, kind: str, report: Reporter) -> str:
    """One line of text, or nothing after a report; `kind` chooses the limit."""
    return _clean(value, column, kind, report, several_lines=False)


def paragraphs(value: object, column: str, kind: str, report: Reporter) -> str:
    """Text of several lines: each trimmed, at most one empty line between two."""
    return _clean(value, column, kind, report, several_lines=True)


def hidden_character(text: str, several_lines: bool = False) -> str:
    """The first character that a text may not have, named for people; empty when there is none."""
    allowed = _SEVERAL_LINES if several_lines else frozenset[str]()
    for letter in text:
        if letter in allowed or (letter.isascii() and letter.isprintable()):
            continue
        if letter in _HIDDEN or unicodedata.category(letter) in _CONTROL_CATEGORIES:
            names = {"\n": "LF", "\r": "CR", "\t": "TAB", "\0": "NUL"}
            return names.get(letter) or f"U+{ord(letter):04X}"
    return ""


def _clean(value: object, column: str, kind: str, report: Reporter, several_lines: bool) -> str:
    if not isinstance(value, str):
        report.error(column, Text("phải là chuỗi trong dấu nháy", "must be a text in quotes"), _shown(value))
        return ""
    text = nfc(value)
    if several_lines:
        text = text.replace("\r\n", "\n").replace("\t", " ")
    found = hidden_character(text.strip("\n") if not several_lines else text, several_lines)
    if found:
        report.error(
            column,
            Text("có ký tự điều khiển hoặc ký tự ẩn ({name})", "has a control or hidden character ({name})").format(
                name=found
            ),
            value,
            Text("gõ lại, không dán từ nơi khác; mỗi mục chỉ một dòng", "type it again; this is one line")
            if not several_lines
            else Text("gõ lại đoạn có ký tự này", "type that passage again"),
        )
        return ""
    text = _spaced(text) if several_lines else " ".join(text.split())
    if len(text) > LIMITS[kind]:
        report.error(
            column,
            Text("dài {count} ký tự, quá {limit}", "is {count} characters long, more than {limit}").format(
                count=len(text), limit=LIMITS[kind]
            ),
            text,
        )
        return ""
    return text


def _spaced(text: str) -> str:
    lines = [" ".join(each.split()) for each in text.split("\n")]
    kept = [each for index, each in enumerate(lines) if each or (index and lines[index - 1])]
    return "\n".join(kept).strip("\n")


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int | float) else ""
