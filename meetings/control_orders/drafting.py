"""A form becomes a draft: read, its names looked up in the directory, everybody's calendar compared. Waits; no loop.

Runs in a thread. Every problem of the form, of its people and of its time is told at once; when the directory is away,
what is wrong with the form itself is told all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from foundation import clock
from foundation.errors import InputError, Problem, Unreachable
from foundation.language import Text
from foundation.terminal import counted
from meetings.form.checks import INVITE_HINT
from meetings.form.drafting import asks, draft
from meetings.form.participants import gather, look_up, settled
from meetings.form.reading import read_form
from meetings.form.values import BusyQuestion, Calendars, Draft, FormReading, Instance, Rules, Values
from meetings.meeting import Guest, Meeting
from meetings.names import is_called

if TYPE_CHECKING:
    from meetings.people.lookup import People


@dataclass(frozen=True, slots=True)
class Desired:
    """What a form is applied to: nothing yet, or a meeting with those who are invited now (`deputies` apart)."""

    before: Meeting | None = None
    present: tuple[Guest, ...] = ()
    deputies: tuple[Guest, ...] = ()
    instance: Instance | None = None


@dataclass(frozen=True, slots=True)
class Drafted:
    """The draft with every warning, what the directory said of those invited before, and who was taken out by name."""

    draft: Draft
    guests: tuple[Guest, ...]
    unreachable: frozenset[str] | None
    removed: frozenset[str]


@dataclass(slots=True)
class Drafting:
    """`busy` answers whose intervals are taken in a window."""

    open_people: Callable[[], AbstractContextManager[People]]
    busy: Callable[[BusyQuestion], Calendars]
    rules: Rules
    most_guests: int

    def of(self, form: Mapping[str, Any], source: str, desired: Desired) -> Drafted:
        """The draft. Raises InputError with everything wrong, Unreachable when only the directory is in the way."""
        reading = read_form(form, source, timezone=self.rules.timezone, before=desired.before)
        reading, taken_out = _without_deputies(reading, desired.deputies)
        try:
            with self.open_people() as people:
                return self._drafted(reading, desired, taken_out, people)
        except Unreachable:
            if reading.stops:
                raise _refused(reading.problems) from None
            raise

    def _drafted(self, reading: FormReading, desired: Desired, taken_out: frozenset[str], people: People) -> Drafted:
        present = desired.present
        unreachable = people.unreachable([guest.address for guest in present]) if present else None
        today = _known_today(people, present)
        named = look_up(reading.values, people.expand, today)
        guests, wrong = gather(reading.values, named, today)
        values, unknown = settled(reading.values, named, guests)
        problems = [*reading.problems, *named.problems, *wrong, *unknown]
        if len(guests) > self.most_guests:
            problems.append(_too_many(len(guests), self.most_guests))
        if not any(problem.stops for problem in problems) and _nobody_but_chair(values, guests):
            problems.append(_nobody_left())
        now = clock.now()
        shape: dict[str, Any] = {"instance": desired.instance, "present": today}
        question = asks(values, desired.before, guests, now, self.rules, **shape)
        busy = self.busy(question) if question else {}
        drafted = draft(values, desired.before, guests, now, self.rules, busy, **shape)
        if not isinstance(drafted, Draft):
            raise _refused([*problems, *drafted])
        if any(problem.stops for problem in problems):
            raise _refused([*problems, *drafted.warnings])
        warnings = tuple(dict.fromkeys([*problems, *drafted.warnings]))
        gone = {guest.address for guest in present} - {guest.address for guest in guests} if values.remove else set()
        return Drafted(replace(drafted, warnings=warnings), guests, unreachable, frozenset(gone) | taken_out)


def _without_deputies(reading: FormReading, deputies: Sequence[Guest]) -> tuple[FormReading, frozenset[str]]:
    """The reading without names of deputies among those to be removed, and these: they are in nobody's list."""
    named = {
        name: guest.address
        for name in reading.values.remove
        for guest in deputies
        if is_called(name, guest.address, guest.name)
    }
    if not named:
        return reading, frozenset()
    kept = tuple(name for name in reading.values.remove if name not in named)
    return replace(reading, values=replace(reading.values, remove=kept)), frozenset(named.values())


def _known_today(people: People, present: Sequence[Guest]) -> tuple[Guest, ...]:
    """Those invited before, with names, telephones and aliases as the directory has them now."""
    if not present:
        return ()
    known = people.find_all([guest.address for guest in present])
    return tuple(_renewed(guest, known.get(guest.address.lower())) for guest in present)


def _renewed(guest: Guest, found: Guest | None) -> Guest:
    if found is None:
        return guest
    aliases = tuple(
        dict.fromkeys(
            each for each in (*guest.aliases, *found.aliases, found.address) if each and each != guest.address
        )
    )
    return replace(found, address=guest.address, role=guest.role, groups=guest.groups, aliases=aliases)


def _nobody_but_chair(values: Values, guests: Sequence[Guest]) -> bool:
    """Whether people were named, and none of them can be invited."""
    named = values.required or values.optional or values.add or values.add_optional
    return bool(named) and all(guest.role == "CHAIR" for guest in guests)


def _nobody_left() -> Problem:
    message = Text(
        "không còn ai để mời ngoài người chủ trì: những người nêu tên đều đang tạm khóa hoặc đã nghỉ",
        "nobody is left to invite but the chair: all who were named are suspended or have left",
    )
    return Problem("error", message, column="required", hint=INVITE_HINT)


def _too_many(count: int, most: int) -> Problem:
    message = Text("{count} người, nhiều hơn mức {most}", "{count} people, more than {most}")
    hint = Text(
        "tăng [meetings.limits] attendees, hoặc chia cuộc họp", "raise [meetings.limits] attendees, or split it"
    )
    return Problem("error", message.format(count=count, most=most), column="required", hint=hint)


def _refused(problems: Sequence[Problem]) -> InputError:
    told = tuple(dict.fromkeys(problems))
    wrong = sum(problem.stops for problem in told)
    message = Text("chưa làm gì, chưa gửi gì: {count}", "nothing was done, nothing was sent: {count}").format(
        count=counted(wrong, Text("lỗi", "problem"))
    )
    return InputError(message, None, told)
