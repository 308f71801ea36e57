"""The secretary's list: who is shown, in which order, what is counted, and the same as CSV. Pure.

Names stand in the order of Vietnamese lists: by the given name, which stands last. Words of a filter and of an order
come from the address, so that all of it works without a script.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from typing import Any, Final, Literal

from foundation.language import Language, Text
from foundation.vietnamese.names import sort_key
from meetings.store.view_values import PersonLine
from meetings.terms import DELIVERIES, PARTSTATS, ROLES
from meetings.web.meeting_words import say, stamp

Filter = Literal["all", "on_way", "unreached", "unanswered", "accepted", "tentative", "declined", "delegated", "joined"]
Order = Literal["name", "agency", "role", "answer", "delivery", "joined"]

ROWS_PER_PAGE: Final = 200
"""A meeting may have ten thousand people; 200 rows are some 150 KB of page, which a telephone still likes."""

_ROLE_ORDER: Final = ("CHAIR", "REQ-PARTICIPANT", "OPT-PARTICIPANT")
_ANSWER_ORDER: Final = ("NEEDS-ACTION", "DECLINED", "TENTATIVE", "DELEGATED", "ACCEPTED")
_DELIVERY_ORDER: Final = ("refused", "failed", "expired", "deferred", "queued", "relayed", "delivered")
REACHED: Final = frozenset({"delivered", "relayed"})

_TESTS: Final[dict[Filter, Callable[[PersonLine], bool]]] = {
    "all": lambda line: True,
    "on_way": lambda line: line.delivery == "queued" and not line.removed,
    "unreached": lambda line: line.delivery not in (*REACHED, "queued") and not line.removed,
    "unanswered": lambda line: line.partstat == "NEEDS-ACTION" and not line.removed,
    "accepted": lambda line: line.partstat == "ACCEPTED" and not line.removed,
    "tentative": lambda line: line.partstat == "TENTATIVE" and not line.removed,
    "declined": lambda line: line.partstat == "DECLINED" and not line.removed,
    "delegated": lambda line: line.partstat == "DELEGATED" and not line.removed,
    "joined": lambda line: line.joined_at is not None,
}
"""Everybody invited is in one of the five answers; a deputy in that of their own."""
FILTERS: Final[dict[Filter, Text]] = {
    "all": Text("Tất cả", "Everybody"),
    "on_way": Text("Đang gửi", "On the way"),
    "unreached": Text("Chưa nhận được", "Not reached"),
    "unanswered": Text("Chưa trả lời", "No answer"),
    "accepted": Text("Tham dự", "Attend"),
    "tentative": Text("Chưa chắc chắn", "Not sure"),
    "declined": Text("Không dự", "Do not attend"),
    "delegated": Text("Cử người đi thay", "Send a deputy"),
    "joined": Text("Đã vào họp", "Came in"),
}

_KEYS: Final[dict[Order, Callable[[PersonLine], Any]]] = {
    "name": lambda line: name_key(line.name or line.address),
    "agency": lambda line: sort_key(line.agency_name or line.agency, ""),
    "role": lambda line: _ROLE_ORDER.index(line.role),
    "answer": lambda line: _ANSWER_ORDER.index(line.partstat),
    "delivery": lambda line: _DELIVERY_ORDER.index(line.delivery),
    "joined": lambda line: line.joined_at or 0,
}
ORDERS: Final[dict[Order, Text]] = {
    "name": Text("Họ và tên", "Name"),
    "agency": Text("Đơn vị", "Agency"),
    "role": Text("Vai trò", "Role"),
    "answer": Text("Trả lời", "Answer"),
    "delivery": Text("Thư mời", "Letter"),
    "joined": Text("Đã vào họp", "Came in"),
}

_CSV_COLUMNS: Final = (
    Text("Họ và tên", "Name"),
    Text("Chức vụ", "Title"),
    Text("Đơn vị", "Agency"),
    Text("Địa chỉ thư", "Address"),
    Text("Điện thoại", "Telephone"),
    Text("Vai trò", "Role"),
    Text("Trả lời", "Answer"),
    Text("Lý do", "Reason"),
    Text("Trả lời lúc", "Answered at"),
    Text("Thư mời", "Letter"),
    Text("Người đi thay", "Deputy"),
    Text("Đi thay cho", "Stands in for"),
    Text("Vào họp lúc", "Came in at"),
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection), with the full-width forms."""


def chosen(lines: Iterable[PersonLine], shown: Filter, order: Order, descending: bool) -> list[PersonLine]:
    """Those who pass the filter, in this order; equal ones by name. Removed people stand at the end."""
    passing = [line for line in lines if _TESTS[shown](line)]
    by_name = sorted(passing, key=_KEYS["name"])
    ordered = sorted(by_name, key=_KEYS[order], reverse=descending)
    return sorted(ordered, key=lambda line: line.removed)


def count(lines: Iterable[PersonLine]) -> dict[Filter, int]:
    """How many pass each filter; removed people are not counted."""
    there = [line for line in lines if not line.removed]
    return {name: sum(map(test, there)) for name, test in _TESTS.items()}


def as_csv(lines: Iterable[PersonLine], timezone: str, language: Language) -> bytes:
    """The list for a spreadsheet: UTF-8 with the mark by which Excel knows it, CRLF (RFC 4180); no cell can begin a
    formula."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([say(column, language) for column in _CSV_COLUMNS])
    for line in lines:
        writer.writerow([harmless(cell) for cell in _cells(line, timezone, language)])
    return ("\ufeff" + text.getvalue()).encode()


def harmless(cell: str) -> str:
    """The cell as text that no spreadsheet computes."""
    flat = cell.replace("\r", " ").replace("\n", " ")
    return f"'{flat}" if flat.lstrip().startswith(_FORMULA) or flat.startswith(_FORMULA) else flat


def name_key(name: str) -> Any:
    """By which people are sorted: the given name, then the rest."""
    rest, _, given = name.rpartition(" ")
    return sort_key(given, rest)


def _cells(line: PersonLine, timezone: str, language: Language) -> tuple[str, ...]:
    return (
        line.name,
        line.title,
        line.agency_name or line.agency,
        line.address,
        line.telephone,
        say(ROLES[line.role], language),
        say(PARTSTATS[line.partstat], language),
        line.comment,
        stamp(line.answered_at, timezone),
        say(DELIVERIES[line.delivery], language),
        line.delegated_to,
        line.delegated_from,
        stamp(line.joined_at, timezone),
    )
