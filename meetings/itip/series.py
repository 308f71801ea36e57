"""What a series of meetings comes to: its problems, its rule as every client reads it, its occurrences.

The rule is expanded in local time, as RFC 5545 3.8.5.3 has it: a meeting at 08:00 stays at 08:00. Rules come from
`recurrence_rule.py`, whose limits bound every expansion before it begins. Changed and cancelled occurrences are not
known here; whoever keeps them puts them in the places of those that they replace.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Final

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

from foundation.errors import Problem
from foundation.language import Text
from meetings.itip.recurrence_rule import MOST_OCCURRENCES, Rule, RuleRefused, read_rule, refused

LONGEST_YEARS: Final = 5
"""A term of office (nhiệm kỳ): no list of people stands longer."""
_ANY_START: Final = datetime(2001, 1, 1, tzinfo=UTC)
"""A day that every month has."""
_LONGEST: Final = timedelta(days=LONGEST_YEARS * 366)


def check_rrule(text: str, start: datetime, end: datetime) -> tuple[Problem, ...]:
    """What is wrong with this RRULE value for a meeting from `start` to `end` (both aware, one zone). Empty text is no
    series and no problem. Each problem has the column "rrule" and a hint where there is a better way to write it."""
    if not text.strip():
        return ()
    try:
        rule = read_rule(text, start)
        return _problems(rule, text, start, end)
    except RuleRefused as refusal:
        return (refusal.problem,)


def check_wording(text: str) -> tuple[Problem, ...]:
    """What is wrong with a rule whenever the meeting is; as `check_rrule`."""
    if not text.strip():
        return ()
    try:
        read_rule(text, _ANY_START)
    except RuleRefused as refusal:
        return (refusal.problem,)
    return ()


def normal_rrule(text: str, start: datetime) -> str:
    """The same rule as we keep and send it: UNTIL in UTC, days named, parts in one order; empty stays empty.

    Raises ValueError for what `check_rrule` would refuse by its text.
    """
    return str(_read(text, start)) if text.strip() else ""


def occurrences(
    rrule: str,
    start: datetime,
    end: datetime,
    limit: int = MOST_OCCURRENCES,
    window: tuple[datetime, datetime] | None = None,
    exdates: Collection[datetime] = (),
) -> tuple[tuple[datetime, datetime], ...]:
    """(start, end) of each occurrence in order, aware in the zone of `start`; without a rule the meeting itself.

    `window` keeps those that touch [from, to); `exdates` are instants left out. At most `limit` are answered. Raises
    ValueError for a rule that is none of ours, so that no rule from anywhere keeps us busy.
    """
    rule = _read(rrule, start) if rrule.strip() else None
    lasts = end.replace(tzinfo=None) - start.replace(tzinfo=None)
    found = ((at, at + lasts) for at in (_starts(rule, start) if rule else iter([start])))
    kept = (
        (begin, finish)
        for begin, finish in found
        if begin not in exdates and (window is None or (finish > window[0] and begin < window[1]))
    )
    return tuple(islice(kept, limit))


def _read(text: str, start: datetime) -> Rule:
    try:
        return read_rule(text, start)
    except RuleRefused as refusal:
        raise ValueError(str(refusal)) from refusal


def _starts(rule: Rule, start: datetime) -> Iterator[datetime]:
    """All starts of the rule, one more than we allow at most; wall clock times in the zone of `start`."""
    local_until = f";UNTIL={rule.until.astimezone(start.tzinfo):%Y%m%dT%H%M%S}" if rule.until else ""
    text = ";".join(part for part in str(rule).split(";") if not part.startswith("UNTIL=")) + local_until
    expanded = rrulestr(text, dtstart=start.replace(tzinfo=None), cache=False)
    for at in islice(expanded, MOST_OCCURRENCES + 1):
        yield at.replace(tzinfo=start.tzinfo)


def _problems(rule: Rule, text: str, start: datetime, end: datetime) -> tuple[Problem, ...]:
    """What the rule means for this meeting. Raises RuleRefused."""
    if rule.until is not None and rule.until - start > _LONGEST:
        raise refused(text, _too_long())
    starts = tuple(_starts(rule, start))
    if not starts or (rule.until is not None and rule.until < start):
        raise refused(text, Text("UNTIL ở trước buổi họp đầu tiên", "UNTIL is before the first meeting"))
    if starts[0] != start:
        raise refused(
            text,
            Text(
                "buổi họp đầu tiên ({start}) không theo quy tắc này",
                "the first meeting ({start}) does not follow the rule",
            ).format(start=f"{start:%d/%m/%Y}"),
            Text(
                "quy tắc bắt đầu từ {first}: sửa ngày họp hoặc sửa BYDAY, BYMONTHDAY",
                "the rule begins on {first}: change the date, or BYDAY, BYMONTHDAY",
            ).format(first=f"{starts[0]:%d/%m/%Y}"),
        )
    if len(starts) > MOST_OCCURRENCES:
        raise refused(text, Text("quá {most} buổi họp", "more than {most} meetings").format(most=MOST_OCCURRENCES))
    if starts[-1] - start > _LONGEST:
        raise refused(text, _too_long())
    _refuse_overlap(starts, end - start, text)
    if len(starts) == 1:
        message = Text("quy tắc lặp chỉ cho một buổi họp", "the recurrence rule gives one meeting only")
        return (Problem("warning", message, column="rrule", value=text),)
    return ()


def _refuse_overlap(starts: tuple[datetime, ...], lasts: timedelta, text: str) -> None:
    """A meeting ends before its next one begins (Outlook refuses a series that does not)."""
    shortest = min((later - earlier for earlier, later in pairwise(starts)), default=None)
    if shortest is not None and lasts >= shortest:
        raise refused(
            text,
            Text(
                "cuộc họp kéo dài đến buổi họp sau: chuỗi họp chồng lên chính nó",
                "a meeting lasts until the next one: the series overlaps itself",
            ),
            Text(
                "rút ngắn cuộc họp hoặc lặp thưa hơn (INTERVAL)",
                "make the meeting shorter or repeat it less often (INTERVAL)",
            ),
        )


def _too_long() -> Text:
    return Text("chuỗi họp dài quá {years} năm", "the series is longer than {years} years").format(years=LONGEST_YEARS)
