"""What senders are told, when, and what happens to reports that cannot be delivered."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import Sequence
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mailrelay.dispatch.notices import ALREADY_TOLD, Notices
from mailrelay.envelope import Client, Delivery, Envelope, Recipient
from mailrelay.spool.ledger import NewMessage
from mailrelay.store import schedule
from tests.support.dispatch_stage import (
    BODY,
    ClockFile,
    ScriptedSender,
    Stage,
    clock_file,
    deferred,
    foreign,
    local,
    refused,
    sent,
    stage,
)

__all__ = ["clock_file"]


class Desk:
    """Notices on a stage; where reports lead is the test's."""

    def __init__(self, it: Stage, **known: Delivery) -> None:
        self._known = known
        self.offered: list[NewMessage] = []
        self.notices = Notices(
            it.settings, it.ledger, it.bodies, resolve=self._resolve, offer=self.offered.append, gather_seconds=0
        )

    def _resolve(self, recipients: Sequence[Recipient]) -> tuple[Delivery, ...]:
        return tuple(
            self._known.get(each.address.partition("@")[0], Delivery(each.address, "refused")) for each in recipients
        )


def reports(it: Stage) -> list[EmailMessage]:
    rows = it.database.read(
        lambda transaction: transaction.execute(
            "SELECT content FROM inline_body JOIN message USING (number) WHERE origin = 'report' ORDER BY number"
        )
    )
    return [email.message_from_bytes(row[0], _class=EmailMessage, policy=email.policy.SMTP) for row in rows]


def statuses(report: EmailMessage) -> list[tuple[str, str]]:
    part = next(part for part in report.walk() if part.get_content_type() == "message/delivery-status")
    blocks = part.get_payload()
    assert isinstance(blocks, list)
    return [(str(block["Final-Recipient"]), str(block["Action"])) for block in blocks[1:]]


def count(it: Stage, table: str) -> int:
    return it.database.read(lambda transaction: transaction.execute(f"SELECT count(*) FROM {table}"))[0][0]  # noqa: S608


def test_a_failure_is_told_once_with_the_head_of_the_message(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(refused)) as it:
            desk = Desk(it, an=local("an"))
            await it.send(local("binh"), local("chi"))
            await it.until_states("failed", "failed")
            assert count(it, "inline_body") == 1
            assert await desk.notices.send_due() == 1
            (report,) = reports(it)
            assert statuses(report) == [("rfc822; binh@tinh.test", "failed"), ("rfc822; chi@tinh.test", "failed")]
            assert report["To"] == "an@tinh.test"
            assert b"Subject: Xin chao" in bytes(report)
            (offered,) = desk.offered
            assert offered.envelope == Envelope(
                "", (Recipient("an@tinh.test", ("NEVER",)),), eight_bit=not bytes(report).isascii()
            )
            assert (offered.origin, offered.deliveries) == ("report", (local("an"),))
            assert await desk.notices.send_due() == 0
            assert count(it, "inline_body") == 1  # the report's; the message's own is forgotten now

    asyncio.run(story())


def test_nobody_is_told_who_did_not_want_to_be(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(refused)) as it:
            await it.send(local("binh", notify=("NEVER",)), local("chi", notify=("SUCCESS",)))
            await it.until_states("failed", "failed")
            assert count(it, "notice") == 0
            assert count(it, "inline_body") == 0

    asyncio.run(story())


def test_success_is_told_when_asked_for(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path) as it:
            desk = Desk(it, an=local("an"))
            await it.send(local("binh", notify=("SUCCESS",)), local("chi"), foreign("a@bo.test", notify=("SUCCESS",)))
            await it.until_states("delivered", "delivered", "relayed")
            await desk.notices.send_due()
            (report,) = reports(it)
            assert statuses(report) == [("rfc822; binh@tinh.test", "delivered"), ("rfc822; a@bo.test", "relayed")]

    asyncio.run(story())


def test_the_next_host_tells_of_success_itself_when_it_can(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(lambda each: sent(each)._replace(takes_dsn=True))) as it:
            await it.send(foreign("a@bo.test", notify=("SUCCESS",)))
            await it.until_states("relayed")
            assert count(it, "notice") == 0

    asyncio.run(story())


def test_a_delay_is_told_once_and_forgotten_when_the_mail_arrives(tmp_path: Path, clock_file: ClockFile) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(deferred)) as it:
            desk = Desk(it, an=local("an"))
            await it.send(local("binh"))
            await it.until_states("deferred")
            assert await desk.notices.send_due() == 0
            for hours in (5, 7, 9):
                before = it.rows("attempts")[0]
                clock_file.move(f"+{hours}h")
                await it.until(partial(_tried_again, it, before))
                await desk.notices.send_due()
            assert [statuses(report) for report in reports(it)] == [[("rfc822; binh@tinh.test", "delayed")]]
            assert _owed(it) == [(ALREADY_TOLD,)]
            it.sender.answer = sent
            clock_file.move("+11h")
            await it.until(lambda: it.states() == ["delivered", "delivered"])
            assert count(it, "inline_body") == 0
            await it.ledger.run(schedule.forget_told_delays)
            assert _owed(it) == []

    asyncio.run(story())


def _tried_again(it: Stage, before: int) -> bool:
    return it.rows("attempts")[0] > before and it.states()[0] == "deferred"


def _owed(it: Stage) -> list[tuple[int]]:
    return it.database.read(lambda transaction: transaction.execute("SELECT due_at FROM notice"))


def test_what_is_too_old_expires_and_its_sender_is_told(tmp_path: Path, clock_file: ClockFile) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(deferred)) as it:
            desk = Desk(it, an=local("an"))
            await it.send(local("binh"))
            await it.until_states("deferred")
            clock_file.move("+6d")
            await it.until_states("expired")
            await desk.notices.send_due()
            (report,) = reports(it)
            assert statuses(report) == [("rfc822; binh@tinh.test", "failed")]

    asyncio.run(story())


def test_a_failure_without_a_sender_goes_to_the_postmaster(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(refused)) as it:
            desk = Desk(it, postmaster=local("postmaster"))
            await it.send(local("binh"), sender="")
            await it.until_states("failed")
            await desk.notices.send_due()
            (report,) = reports(it)
            assert report["To"] == "postmaster@tinh.test"
            (offered,) = desk.offered
            assert (offered.envelope.sender, offered.held) == ("", False)

    asyncio.run(story())


def test_a_failure_without_a_sender_is_held_when_nobody_is_postmaster(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(refused)) as it:
            desk = Desk(it)
            await it.send(local("binh"), sender="")
            await it.until_states("failed")
            await desk.notices.send_due()
            assert it.states() == ["failed", "held"]
            assert len(reports(it)) == 1

    asyncio.run(story())


def test_what_the_postmaster_does_not_get_either_ends_there(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(refused)) as it:
            desk = Desk(it, postmaster=local("postmaster"))
            await it.send(local("binh"), sender="")
            await it.until_states("failed")
            await desk.notices.send_due()
            it.dispatcher.offer(desk.offered[0])
            await it.until_states("failed", "failed")
            await desk.notices.send_due()
            assert await desk.notices.send_due() == 0
            assert len(desk.offered) == 1
            assert count(it, "notice") == count(it, "inline_body") == 0

    asyncio.run(story())


def test_a_report_that_cannot_be_delivered_causes_no_report_to_its_addressee(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(refused)) as it:
            desk = Desk(it, an=local("an"), postmaster=local("postmaster"))
            await it.send(local("binh"))
            await it.until_states("failed")
            await desk.notices.send_due()
            it.dispatcher.offer(desk.offered[0])
            await it.until_states("failed", "failed")
            await desk.notices.send_due()
            assert [message.envelope.recipients[0].address for message in desk.offered] == [
                "an@tinh.test",
                "postmaster@tinh.test",
            ]

    asyncio.run(story())


@pytest.mark.parametrize(("returned", "part"), [("FULL", "message/rfc822"), ("HDRS", "text/rfc822-headers")])
def test_the_whole_message_comes_back_when_asked_for(tmp_path: Path, returned: Any, part: str) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(refused)) as it:
            desk = Desk(it, an=local("an"))
            envelope = Envelope("an@tinh.test", (Recipient("binh@tinh.test"),), returned=returned)
            await it.send(local("binh"), envelope=envelope)
            await it.until_states("failed")
            await desk.notices.send_due()
            assert part in [each.get_content_type() for each in reports(it)[-1].walk()]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("client", "part"),
    [
        (Client("relay", "192.0.2.7"), "text/rfc822-headers"),
        (Client("reinjection", "127.0.0.1", trusted=True), "text/rfc822-headers"),
        (Client("relay", "10.1.2.3", trusted=True), "message/rfc822"),
        (Client("submission", "192.0.2.7", account="u1"), "message/rfc822"),
    ],
)
def test_a_forged_sender_never_gets_the_content(tmp_path: Path, client: Client, part: str) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(refused)) as it:
            desk = Desk(it, nan=foreign("nan@bo.test"))
            envelope = Envelope("nan@bo.test", (Recipient("binh@tinh.test"),), returned="FULL")
            await it.send(local("binh"), envelope=envelope, client=client)
            await it.until_states("failed")
            await desk.notices.send_due()
            parts = [each.get_content_type() for each in reports(it)[-1].walk()]
            assert part in parts

    asyncio.run(story())


@pytest.mark.parametrize(
    ("client", "sender", "told"),
    [
        (Client("relay", "192.0.2.7"), "nan@bo.test", 0),
        (Client("reinjection", "127.0.0.1", trusted=True), "nan@bo.test", 0),
        (Client("reinjection", "127.0.0.1", trusted=True), "an@tinh.test", 1),
        (Client("relay", "10.1.2.3", trusted=True), "nan@bo.test", 1),
    ],
)
def test_success_is_never_told_to_a_stranger(tmp_path: Path, client: Client, sender: str, told: int) -> None:
    async def story() -> None:
        async with stage(tmp_path) as it:
            desk = Desk(it, an=local("an"), nan=foreign("nan@bo.test"))
            await it.send(local("binh", notify=("SUCCESS",)), sender=sender, client=client)
            await it.until_states("delivered")
            await desk.notices.send_due()
            assert len(desk.offered) == told
            assert count(it, "notice") == 0

    asyncio.run(story())


def test_a_large_report_of_a_large_message_is_kept_on_disk(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(refused)) as it:
            desk = Desk(it, an=local("an"))
            envelope = Envelope("an@tinh.test", (Recipient("binh@tinh.test"),), returned="FULL")
            await it.send(local("binh"), envelope=envelope, body=BODY + b"dong\r\n" * 10_000)
            await it.until_states("failed")
            await desk.notices.send_due()
            assert desk.offered[0].body.inline is None
            assert desk.offered[0].body.size > 60_000

    asyncio.run(story())


def test_reports_leave_by_themselves(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(lambda each: (sent if each.sender == "" else refused)(each))) as it:
            notices = Notices(
                it.settings,
                it.ledger,
                it.bodies,
                resolve=lambda _: (local("an"),),
                offer=it.dispatcher.offer,
                gather_seconds=0,
            )
            notices.start()
            await it.send(local("binh"))
            await it.until_states("failed")
            notices.wake()
            await it.until_states("failed", "delivered")
            await notices.stop()

    asyncio.run(story())
