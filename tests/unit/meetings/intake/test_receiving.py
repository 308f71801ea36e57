"""One mail: read, decided, durable, answered; and what happens when the database or we ourselves fail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from foundation import journal
from foundation.errors import Unreachable
from foundation.language import Text
from foundation.storage import Database, DatabasePoisoned, TemporaryFailure, Transaction, open_database
from meetings.desk import answers as desk_answers
from meetings.desk.context import Context, Office, Outcome
from meetings.desk.keeping import KeepingRules
from meetings.desk.reports import take_in_reports
from meetings.intake import receiving
from meetings.intake.receiving import FULL, LATER, TAKEN, Receiver, TakeIn, TakeInReports
from meetings.meeting import Guest
from meetings.replies.values import Envelope, Limits, Ours, Reading
from meetings.store import incoming
from tests.support.meeting_book import BINH, create

MAIL = b"From: An <an@bo.test>\r\nMessage-ID: <1@bo.test>\r\nSubject: xin\r\n\r\nKhong di.\r\n"
OURS = Ours(("tinh.test",), "hop@tinh.test")
RECIPIENTS = ["hop+r1@tinh.test", "hop-bao-phat+t@tinh.test"]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(f"sqlite://{tmp_path}", "meetings", [journal.MIGRATIONS, "meetings.migrations"]) as opened:
        yield opened


class Desk:
    """Remembers what it was asked; `fails` is raised instead of answering."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.asked: list[tuple[Reading, Envelope]] = []
        self.contexts: list[Context] = []
        self.fails = fails

    def __call__(
        self, unit: Transaction, reading: Reading, envelope: Envelope, mail: bytes, context: Context
    ) -> Outcome:
        self.contexts.append(context)
        self.asked.append((reading, envelope))
        if self.fails is not None:
            raise self.fails
        return Outcome("passed_on", "no_calendar", forward=True, forward_to="thuky@tinh.test")


def context(guests: Mapping[str, Guest]) -> Context:
    return Context(1, "mail", Office("hop@tinh.test", "", "", "tinh.test"), guests=guests)


def nobody(addresses: Collection[str]) -> Mapping[str, Guest]:
    return {}


def received(
    database: Database,
    desk: TakeIn,
    poisoned: Callable[[Exception], None] = lambda error: None,
    mail: bytes = MAIL,
    look_up: Callable[[Collection[str]], Mapping[str, Guest]] = nobody,
    ours: Ours = Ours(),  # noqa: B008 frozen
    keeping: KeepingRules = KeepingRules(),  # noqa: B008 frozen
) -> Any:
    outcomes: list[Outcome] = []

    async def main() -> list[str]:
        with ThreadPoolExecutor(1) as pool:
            receiver = Receiver(
                database,
                desk,
                pool,
                take_in_reports=take_in_reports,
                context=context,
                look_up=look_up,
                limits=Limits(),
                keeping=keeping,
                ours=ours,
                on_taken=outcomes.append,
                on_poison=poisoned,
            )
            return await receiver.receive("an@bo.test", RECIPIENTS, mail)

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


def test_what_would_be_one_too_many_to_keep_is_put_off_and_not_stored(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    replies, outcomes = received(database, desk_answers.take_in, keeping=KeepingRules(day_mails=1))
    assert replies == [TAKEN, FULL]
    assert [outcome.verdict for outcome in outcomes] == ["passed_on"]
    assert sum(database.read(incoming.counts).values()) == 1


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
    assert database.read(incoming.counts) == {("passed_on", "unreadable"): 2}
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


DELEGATED = b"""From: An <an@bo.test>\r\nMessage-ID: <2@bo.test>\r\nMIME-Version: 1.0\r
Content-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\nMETHOD:REPLY\r
BEGIN:VEVENT\r\nUID:1@tinh.test\r\nDTSTAMP:20261122T010000Z\r\nSEQUENCE:0\r\nORGANIZER:mailto:hop@tinh.test\r
ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:binh@bo.test":mailto:an@bo.test\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"""


def test_a_deputy_is_looked_up_before_the_desk_decides(database: Database) -> None:
    asked: list[Collection[str]] = []

    def known(addresses: Collection[str]) -> Mapping[str, Guest]:
        asked.append(addresses)
        return {"binh@bo.test": Guest("binh@bo.test", "Trần Thị Bình")}

    desk = Desk()
    received(database, desk, mail=DELEGATED, look_up=known)
    assert asked == [{"binh@bo.test"}]
    assert [each.guests["binh@bo.test"].name for each in desk.contexts] == ["Trần Thị Bình"] * 2


def test_a_directory_that_is_away_does_not_stop_an_answer(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    def away(_: Collection[str]) -> Mapping[str, Guest]:
        raise Unreachable(Text("nghỉ", "away"))

    assert received(database, Desk(), mail=DELEGATED, look_up=away)[0] == [TAKEN, TAKEN]


RENAMED = b"""From: <binh.tran@tinh.test>\r\nMessage-ID: <9@tinh.test>\r\n\
Content-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n\
UID:%s\r\nDTSTAMP:20261122T010000Z\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"""


def test_an_address_of_ours_by_which_nobody_was_invited_is_looked_up_and_then_who_was(database: Database) -> None:
    created = create(database)
    today = replace(BINH, address="binh.tran@tinh.test", aliases=(BINH.address,))
    asked: list[set[str]] = []

    def known(addresses: Collection[str]) -> Mapping[str, Guest]:
        asked.append(set(addresses))
        return dict.fromkeys(addresses, today)

    desk = Desk()
    received(database, desk, mail=RENAMED % (created.uid.encode(), b"binh.tran@tinh.test"), look_up=known, ours=OURS)
    assert asked == [{"binh.tran@tinh.test"}, {BINH.address}]
    assert set(desk.contexts[0].guests) == {"binh.tran@tinh.test", BINH.address}


def test_the_directory_is_not_asked_about_strangers_nor_about_who_is_known(database: Database) -> None:
    created = create(database)

    def never(addresses: Collection[str]) -> Mapping[str, Guest]:
        raise AssertionError(addresses)

    for address in (b"ai.do@noi.khac.example", BINH.address.encode()):
        received(database, Desk(), mail=RENAMED % (created.uid.encode(), address), look_up=never, ours=OURS)


REPORT = (
    b"From: MAILER-DAEMON@tinh.test\r\nMessage-ID: <9@tinh.test>\r\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.tinh.test\r\n"
    b"Original-Envelope-Id: TOKEN\r\n\r\nFinal-Recipient: rfc822; a@bo.test\r\nAction: %b\r\nStatus: 5.1.1\r\n\r\n"
    b"--b--\r\n"
)


def reported(database: Database, together: TakeInReports, mails: Sequence[bytes], desk: Desk) -> list[list[str]]:
    async def main() -> list[list[str]]:
        with ThreadPoolExecutor(1) as pool:
            receiver = Receiver(
                database,
                desk,
                pool,
                take_in_reports=together,
                context=context,
                look_up=nobody,
                limits=Limits(),
                keeping=KeepingRules(),
                ours=OURS,
                on_taken=lambda outcome: None,
                on_poison=lambda error: None,
            )
            receiving = (receiver.receive("", ["hop-bao-phat+t@tinh.test"], mail) for mail in mails)
            return list(await asyncio.gather(*receiving))

    return asyncio.run(main())


def test_reports_that_come_together_share_a_unit_of_work(database: Database) -> None:
    sizes: list[int] = []

    def together(unit: Transaction, mails: Sequence[tuple[Reading, Envelope]], about: Context) -> list[Outcome]:
        sizes.append(len(mails))
        return take_in_reports(unit, mails, about)

    mails = [REPORT % action for action in (b"relayed", b"delayed", b"failed")]
    assert reported(database, together, mails, Desk()) == [[TAKEN]] * 3
    assert sizes == [3]
    assert database.read(incoming.counts) == {("ignored", "unknown_report"): 3}


def test_one_bad_report_harms_none_of_its_neighbours(database: Database) -> None:
    def together(unit: Transaction, mails: Sequence[tuple[Reading, Envelope]], about: Context) -> list[Outcome]:
        raise ZeroDivisionError("by design")

    desk = Desk()
    assert reported(database, together, [REPORT % b"relayed", REPORT % b"failed"], desk) == [[TAKEN]] * 2
    assert len(desk.asked) == 2


def test_reports_are_put_off_while_the_database_is_in_trouble(database: Database) -> None:
    def together(unit: Transaction, mails: Sequence[tuple[Reading, Envelope]], about: Context) -> list[Outcome]:
        raise TemporaryFailure(Text("đầy", "full"))

    assert reported(database, together, [REPORT % b"relayed"] * 2, Desk()) == [[LATER]] * 2
