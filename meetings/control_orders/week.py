"""The verb week_issue: issue the weekly schedule, or its next adjustment, as it is now.

The leaders are asked of the directory first: whom a change concerns, and who is called how, depends on it.
"""

from __future__ import annotations

from typing import Any

from foundation import clock
from foundation.control.server import Handler, Question
from foundation.errors import Problem, UsageError
from foundation.language import Text
from foundation.storage import Transaction
from meetings.control_orders.answering import warning_fields
from meetings.control_orders.finding import text_of
from meetings.control_orders.nothing_found import NothingFound
from meetings.control_orders.workplace import Workplace
from meetings.desk.week import issue
from meetings.meeting import Guest
from meetings.week.as_json import difference_fields
from meetings.week.iso_week import IsoWeek

_NOBODY = Problem(
    "warning",
    Text("chưa khai lãnh đạo nào: không gửi thư cho ai", "no leaders are configured: nobody is mailed"),
    column="meetings.week.leaders",
    hint=Text(
        "khai [meetings.week] leaders, rồi nạp lại dịch vụ (SIGHUP)",
        "set [meetings.week] leaders, then reload the service (SIGHUP)",
    ),
)


class WeekOrders:
    """Handles the verb of the weekly schedule."""

    def __init__(self, place: Workplace) -> None:
        self._place = place

    def handlers(self) -> dict[str, Handler]:
        """By verb, for the control socket."""
        return {"week_issue": self.issue}

    async def issue(self, question: Question) -> dict[str, Any]:
        """Fields: week (2026-W48, this, next), check (only say what would be done)."""
        settings = self._place.settings()
        named = text_of(question.fields, "week")
        week = IsoWeek.parse(named, clock.today(settings.timezone))
        if week is None:
            raise UsageError(Text("không có tuần {week}", "there is no week {week}").format(week=named[:20]))
        leaders, problems = await self._leaders()
        context = self._place.context(question.operator)

        def work(transaction: Transaction) -> dict[str, Any]:
            done = issue(transaction, week, leaders, context, settings.public_url, settings.room)
            if done.number == 0 and not done.unchanged and not done.changes:
                raise NothingFound(
                    Text(
                        "tuần {week} chưa có cuộc họp nào: không ban hành",
                        "week {week} has no meeting: nothing is issued",
                    ).format(week=week),
                    Text("xem: meetings week --week {week}", "see: meetings week --week {week}").format(week=week),
                )
            return {
                "week": str(done.week),
                "edition": done.number,
                "unchanged": done.unchanged,
                "changes": difference_fields(done.changes),
                "mailed": list(done.mailed),
                "warnings": warning_fields(problems),
            }

        only_try = question.fields.get("check") is True
        async with self._place.one_at_a_time:
            return await self._place.run_or_try(work, only_try)

    async def _leaders(self) -> tuple[tuple[Guest, ...], tuple[Problem, ...]]:
        """Whose schedule it is, and what is wrong with how they are named."""
        names = self._place.settings().week_leaders
        if not names:
            return (), (_NOBODY,)
        return await self._place.ask_people(
            lambda people: people.expand(names, "REQ-PARTICIPANT", "meetings.week.leaders")
        )
