"""Reports that come in from other hosts: tied to the delivery that they speak of, and delivered besides."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from foundation import clock
from mailrelay.dispatch.returned_reports import ReturnedReports, may_be_report
from mailrelay.envelope import Client
from mailrelay.messages.headers import Headers
from mailrelay.queue_ids import spell
from mailrelay.reports.dsn import ReportedRecipient, compose_report
from mailrelay.spool.ledger import NewMessage
from mailrelay.store.trace import find
from tests.support.dispatch_stage import BODY, foreign, local, new_message, stage


def returned(action: str, to: str = "an@tinh.test", about: str = "cuc@bo.test") -> bytes:
    """What the other host would send."""
    return compose_report(
        hostname="mx.bo.test",
        postmaster="postmaster@bo.test",
        to=to,
        envelope_identifier="",
        arrived_at=clock.now_microseconds(),
        recipients=[
            ReportedRecipient(about, "", action, "5.2.2", "552 5.2.2 full", "mx.bo.test", "", clock.now_microseconds())  # type: ignore[arg-type]
        ],
        original_head=BODY[: BODY.index(b"\r\n\r\n") + 4],
        original=None,
        at=clock.now(),
        timezone="Asia/Ho_Chi_Minh",
        message_id_domain="mx.bo.test",
        smtputf8=False,
        organisation="",
    )


async def told(tmp_path: Path, report: bytes, recipient: str = "an", sender: str = "") -> list[str]:
    """The states of a relayed message and of the report about it."""
    async with stage(tmp_path) as it:
        reports = ReturnedReports(it.ledger, it.bodies)
        await it.send(foreign("cuc@bo.test"), headers=Headers(message_id="<1@tinh.test>"))
        await it.until_states("relayed")
        message = new_message(local(recipient), sender=sender, body=report)
        await it.accept(message)
        reports.consider(message)
        it.dispatcher.offer(message)
        await it.until(lambda: it.states()[1:] == ["delivered"])
        await reports.finish()
        return it.states()


@pytest.mark.parametrize("action", ["delivered", "failed", "delayed"])
def test_a_report_changes_no_state(tmp_path: Path, action: str) -> None:
    """Anybody who got the message knows its Message-ID and can write one."""
    assert asyncio.run(told(tmp_path, returned(action))) == ["relayed", "delivered"]


def test_a_report_is_an_event_that_names_where_it_came_from(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path) as it:
            reports = ReturnedReports(it.ledger, it.bodies)
            sent = await it.send(foreign("cuc@bo.test"), headers=Headers(message_id="<1@tinh.test>"))
            await it.until_states("relayed")
            message = new_message(local("an"), sender="", body=returned("delivered"))
            message.client = Client("relay", "203.0.113.9", "ke.gia.mao.example")
            await it.accept(message)
            reports.consider(message)
            await reports.finish()
            traced = await it.ledger.read(lambda transaction: find(transaction, spell(sent.number)))
            (recipient,) = traced.messages[0].recipients
            assert (recipient.state, recipient.altered) == ("relayed", ())
            received = recipient.events[-1]
            assert received.type == "report.received"
            assert (received.facts["host"], received.facts["action"]) == ("203.0.113.9", "delivered")
            assert "host=203.0.113.9" in received.detail

    asyncio.run(story())


def test_a_report_to_somebody_else_proves_nothing(tmp_path: Path) -> None:
    assert asyncio.run(told(tmp_path, returned("failed"), recipient="ke-la")) == ["relayed", "delivered"]


def test_a_report_about_somebody_else_proves_nothing(tmp_path: Path) -> None:
    assert asyncio.run(told(tmp_path, returned("failed", about="vu@bo.test"))) == ["relayed", "delivered"]


def test_what_is_no_report_is_only_delivered(tmp_path: Path) -> None:
    assert asyncio.run(told(tmp_path, BODY)) == ["relayed", "delivered"]


def test_only_mail_of_programs_is_looked_at() -> None:
    assert may_be_report(new_message(local("an"), sender=""))
    assert may_be_report(new_message(local("an"), headers=Headers(automatic=True)))
    assert not may_be_report(new_message(local("an")))
    assert not may_be_report(new_message(local("an"), sender="", origin="report"))


def test_the_dispatcher_shows_what_may_be_a_report(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, start=False) as it:
            shown: list[NewMessage] = []
            it.dispatcher = it.new_dispatcher(consider_report=shown.append)
            plain = await it.send(local("an"))
            report = await it.send(local("an"), sender="")
            assert shown == [report]
            assert plain not in shown

    asyncio.run(story())
