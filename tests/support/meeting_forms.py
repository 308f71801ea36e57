"""The secretary's form in tests: a good one to spoil, people who answer to their names, one call from form to draft.

It is Monday 16 November 2026, 9 o'clock, in the invented province; the good form is for Tuesday 1 December.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from foundation.errors import Problem
from foundation.language import Text
from meetings.form.drafting import Draft, draft
from meetings.form.instances import as_is, find_instance
from meetings.form.participants import gather, look_up, settled
from meetings.form.reading import read_form
from meetings.form.values import Calendars, Instance, Rules
from meetings.meeting import Guest, Meeting, Occurrence, Role

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 16, 9, 0, tzinfo=ZONE)
RULES = Rules(organiser="hop@tinh.test", bounce_address="hop-bao-phat@tinh.test", secretary="thuky@tinh.test")
UID = "7f1c0f0e-1@tinh.test"

CHAIR = Guest("hung.ubnd@tinh.test", "Trần Văn Hùng", title="Phó Chủ tịch", agency="UBND", agency_name="UBND tỉnh")
SXD = Guest("sxd@tinh.test", "Sở Xây dựng", agency="SXD", agency_name="Sở Xây dựng", groups=("SXD",))
STC = Guest("stc@tinh.test", "Sở Tài chính", agency="STC", agency_name="Sở Tài chính", groups=("STC",))
HANH = Guest("hanh.sxd@tinh.test", "Đặng Thị Hạnh", agency="SXD", aliases=("hanhdt.sxd@tinh.test",))
KNOWN = {"hung.ubnd@tinh.test": (CHAIR,), "sxd": (SXD,), "stc": (STC,), "hanh.sxd@tinh.test": (HANH,)}
EMPLOYEES = {"CB000123": HANH}

GOOD: Mapping[str, Any] = {
    "number": "15/GM-UBND",
    "summary": "Họp giao ban tháng 12",
    "content": "Đánh giá tháng 11; nhiệm vụ tháng 12.",
    "requirements": "Chuẩn bị báo cáo.",
    "chair": "hung.ubnd@tinh.test",
    "start": "7h30 - 9h00, thứ Ba, ngày 01/12/2026",
    "places": ["Hội trường UBND tỉnh"],
    "required": ["sxd", "stc"],
    "contact": "Lê Thị Lan; 0255 3822 000",
}


def at(day: int, hour: int, minute: int = 0, month: int = 12) -> datetime:
    """A moment of the winter in which these tests live."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


def form(*without: str, **changes: Any) -> dict[str, Any]:
    """The good form without some keys and with others changed."""
    return {key: value for key, value in {**GOOD, **changes}.items() if key not in without}


def expand(names: Sequence[str], role: Role, column: str) -> tuple[tuple[Guest, ...], tuple[Problem, ...]]:
    """What `People.expand` answers about the few people here."""
    guests: list[Guest] = []
    problems: list[Problem] = []
    for name in names:
        if name in EMPLOYEES:
            guests.append(replace(EMPLOYEES[name], role=role, groups=(name,)))
        elif name not in KNOWN:
            problems.append(Problem("error", Text("không có", "nobody"), column=column, value=name))
        guests.extend(replace(guest, role=role) for guest in KNOWN.get(name, ()))
    return tuple(guests), tuple(problems)


@dataclass(frozen=True, slots=True)
class Result:
    """A draft or none, and every problem on the way."""

    draft: Draft | None
    problems: tuple[Problem, ...]

    @property
    def meeting(self) -> Meeting:
        assert self.draft is not None, shown(self.problems)
        return self.draft.meeting

    @property
    def guests(self) -> dict[str, Role]:
        """{address: role}"""
        assert self.draft is not None, shown(self.problems)
        return {guest.address: guest.role for guest in self.draft.guests}

    def errors(self) -> list[str]:
        """The keys that stop, sorted."""
        return sorted(problem.column for problem in self.problems if problem.stops)

    def warnings(self) -> list[str]:
        """The keys with a warning, sorted."""
        return sorted(problem.column for problem in self.problems if not problem.stops)

    def about(self, column: str) -> Problem:
        """The first problem of this key."""
        return next(problem for problem in self.problems if problem.column == column)


def drafted(
    fields: Mapping[str, Any],
    before: Draft | None = None,
    *,
    now: datetime = NOW,
    rules: Rules = RULES,
    busy: Calendars | None = None,
    instance: str = "",
    overrides: Sequence[Occurrence] = (),
) -> Result:
    """The form from its reading to the draft, as the daemon goes; problems end it only at the end."""
    chosen = None
    held = before.meeting if before else None
    if before is not None and instance:
        found = find_instance(instance, before.meeting, overrides)
        assert isinstance(found, Instance), found
        chosen, held = found, as_is(found)
    present = before.guests if before else ()
    reading = read_form(fields, "phieu.toml", before=held)
    named = look_up(reading.values, expand, present)
    guests, problems = gather(reading.values, named, present)
    values, unknown = settled(reading.values, named, guests)
    result = draft(values, held, guests, now, rules, busy, uid=UID, instance=chosen, present=present)
    told = result.warnings if isinstance(result, Draft) else result
    every = (*reading.problems, *named.problems, *problems, *unknown, *told)
    stops = any(problem.stops for problem in every)
    return Result(result if isinstance(result, Draft) and not stops else None, every)


def shown(problems: Sequence[Problem]) -> str:
    """The problems on lines, for looking into."""
    return "\n".join(f"{each.severity} {each.column}: {each.message.vi} | {each.value}" for each in problems)
