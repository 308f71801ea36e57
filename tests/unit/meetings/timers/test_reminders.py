"""The clock of reminders: a look promises what is due and wakes the courier; trouble is told once and looked past."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foundation import journal
from foundation.language import Text
from foundation.storage import Database, TemporaryFailure, open_database
from meetings.desk.context import Context, Office
from meetings.desk.reminding import ReminderRules
from meetings.store import outbox
from meetings.store.mail_values import Promise
from meetings.timers import reminders
from meetings.timers.reminders import looked, remind

RULES = ReminderRules()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(f"sqlite://{tmp_path}", "meetings", [journal.MIGRATIONS, "meetings.migrations"]) as opened:
        yield opened


def context() -> Context:
    return Context(1, "timer", Office("hop@tinh.test", "", "", "tinh.test"))


def look(database: Database, failing: bool = False, relay_away: bool = False) -> tuple[bool, int]:
    woken: list[int] = []

    async def main() -> bool:
        return await looked(database, context, lambda: RULES, lambda: woken.append(1), failing, relay_away)

    return asyncio.run(main()), len(woken)


def test_nothing_due_wakes_nobody(database: Database) -> None:
    assert look(database) == (True, 0)


def test_what_was_promised_wakes_the_courier(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def due(_: object, now: Context, rules: ReminderRules) -> int:
        seen.append((now.operator, rules))
        return 3

    monkeypatch.setattr(reminders, "due", due)
    assert look(database) == (True, 1)
    assert seen == [("timer", RULES)]


def test_nobody_is_reminded_while_the_relay_is_away_and_letters_wait_for_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "due", lambda *_: 3)
    assert look(database, relay_away=True) == (True, 1), "nothing waits: only a mail can find the relay back"
    database.run(lambda unit: outbox.promise(unit, [Promise("request", "an@tinh.test", 1, 1)]))
    assert look(database, relay_away=True) == (True, 0)
    assert look(database) == (True, 1)


def test_a_database_in_trouble_is_told_once(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def due(*_: object) -> int:
        raise TemporaryFailure(Text("đầy", "full"))

    told: list[str] = []
    monkeypatch.setattr(reminders, "due", due)
    monkeypatch.setattr(reminders.logs, "trouble", lambda level, area, what, _: told.append(what))
    assert look(database) == (False, 0)
    assert look(database, failing=True) == (False, 0)
    assert told == ["reminders cannot be looked for"]


def test_a_bug_does_not_end_the_clock(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    looks: list[int] = []

    def due(*_: object) -> int:
        looks.append(1)
        if len(looks) == 1:
            raise ZeroDivisionError("by design")
        return 0

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(reminders, "due", due)
    monkeypatch.setattr(reminders, "LOOK_SECONDS", 0.0)

    async def main() -> None:
        running = asyncio.ensure_future(remind(database, context, lambda: RULES, lambda: None, lambda: False))
        while len(looks) < 3:
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(main())
