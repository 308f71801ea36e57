"""One mail: read, decided, durable, answered; and what happens when the database or we ourselves fail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from foundation import journal
from foundation.language import Text
from foundation.storage import Database, DatabasePoisoned, TemporaryFailure, Transaction, open_database
from meetings.desk.context import Outcome
from meetings.intake import receiving
from meetings.intake.receiving import LATER, TAKEN, Receiver
from meetings.replies.values import Envelope, Limits, Ours, Reading
from meetings.store import incoming

MAIL = b"From: An <an@bo.test>\r\nMessage-ID: <1@bo.test>\r\nSubject: xin\r\n\r\nKhong di.\r\n"
RECIPIENTS = ["hop+r1@tinh.test", "hop-bao-phat+t@tinh.test"]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(f"sqlite://{tmp_path}", "meetings", [journal.MIGRATIONS, "meetings.migrations"]) as opened:
        yield opened


class Desk:
    """Remembers what it was asked; `fails` is raised instead of answering."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.asked: list[tuple[Reading, Envelope]] = []
        self.fails = fails

    def __call__(self, unit: Transaction, reading: Reading, envelope: Envelope, mail: bytes, at: int) -> Outcome:
        self.asked.append((reading, envelope))
        if self.fails is not None:
            raise self.fails
        return Outcome("passed_on", "no_calendar", forward=True, forward_to="thuky@tinh.test")


def received(database: Database, desk: Desk, poisoned: Callable[[Exception], None] = lambda error: None) -> Any:
    outcomes: list[Outcome] = []

    async def main() -> list[str]:
        with ThreadPoolExecutor(1) as pool:
            receiver = Receiver(
                database, desk, pool, limits=Limits(), ours=Ours(), on_taken=outcomes.append, on_poison=poisoned
            )
            return await receiver.receive("an@bo.test", RECIPIENTS, MAIL)

    return asyncio.run(main()), outcomes


def test_each_recipient_is_a_question_to_the_desk(database: Database) -> None:
    desk = Desk()
    replies, outcomes = received(database, desk)
    assert replies == [TAKEN, TAKEN]
    assert [envelope for _, envelope in desk.asked] == [Envelope("an@bo.test", each) for each in RECIPIENTS]
    assert {reading.message_id for reading, _ in desk.asked} == {"1@bo.test"}
    assert [outcome.verdict for outcome in outcomes] == ["passed_on", "passed_on"]


def test_a_database_in_trouble_puts_the_mail_off(database: Database) -> None:
    replies, outcomes = received(database, Desk(TemporaryFailure(Text("đầy", "full"))))
    assert replies == [LATER, LATER]
    assert not outcomes


def test_a_failed_disk_ends_us_and_puts_the_mail_off(database: Database) -> None:
    ends: list[Exception] = []
    replies, _ = received(database, Desk(DatabasePoisoned(Text("hỏng", "failed"))), ends.append)
    assert replies == [LATER, LATER]
    assert all(isinstance(error, DatabasePoisoned) for error in ends)
    assert ends


def test_a_bug_of_ours_keeps_the_mail_for_a_person(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    replies, _ = received(database, Desk(ZeroDivisionError("by design")))
    assert replies == [TAKEN, TAKEN]
    assert database.read(incoming.counts) == {("failed", "unreadable"): 2}
    assert database.read(lambda unit: incoming.raw_of(unit, 1)) == MAIL


def test_a_mail_that_cannot_even_be_read_reaches_the_desk_as_broken(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> Reading:
        raise RecursionError

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(receiving, "read", broken)
    desk = Desk()
    assert received(database, desk)[0] == [TAKEN, TAKEN]
    assert {(reading.kind, reading.reason) for reading, _ in desk.asked} == {("broken", "unreadable")}
