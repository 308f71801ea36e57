"""The secretary's form as flags: the same keys as the TOML file, which they override. What they mean `form` judges."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from meetings.commands.form_file import read_file

_OPTIONS: Final = (
    click.option("--number", help="Số, ký hiệu: 15/GM-UBND. / Number and symbol of the letter."),
    click.option("--kind", help="Loại văn bản (Giấy mời). / The kind of document, by name or abbreviation."),
    click.option("--summary", help="Trích yếu. / What it is about, in one line."),
    click.option("--chair", help="Chủ trì: địa chỉ. / The chair's address."),
    click.option("--start", help='Bắt đầu: "13h30, ngày 24/11/2026 (thứ 3)". / When it begins; ISO 8601 too.'),
    click.option("--end", help="Kết thúc. / When it ends."),
    click.option("--duration", help='Thời lượng: "90 phút", 2h. / How long it takes.'),
    click.option("--timezone", help="Múi giờ IANA. / An IANA timezone."),
    click.option("--rrule", help="Họp định kỳ: FREQ=WEEKLY;COUNT=10. / A series (RFC 5545 RRULE)."),
    click.option(
        "--place",
        "places",
        multiple=True,
        help="Địa điểm: TÊN hoặc TÊN;for=sxd,stc;url=...;sip=...;h323=...;telephone=...;pin=... / A place, repeatable.",
    ),
    click.option(
        "--required",
        multiple=True,
        help="Thành phần mời: địa chỉ, danh sách, mã đơn vị. / Who is invited, repeatable.",
    ),
    click.option("--optional", multiple=True, help="Kính mời dự để biết. / Who may come, repeatable."),
    click.option("--content", help="Nội dung họp. / What is discussed."),
    click.option("--requirements", help="Yêu cầu đối với người dự. / What participants prepare."),
    click.option("--paper", "papers", multiple=True, help="Tài liệu: TÊN=ĐỊA_CHỈ. / A paper, TITLE=ADDRESS."),
    click.option("--urgency", help="khẩn, thượng khẩn, hỏa tốc. / The degree of urgency."),
    click.option("--urgent-reason", help="Lý do mời gấp. / Why it is called at short notice."),
    click.option("--answer-by", help="Trả lời trước lúc. / When answers are wanted."),
    click.option("--contact", help="Liên hệ: TÊN;ĐIỆN_THOẠI;ĐỊA_CHỈ. / Whom to ask."),
    click.option("--secretary", help="Hộp thư thư ký cuộc họp. / The secretary's mailbox."),
    click.option(
        "--secret", is_flag=True, help="Họp mật: không phòng, không lịch, không tài liệu. / A secret meeting."
    ),
    click.option("--full-list", is_flag=True, help="Ai cũng thấy đủ thành phần. / Everybody sees all attendees."),
    click.option("--replaces-letter", is_flag=True, help="Văn bản này thay cho giấy mời. / Stands for the letter."),
)
_FORM_KEYS: Final = (
    "number",
    "kind",
    "summary",
    "chair",
    "start",
    "end",
    "duration",
    "timezone",
    "rrule",
    "places",
    "required",
    "optional",
    "content",
    "requirements",
    "papers",
    "urgency",
    "urgent_reason",
    "answer_by",
    "contact",
    "secretary",
    "secret",
    "full_list",
    "replaces_letter",
)


def form_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the flags of the form."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def form_fields(file: Path | None, flags: dict[str, Any]) -> dict[str, Any]:
    """What file and flags say together, flags winning; takes its own flags out. Raises UsageError, InputError.

    A flag that was not given says nothing; one that was given empty says that there is nothing (`--content ""`).
    """
    given = {key: flags.pop(key) for key in _FORM_KEYS if key in flags}
    fields = read_file(file) if file is not None else {}
    for key, value in given.items():
        if value is None or value == () or value is False:
            continue
        fields[key] = [each for each in value if each.strip()] if isinstance(value, tuple) else value
    return fields


def source_of(file: Path | None) -> str:
    """How problems name where the form came from; empty when there are only flags."""
    return "" if file is None else "stdin" if str(file) == "-" else str(file)
