"""Looks every half minute whether anybody is to be reminded, or the secretary alarmed.

What is due is the desk's to know, in one unit of work; a look that was missed is made up for by the next. A database in
trouble is asked again at the next look. While the relay takes nothing and letters wait for it, nobody looks: an alarm
would leave with the letters that it misses.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from foundation import logs
from foundation.errors import StorageError
from foundation.failures import report_bug
from foundation.storage import Database, Transaction
from meetings.desk.context import Context
from meetings.desk.reminding import ReminderRules, due
from meetings.store import outbox

AREA: Final = "meetings.timers"
LOOK_SECONDS: Final = 30.0


async def remind(
    database: Database,
    context: Callable[[], Context],
    rules: Callable[[], ReminderRules],
    wake: Callable[[], None],
    relay_away: Callable[[], bool],
) -> None:
    """Run until cancelled. `wake` is called when mail was promised."""
    failing = False
    while True:
        failing = not await looked(database, context, rules, wake, failing, relay_away())
        await asyncio.sleep(LOOK_SECONDS)


async def looked(
    database: Database,
    context: Callable[[], Context],
    rules: Callable[[], ReminderRules],
    wake: Callable[[], None],
    failing: bool = False,
    relay_away: bool = False,
) -> bool:
    """One look; whether it worked. `failing`: the last one did not, so that this one need not say it again."""
    now, marks = context(), rules()

    def work(unit: Transaction) -> int:
        return 0 if relay_away and outbox.next_due(unit)[1] else due(unit, now, marks)

    try:
        promised = await asyncio.wrap_future(database.submit(work))
    except StorageError as error:
        if not failing:
            logs.trouble(logging.ERROR, AREA, "reminders cannot be looked for", error)
        return False
    except Exception as error:
        if not failing:
            report_bug(error, "meetings")
        return False
    if promised:
        logs.event(logging.INFO, AREA, "reminders promised", mails=promised)
        wake()
    return True
