"""Number and kind of the letter: read by the grammar of Decree 30/2020/NĐ-CP, and checked against each other. Pure."""

from __future__ import annotations

from typing import Final

from foundation.documents import ALL_KINDS, DocumentNumber, Kind, find_numbers, kind_of, parse_number
from foundation.language import Text
from foundation.vietnamese import equality_key
from meetings.form.texts import Reporter
from meetings.form.values import Values
from meetings.meeting import Meeting

INVITATION: Final = "Giấy mời"
LONGEST_SYMBOL: Final = 30
"""CodeNotation, Decree 30/2020/NĐ-CP, appendix VI."""
_STANDS_FOR_LETTER: Final = equality_key("thay cho giấy mời")
_NUMBER_HINT: Final = Text(
    "viết như 15/GM-UBND; chưa có số thì viết /GM-UBND", "write 15/GM-UBND; not numbered yet: /GM-UBND"
)


def number_and_kind(values: Values, before: Meeting | None, report: Reporter) -> tuple[str, str]:
    """(canonical number or nothing, name of the kind): of the form, else as before, else Giấy mời."""
    number = _number(values, report) if values.has("number") else None
    kind = _kind(values, report) if values.has("kind") and values.kind else None
    if number is not None and kind is not None and not _agree(number, kind):
        report.error(
            "kind",
            Text(
                "loại “{kind}” không khớp ký hiệu {number}", "the kind “{kind}” does not agree with the symbol {number}"
            ).format(kind=kind.name, number=number.symbol),
            values.kind,
            Text("sửa số, ký hiệu hoặc loại văn bản", "correct the number or the kind"),
        )
    held = _held_number(before) if before else None
    if number is None and kind is not None and held is not None and not values.has("number") and not _agree(held, kind):
        message = Text("không khớp số hiện có {number}", "does not agree with the number {number}")
        report.error("kind", message.format(number=held), values.kind)
    name = kind.name if kind else _kind_of_number(number, before)
    if number is None:
        written = before.number if before is not None and "number" not in values.given else ""
    else:
        written = "" if number.is_draft else number.canonical
    _say_unnumbered(written, values, before, report)
    return written, name


def replaces_letter(values: Values, before: Meeting | None, kind: str, content: str, report: Reporter) -> bool:
    """Whether the document stands for the letter; a notice whose content says "thay cho giấy mời" does."""
    if values.has("replaces_letter"):
        if values.replaces_letter and kind == INVITATION:
            message = Text("bản thân văn bản đã là giấy mời", "the document is itself the letter of invitation")
            report.warning("replaces_letter", message)
            return False
        return values.replaces_letter
    if kind == INVITATION:
        return False
    return (before is not None and before.replaces_letter) or _STANDS_FOR_LETTER in equality_key(content)


def _number(values: Values, report: Reporter) -> DocumentNumber | None:
    if not values.number:
        return None
    found = parse_number(values.number)
    if found is None:
        message = Text("không đọc được số, ký hiệu", "cannot read number and symbol")
        report.error("number", message, values.number, _NUMBER_HINT)
        return None
    if len(find_numbers(values.number)) > 1:
        message = Text("có nhiều số, ký hiệu", "there is more than one number")
        report.error("number", message, values.number, _NUMBER_HINT)
    if len(found.symbol) > LONGEST_SYMBOL:
        message = Text("ký hiệu dài quá {limit} ký tự", "the symbol has more than {limit} characters")
        report.error("number", message.format(limit=LONGEST_SYMBOL), values.number)
    return found


def _kind(values: Values, report: Reporter) -> Kind | None:
    found = kind_of(values.kind)
    if found is None:
        report.error(
            "kind",
            Text("không có loại văn bản này", "there is no such kind of document"),
            values.kind,
            Text("ví dụ: Giấy mời (GM), Thông báo (TB), Công văn", "such as: Giấy mời (GM), Thông báo (TB), Công văn"),
        )
    return found


def _agree(number: DocumentNumber, kind: Kind) -> bool:
    if not number.kind:
        return all(each.name != kind.name or not each.abbreviation or each.abbreviation == "CV" for each in ALL_KINDS)
    return any(each.abbreviation == number.kind and each.name == kind.name for each in ALL_KINDS)


def _held_number(before: Meeting) -> DocumentNumber | None:
    return parse_number(before.number) if before.number else None


def _kind_of_number(number: DocumentNumber | None, before: Meeting | None) -> str:
    """What the symbol says; a number without a kind in it is a công văn."""
    if number is None:
        return before.kind if before else INVITATION
    if not number.kind:
        return "Công văn"
    return next(kind.name for kind in ALL_KINDS if kind.abbreviation == number.kind)


def _say_unnumbered(written: str, values: Values, before: Meeting | None, report: Reporter) -> None:
    if written or "number" in values.unread or (before is not None and "number" not in values.given):
        return
    if any(problem.column == "number" and problem.stops for problem in report.problems):
        return
    report.warning(
        "number",
        Text("văn bản chưa có số", "the document has no number yet"),
        values.number,
        Text("ghi số sau: meetings change ... --number", "number it later: meetings change ... --number"),
    )
