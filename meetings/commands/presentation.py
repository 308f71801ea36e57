"""How meetings, people and answers are shown on a terminal; scripts read `--json` instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import click

from foundation import clock
from foundation.dates import weekday
from foundation.language import Text
from foundation.logs import one_line
from foundation.terminal import counted, tell
from meetings.terms import PARTSTATS, REASONS, ROLES, STANDINGS, TRUSTS, standing_of

PURPOSES: Final = {
    "request": Text("giấy mời", "invitation"),
    "cancel": Text("báo hủy", "cancellation"),
    "neutral": Text("thư báo họp mật (không nội dung)", "neutral notice of a secret meeting"),
    "delegation": Text("giấy mời có người đi thay", "invitation with a deputy"),
    "declinecounter": Text("không đổi giờ", "the time stays"),
    "reminder": Text("nhắc họp", "reminder"),
    "alarm": Text("báo động cho thư ký", "alarm to the secretary"),
    "consent": Text("xin đồng ý cử người đi thay", "question about a deputy"),
    "waiting": Text("việc chờ thư ký quyết định", "decisions that wait for the secretary"),
    "refusal": Text("không đồng ý cử người đi thay", "no to a deputy"),
    "week": Text("lịch tuần thay đổi", "changed weekly schedule"),
}
_REMOVED: Final = Text("báo thôi mời dự họp", "no longer invited")
_WITHDRAWN: Final = Text("thu hồi giấy mời", "invitation withdrawn")
VERDICTS: Final = {
    "counted": Text("đã tính", "counted"),
    "held": Text("đang chờ", "waits"),
    "passed_on": Text("đã chuyển thư ký", "passed on"),
    "ignored": Text("không tính", "not counted"),
}
DECISIONS: Final = {"accepted": Text("đã chấp nhận", "accepted"), "rejected": Text("đã bỏ", "rejected")}
_ASKS: Final = {
    "COUNTER": Text("đề xuất thời gian khác", "proposes another time"),
    "REFRESH": Text("xin gửi lại giấy mời", "asks for the letter again"),
}
"""What mails that are no plain answer want, by METHOD (RFC 5546)."""
COLORS: Final = {
    "ACCEPTED": "green",
    "DECLINED": "red",
    "TENTATIVE": "yellow",
    "DELEGATED": "cyan",
    "CANCELLED": "red",
    "delivered": "green",
    "relayed": "green",
    "failed": "red",
    "expired": "red",
    "refused": "red",
    "deferred": "yellow",
}
NOTHING: Final = "—"
"""What stands where there is nothing."""

Cell = tuple[str, str | None]
"""What stands in a place of a table, and its colour."""


def word(table: Mapping[str, Text], name: str) -> str:
    """The word for a state; an unknown one stands for itself."""
    return str(table.get(name, name))


def reason(code: str) -> str:
    """Why a mail was set aside, in words."""
    return word(REASONS, code)


def whose(attendee: Mapping[str, Any] | None) -> str:
    """For whom a mail answers: name and address; whoever is not invited is marked."""
    if not attendee:
        return NOTHING
    shown = f"{attendee['name']} <{attendee['address']}>" if attendee["name"] else str(attendee["address"])
    return shown if attendee["invited"] else f"{shown} ({Text('chưa được mời', 'not invited')})"


def sender(mail: Mapping[str, Any]) -> str:
    """From whom a mail really came, as far as we know: what From says, and who logged in if that is another."""
    if mail["account"] and mail["account"] != mail["from"]:
        said = Text("{sender} (đăng nhập: {account})", "{sender} (logged in: {account})")
        return str(said.format(sender=mail["from"], account=mail["account"]))
    return str(mail["from"])


def answer(mail: Mapping[str, Any]) -> str:
    """What a mail that came in answers, or asks for."""
    if mail["method"] in _ASKS:
        return str(_ASKS[mail["method"]])
    return word(PARTSTATS, mail["partstat"]) if mail["partstat"] else NOTHING


def trust(code: str) -> str:
    """How we know from whom a mail came, in words."""
    return word(TRUSTS, code)


def verdict(mail: Mapping[str, Any]) -> str:
    """What became of a mail that came in: what the secretary decided, else what the rules did."""
    return word(DECISIONS, mail["decided"]) if mail["decided"] else word(VERDICTS, mail["verdict"])


def rfc3339(microseconds: int | None, timezone: str) -> str | None:
    """An instant as answers for scripts carry it, with the offset of the province."""
    if microseconds is None:
        return None
    return clock.from_microseconds(microseconds).astimezone(ZoneInfo(timezone)).isoformat(timespec="seconds")


def instant(text: str | None) -> str:
    """An instant of an answer as people read it: 14h30, thứ Ba, 24/11/2026."""
    if not text:
        return NOTHING
    found = datetime.fromisoformat(text)
    clock_time = Text(f"{found:%H}h{found:%M}", f"{found:%H:%M}")
    return f"{clock_time}, {weekday(found)}, {found:%d/%m/%Y}"


def short(text: str | None) -> str:
    """An instant in a column of a table."""
    return datetime.fromisoformat(text).strftime("%d/%m %H:%M") if text else NOTHING


def table(headers: Sequence[Text], rows: Sequence[Sequence[Cell]], *, err: bool = False) -> None:
    """Columns as wide as their widest cell; each cell with its colour. A column in which nobody has anything is left
    out, and the last one is not padded. With `err` it goes to stderr."""
    filled = [place for place in range(len(headers)) if any(row[place][0] not in ("", NOTHING) for row in rows)]
    headers = [headers[place] for place in filled]
    cells = [[(one_line(row[place][0]), row[place][1]) for place in filled] for row in rows]
    widths = [max([len(str(header)), *(len(row[place][0]) for row in cells)]) for place, header in enumerate(headers)]
    click.echo(_line([(str(header), None) for header in headers], widths, bold=True), err=err)
    for row in cells:
        click.echo(_line(row, widths), err=err)


def table_or_nothing(headers: Sequence[Text], rows: Sequence[Sequence[Cell]]) -> None:
    """The table, or a word on stderr that there is nothing."""
    if rows:
        table(headers, rows)
    else:
        tell(Text("không có gì", "there is nothing"))


def _line(row: Sequence[Cell], widths: Sequence[int], bold: bool = False) -> str:
    last = len(row) - 1
    padded = [
        (text if place == last else text + " " * (width - len(text)), color)
        for place, ((text, color), width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(
        click.style(text, fg=color, bold=bold or None) if color or bold else text for text, color in padded
    ).rstrip()


def head(found: Mapping[str, Any], *, err: bool = False) -> None:
    """The lines that say which meeting it is, when, and whether it takes place; with `err` on stderr."""
    title = "  ".join(filter(None, [found.get("number"), found["summary"]]))
    click.echo(click.style(one_line(title), bold=True), err=err)
    standing = standing_of(found["status"], bool(found.get("over")))
    status = click.style(str(STANDINGS[standing]), fg=COLORS.get(standing))
    coming = found.get("next")
    shown = coming or found
    label = f"{Text('buổi tới', 'next')}: " if coming else ""
    click.echo(f"  {label}{instant(shown['start'])} – {_end(shown)}  {status}", err=err)
    click.echo(one_line(f"  UID {found['uid']}  {edition(found['sequence'])}"), err=err)


def edition(sequence: int) -> Text:
    """Which edition of the letter: the first, or the n-th change of it."""
    return Text("sửa đổi lần {n}", "change {n}").format(n=sequence) if sequence else Text("bản đầu", "first edition")


def _end(found: Mapping[str, Any]) -> str:
    start, end = datetime.fromisoformat(found["start"]), datetime.fromisoformat(found["end"])
    return str(Text(f"{end:%H}h{end:%M}", f"{end:%H:%M}")) if start.date() == end.date() else instant(found["end"])


def exceptions(answers: Sequence[Mapping[str, Any]]) -> str:
    """`trừ buổi 14/12: không dự; buổi 21/12: chưa chắc`."""
    told = [
        str(
            Text("buổi {day}: {answer}", "{day}: {answer}").format(
                day=f"{datetime.fromisoformat(each['instance']):%d/%m}",
                answer=word(PARTSTATS, each["partstat"]) + (f" – {each['comment']}" if each["comment"] else ""),
            )
        )
        for each in answers
    ]
    return f"{Text('trừ', 'except')} {'; '.join(told)}"


def counts(attendees: Sequence[Mapping[str, Any]]) -> str:
    """`12 người: 5 tham dự, 1 không dự, 6 chưa trả lời`."""
    answers = Counter(person["partstat"] for person in attendees)
    told = ", ".join(f"{answers[name]} {word(PARTSTATS, name)}" for name in PARTSTATS if answers[name])
    return (
        f"{counted(len(attendees), Text('người', 'attendee'))}: {told}"
        if attendees
        else str(Text("chưa mời ai", "nobody"))
    )


def plan(answer: Mapping[str, Any], most: int | None = None, *, err: bool = False) -> None:
    """What would be done: the meeting, its occurrences, old and new, and who would get which mail, each with at most
    `most` lines. With `err` on stderr, for whoever is asked before it is done."""
    head({**answer, "uid": answer["uid"] or "—"}, err=err)
    for line in (*_series(answer, most), *_differences(answer)):
        click.echo(one_line(f"  {line}"), err=err)
    mails = answer["mails"]
    rows = [
        [
            (mail["address"], None),
            (mail.get("name", ""), None),
            (word(ROLES, mail.get("role", "")), None),
            (_purpose(mail, answer), None),
        ]
        for mail in mails[:most]
    ]
    if rows:
        headers = (
            Text("địa chỉ", "address"),
            Text("tên", "name"),
            Text("vai trò", "role"),
            Text("sẽ nhận", "would get"),
        )
        table(headers, rows, err=err)
    else:
        click.echo(str(Text("  không ai nhận thư nào", "  nobody would get a mail")), err=err)
    if len(mails) > len(rows):
        click.echo(str(_more(len(mails) - len(rows))), err=err)


def _purpose(mail: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """A CANCEL to one person says something else than one to everybody."""
    if mail["purpose"] == "cancel" and answer["status"] != "CANCELLED":
        return str(_WITHDRAWN if answer.get("secret") else _REMOVED)
    return word(PURPOSES, mail["purpose"])


def _series(answer: Mapping[str, Any], most: int | None) -> list[str]:
    """`hằng tuần, vào thứ Ba, 10 buổi`, then each occurrence."""
    sittings = answer.get("occurrences") or ()
    if not sittings:
        return []
    count = counted(len(sittings), Text("buổi", "occurrence"))
    shown = [f"  {instant(one['start'])} – {_end(one)}" for one in sittings[:most]]
    more = [f"  {_more(len(sittings) - len(shown))}"] if len(sittings) > len(shown) else []
    return [f"{Text('định kỳ', 'series')}: {Text(*answer['repeats'])}; {count}:", *shown, *more]


def _differences(answer: Mapping[str, Any]) -> list[str]:
    """`Thời gian: từ ... → từ ...`"""
    return [
        f"{Text(*each['label'])}: {Text(*each['before'])} → {Text(*each['after'])}"
        for each in answer.get("differences", ())
    ]


def _more(count: int) -> Text:
    return Text("… và {count} nữa; xem đủ: --dry-run", "… and {count} more; all of them: --dry-run").format(count=count)
