"""What is kept of mails that came in, on SQLite and PostgreSQL: how much it is, what gives way, what never does."""

from __future__ import annotations

from pathlib import Path

import pytest

import meetings.migrations
from foundation import journal
from foundation.clock import microseconds
from foundation.storage import Database
from meetings.desk import deciding, keeping
from meetings.desk.keeping import KeepingRules, NoRoom, keep_within
from meetings.store import incoming, kept_mails
from meetings.store.incoming import NewIncoming
from meetings.store.kept_mails import DAY_MICROSECONDS, UNASKED_DAYS, Amount
from tests.support.databases import Open
from tests.support.meeting_book import AT, MIGRATIONS, START, context, create

OVER = microseconds(START) + DAY_MICROSECONDS
FULL = KeepingRules(total_bytes=1000, day_bytes=1000, day_mails=1000)


@pytest.fixture
def database(open_tool: Open) -> Database:
    return open_tool("meetings", MIGRATIONS)


def keep(database: Database, size: int, at: int = AT, **facts: object) -> int:
    values = {"verdict": "held", "raw": b"x" * size} | facts
    new = NewIncoming("<1@x>", b"d", "a@x.test", "hop@tinh.test", "s", at, **values)  # type: ignore[arg-type]
    return database.run(lambda unit: incoming.insert(unit, new))


def amount(database: Database, at: int = AT) -> Amount:
    return database.read(lambda unit: kept_mails.amount(unit, at))


def within(database: Database, at: int, rules: KeepingRules = FULL) -> int:
    return database.run(lambda unit: keep_within(unit, rules, at))


def kept(database: Database, *ids: int) -> list[bool]:
    return [database.read(lambda unit: incoming.raw_of(unit, one)) is not None for one in ids]  # noqa: B023


def test_the_amount_counts_what_keeps_its_bytes(database: Database) -> None:
    assert amount(database) == Amount(0, 0, 0)
    keep(database, 100, AT - DAY_MICROSECONDS)
    decided = keep(database, 30)
    keep(database, 0, verdict="counted", raw=None)
    keep(database, 20)
    assert amount(database) == Amount(150, 50, 2)
    database.run(lambda unit: deciding.decide_held(unit, decided, False, context()))
    assert amount(database) == Amount(120, 20, 1)


@pytest.mark.parametrize(
    "rules",
    [KeepingRules(total_bytes=99), KeepingRules(day_bytes=99), KeepingRules(day_mails=1)],
    ids=["bytes", "bytes of a day", "mails of a day"],
)
def test_what_waits_for_a_decision_never_gives_way(database: Database, rules: KeepingRules) -> None:
    created = create(database)
    ids = [keep(database, 60, meeting_id=created.id), keep(database, 60), keep(database, 60, reason="unreadable")]
    passing = keep(database, 60, verdict="passed_on", forward_to="thuky@tinh.test")
    with pytest.raises(NoRoom):
        within(database, AT, rules)
    assert all(kept(database, *ids, passing))


def test_what_nobody_needs_gives_way_oldest_first(database: Database) -> None:
    created = create(database)
    month = UNASKED_DAYS * DAY_MICROSECONDS
    unasked = keep(database, 300, OVER - month - 1)
    about_over = keep(database, 300, OVER - DAY_MICROSECONDS, meeting_id=created.id)
    forwarded = keep(database, 300, OVER - 2 * DAY_MICROSECONDS, reason="tnef", forward_to="thuky@tinh.test")
    waits = keep(database, 300, OVER - 3 * DAY_MICROSECONDS)
    database.run(lambda unit: incoming.forwarded(unit, forwarded, OVER))
    oldest = database.run(lambda unit: kept_mails.let_go(unit, OVER, 1))
    assert oldest == [unasked]
    assert within(database, OVER) == 0, "what is left is within the limits"
    keep(database, 300, OVER)
    assert within(database, OVER) == 2
    assert kept(database, unasked, about_over, forwarded, waits) == [False, False, False, True]
    assert amount(database, OVER).total_bytes == 600


def test_as_many_small_old_mails_give_way_as_a_large_new_one_needs(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "LET_GO_AT_ONCE", 2)
    month = UNASKED_DAYS * DAY_MICROSECONDS
    old = [keep(database, 100, OVER - month - 10 + number) for number in range(9)]
    keep(database, 800, OVER)
    assert within(database, OVER) == 8, "two at a time, until there is room"
    assert kept(database, *old) == [False] * 8 + [True]


def test_what_came_today_gives_way_for_the_limit_of_a_day(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "LET_GO_AT_ONCE", 1)
    month = UNASKED_DAYS * DAY_MICROSECONDS
    old = keep(database, 1, OVER - month - 1)
    today = keep(database, 60, OVER, reason="tnef", forward_to="thuky@tinh.test")
    database.run(lambda unit: incoming.forwarded(unit, today, OVER))
    keep(database, 60, OVER)
    assert within(database, OVER, KeepingRules(day_bytes=100)) == 1
    assert kept(database, old, today) == [True, False], "letting go of what is older would not help"


def test_a_mail_that_nobody_can_read_may_be_set_aside(database: Database) -> None:
    unreadable = keep(database, 60, reason="unreadable")
    database.run(lambda unit: deciding.decide_held(unit, unreadable, False, context()))
    assert kept(database, unreadable) == [False]


def test_mails_of_before_that_failed_wait_for_the_secretary(open_tool: Open, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    newest = "0005_unreadable_held.sql"
    for file in sorted(Path(meetings.migrations.__path__[0]).glob("*.sql")):
        if file.name < newest:
            (folder / file.name).write_bytes(file.read_bytes())
    before = open_tool("meetings", [journal.MIGRATIONS, folder])
    failed = keep(before, 60, verdict="failed", reason="unreadable")
    (folder / newest).write_bytes((Path(meetings.migrations.__path__[0]) / newest).read_bytes())
    now = open_tool("meetings", [journal.MIGRATIONS, folder])
    (mail,) = now.read(incoming.held)
    assert (mail.id, mail.reason) == (failed, "unreadable")
