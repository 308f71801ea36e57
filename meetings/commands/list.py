"""`meetings list`: what is to come, and how many have answered."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from foundation import clock
from foundation.command_line import command, emit_json, invocation
from foundation.errors import Problem, UsageError
from foundation.language import Text
from meetings.commands import presentation
from meetings.commands.presentation import rfc3339
from meetings.commands.reading import read
from meetings.terms import STANDINGS, standing_of

if TYPE_CHECKING:
    from meetings.store.view_values import Listed

LONGEST: Final = timedelta(days=3660)
"""No series is longer than a term of five years; twice that is everything."""


@command(
    "list",
    Text("Các cuộc họp sắp tới và số người đã trả lời.", "The meetings to come, and how many have answered."),
    Text(
        "--from, --to nhận ngày (24/11/2026, 2026-11-24) hoặc ngày giờ. --all: cả cuộc họp đã qua và đã hủy. --number "
        "tìm trong tất cả; --text không phân biệt hoa thường và dấu.",
        "--from and --to take a date (24/11/2026, 2026-11-24) or a time. --all: past and cancelled ones too. --number "
        "looks among all of them; --text minds neither case nor accents.",
    ),
)
@click.option("--from", "since", default="", help="Từ lúc này. / From then on.")
@click.option("--to", "until", default="", help="Đến lúc này. / Until then.")
@click.option("--all", "everything", is_flag=True, help="Cả đã qua, đã hủy. / Past and cancelled ones too.")
@click.option("--number", default="", help="Số, ký hiệu giấy mời. / Of this number.")
@click.option("--text", default="", help="Có chữ này trong trích yếu. / With this in the summary.")
def list_(since: str, until: str, everything: bool, number: str, text: str) -> int:
    """Read, show."""
    everything = everything or bool(number)
    timezone = invocation().configuration.organisation.timezone
    now = clock.now_microseconds()
    longest = LONGEST // timedelta(microseconds=1)
    start_at = _instant(since, timezone) if since else now - longest if everything else now
    end_at = _instant(until, timezone, whole_day=True) if until else now + longest
    from meetings.desk.views import listed

    every, took_ms = read(lambda transaction: listed(transaction, start_at, end_at, cancelled=everything, at=now))
    found = [each for each in every if _meant(each, number, text)]
    if invocation().json:
        emit_json({"took_ms": took_ms, "meetings": [_fields(each) for each in found]})
        return 0
    headers = (
        Text("bắt đầu", "begins"),
        Text("số", "number"),
        Text("trích yếu", "summary"),
        Text("mời", "invited"),
        Text("dự", "accepted"),
        Text("không", "declined"),
        Text("chưa chắc", "tentative"),
        Text("cử người", "delegated"),
        Text("chưa trả lời", "no answer"),
        Text("", ""),
    )
    presentation.table_or_nothing(headers, [_row(_fields(each)) for each in found])
    return 0


def _meant(found: Listed, number: str, text: str) -> bool:
    """Whether the filters let this one through."""
    from foundation.vietnamese import search_key
    from meetings.store.meetings import number_key

    return (not number or number_key(found.number) == number_key(number)) and search_key(text) in search_key(
        found.summary
    )


def _row(found: dict[str, Any]) -> list[presentation.Cell]:
    cancelled = found["status"] == "CANCELLED"
    standing = standing_of(found["status"], found["over"])
    notes = [str(STANDINGS[standing])] if standing != "CONFIRMED" else []
    notes += [str(Text("định kỳ", "series"))] if found["rrule"] else []
    if found["exceptions"]:
        apart = Text("{count} người trả lời riêng cho từng buổi", "{count} answered single occurrences otherwise")
        notes.append(str(apart.format(count=found["exceptions"])))
    notes += [str(Text("mật", "secret"))] if found["secret"] else []
    return [
        (presentation.instant((found["next"] or found)["start"]), None),
        (found["number"] or found["uid"], None),
        (found["summary"], None),
        (str(found["attendees"]), None),
        (str(found["accepted"]), None),
        (str(found["declined"]), None),
        (str(found["tentative"] or presentation.NOTHING), None),
        (str(found["delegated"] or presentation.NOTHING), None),
        (str(found["unanswered"]), None),
        (", ".join(notes), "red" if cancelled else None),
    ]


def _fields(found: Listed) -> dict[str, Any]:
    coming = None
    if found.rrule and found.next_start_at is not None:
        coming = {
            "start": rfc3339(found.next_start_at, found.timezone),
            "end": rfc3339(found.next_end_at, found.timezone),
        }
    return {
        "uid": found.uid,
        "number": found.number,
        "kind": found.kind,
        "summary": found.summary,
        "start": rfc3339(found.start_at, found.timezone),
        "end": rfc3339(found.end_at, found.timezone),
        "timezone": found.timezone,
        "status": found.status,
        "sequence": found.sequence,
        "rrule": found.rrule,
        "secret": found.secret,
        "attendees": found.attendees,
        "accepted": found.accepted,
        "declined": found.declined,
        "unanswered": found.unanswered,
        "tentative": found.tentative,
        "delegated": found.delegated,
        "exceptions": found.apart,
        "over": found.over,
        "next": coming,
    }


def _instant(text: str, timezone: str, whole_day: bool = False) -> int:
    """Microseconds of a date or time as people write it; with `whole_day` a date alone means its end."""
    from meetings.form.times import parse_time

    found = parse_time(text, timezone, alone=time(23, 59, 59) if whole_day else time())
    if isinstance(found, Problem):
        raise UsageError(
            Text("không hiểu thời điểm {value}", "cannot read the time {value}").format(value=text[:40]),
            Text("viết 24/11/2026 hoặc 2026-11-24", "write 24/11/2026 or 2026-11-24"),
        )
    return clock.microseconds(found.start)
