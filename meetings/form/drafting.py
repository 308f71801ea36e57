"""From the values of a form to a draft: one edition of a meeting with its people, or every problem with it.

Keys that the form does not have keep what was before (on a change) or take their default. It decides nothing about
storing or mailing, and knows neither the clock nor the directory nor the store: all of it comes in as values.

    reading = read_form(fields, source, timezone=..., before=before)
    named = look_up(reading.values, people.expand)
    guests, problems = gather(reading.values, named, present)
    question = asks(reading.values, before, guests, now, rules)          # whose calendars
    result = draft(reading.values, before, guests, now, rules, busy, uid=..., present=present)

For one occurrence: `instance = find_instance(text, master, overrides)`, `before = as_is(instance)` for the reading, and
`instance=instance` for `asks` and `draft`, with the guests of the series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from foundation.errors import Problem
from foundation.language import Text
from foundation.vietnamese import nfc
from meetings.form import checks, clashes, official, timing
from meetings.form.instances import as_is
from meetings.form.locating import located
from meetings.form.texts import Reporter
from meetings.form.timing import When
from meetings.form.values import Busy, BusyQuestion, Calendars, Draft, Instance, Rules, Values
from meetings.meeting import Contact, Guest, Meeting, Urgency, closed

__all__ = ["Busy", "BusyQuestion", "Calendars", "Draft", "Instance", "Rules", "asks", "draft"]


def draft(
    values: Values,
    before: Meeting | None,
    people: Sequence[Guest],
    now: datetime,
    rules: Rules,
    busy: Calendars | None = None,
    *,
    uid: str = "",
    instance: Instance | None = None,
    present: Sequence[Guest] = (),
) -> Draft | tuple[Problem, ...]:
    """The draft, or every problem that stops it together with the warnings (none, when all of it was told by reading).

    `people` are all who are invited now, `present` those who were before (on a change: only new ones and new places
    are looked up in `busy`, unless the time moved). `uid` is for a new meeting. With `instance`, `before` is not
    needed: the occurrence as it is now is taken from the series. `now` is aware.
    """
    report = Reporter(values.source)
    if instance is not None:
        before = as_is(instance)
        checks.check_instance_keys(values, report)
    time = timing.when(values, before, rules, report)
    if time is not None:
        timing.check_when(time, values, before, now, rules, report)
        if instance is not None:
            timing.check_instance(instance, time, report)
    series = instance.series if instance else None
    meeting = _meeting(values, before, people, time, now, rules, report, uid, series)
    if instance is not None and meeting.secret and not instance.series.secret:
        message = Text("nội dung mật: đổi cả chuỗi thành họp mật", "secret: make the whole series secret")
        report.error("secret", message, hint=Text("bỏ --instance, ghi --secret", "no --instance, but --secret"))
    checks.check_contents(values, meeting, people, rules, report)
    if before is None:
        checks.check_no_change(values, report)
        checks.say_what_is_left_out(values, meeting, report)
    checks.check_own_addresses(people, rules, report)
    if time is not None:
        keys = _new_keys(meeting, before, people, present, time)
        clashes.check_clashes(meeting, people, busy or {}, now, rules.clash, report, keys)
    if values.unread or any(problem.stops for problem in report.problems):
        return tuple(report.problems)
    recurrence_id = instance.recurrence_id if instance else None
    return Draft(meeting, tuple(people), tuple(report.problems), recurrence_id, values.reason)


def asks(
    values: Values,
    before: Meeting | None,
    people: Sequence[Guest],
    now: datetime,
    rules: Rules,
    *,
    instance: Instance | None = None,
    present: Sequence[Guest] = (),
) -> BusyQuestion | None:
    """Whose busy intervals `draft` wants to see, and over which time; None: nobody's."""
    silent = Reporter()
    before = as_is(instance) if instance else before
    time = timing.when(values, before, rules, silent)
    if time is None:
        return None
    series = instance.series if instance else None
    meeting = _meeting(values, before, people, time, now, rules, silent, "", series)
    question = clashes.busy_question(meeting, people, now)
    keys = _new_keys(meeting, before, people, present, time)
    return replace(question, keys=tuple(keys)) if question and keys else None


def _new_keys(
    meeting: Meeting, before: Meeting | None, people: Sequence[Guest], present: Sequence[Guest], time: When
) -> dict[str, str]:
    """Whom to look up: everybody when the time is new, else only people and places that were not there before."""
    keys = clashes.clash_keys(meeting, people)
    if before is None or time.moved:
        return keys
    known = clashes.clash_keys(before, present)
    return {key: name for key, name in keys.items() if key not in known}


def _meeting(
    values: Values,
    before: Meeting | None,
    people: Sequence[Guest],
    time: When | None,
    now: datetime,
    rules: Rules,
    report: Reporter,
    uid: str,
    series: Meeting | None,
) -> Meeting:
    """The edition, as far as it is known; without a time it stands at `now`, and never becomes a draft."""
    base = before or Meeting(uid, "", now, now, rules.timezone)
    number, kind = official.number_and_kind(values, before, report)
    content = values.content if values.has("content") else base.content
    if time is not None:
        base = replace(base, start=time.start, end=time.end, timezone=time.timezone, rrule=time.rrule)
    meeting = replace(
        base,
        summary=values.summary if values.has("summary") else base.summary,
        content=content,
        requirements=values.requirements if values.has("requirements") else base.requirements,
        number=number,
        kind=kind,
        replaces_letter=official.replaces_letter(values, before, kind, content, report),
        chair=_chair(people, base),
        chair_name=_chair_name(values, people, base),
        places=located(values, before, people, report, series),
        papers=values.papers if values.has("papers") else base.papers,
        urgency=_urgency(values, base),
        urgent_reason=values.urgent_reason if values.has("urgent_reason") else base.urgent_reason,
        contact=_contact(values, base),
        secretary=(values.secretary if values.has("secretary") else base.secretary) or rules.secretary,
        answer_by=timing.answer_by(values, before, time, now, report),
        full_list=values.full_list if values.has("full_list") else base.full_list,
    )
    return _gated(values, before, meeting, report)


def _gated(values: Values, before: Meeting | None, meeting: Meeting, report: Reporter) -> Meeting:
    """A secret meeting without anything that it may not have; an ordinary one as it is."""
    if not checks.is_secret(values, before, report):
        return meeting
    checks.check_secret(values, before, report)
    checks.check_secret_contact(meeting, report)
    return closed(replace(meeting, secret=True))


def _chair(people: Sequence[Guest], base: Meeting) -> str:
    return next((guest.address for guest in people if guest.role == "CHAIR"), base.chair)


def _chair_name(values: Values, people: Sequence[Guest], base: Meeting) -> str:
    """As the form names the chair; else name and title of the directory."""
    if values.chair_name:
        return values.chair_name
    chair = next((guest for guest in people if guest.role == "CHAIR"), None)
    if chair is None or (chair.address == base.chair and base.chair_name):
        return base.chair_name
    return nfc(", ".join(filter(None, (chair.name, chair.title))))


def _urgency(values: Values, base: Meeting) -> Urgency:
    if values.has("urgency"):
        return values.urgency
    return base.urgency or ("khẩn" if values.has("urgent_reason") and values.urgent_reason else "")


def _contact(values: Values, base: Meeting) -> Contact:
    return values.contact if values.has("contact") else base.contact
