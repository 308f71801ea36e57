"""The dispatcher on a real ledger: what is attempted, in what state it ends, what waits."""

from __future__ import annotations

import asyncio
from pathlib import Path

from mailrelay.envelope import Client, Delivery
from mailrelay.settings import Concurrency, NextHop
from tests.support.dispatch_stage import (
    BODY,
    ScriptedSender,
    cut,
    deferred,
    foreign,
    local,
    new_message,
    refused,
    sent,
    served,
    stage,
    unreachable,
)


def test_a_message_is_delivered_to_the_mailbox_with_its_bytes_and_trace_headers(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path) as it:
            await it.send(local("binh"))
            await it.until_states("delivered")
            ((hop, domain, transaction),) = it.sender.seen
            assert (hop, domain) == (it.settings.local_delivery, "")
            assert [recipient.address for recipient in transaction.recipients] == ["ubinh"]
            assert transaction.on_local_mailbox
            assert transaction.size == len(transaction.prefix) + len(BODY)
            assert served(it.sender.seen) == [
                b"X-Original-To: binh@tinh.test\r\nReceived: by mail.tinh.test\r\n" + BODY
            ]
            await it.until(lambda: it.dispatcher.statistics().recipients == 0)

    asyncio.run(story())


def test_the_next_host_relays(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path) as it:
            await it.send(foreign("cuc@bo.test"), foreign("vu@bo.test"))
            await it.until_states("relayed", "relayed")
            ((hop, domain, transaction),) = it.sender.seen
            assert (hop, domain) == (it.settings.smarthost, "bo.test")
            assert b"X-Original-To" not in transaction.prefix
            assert not transaction.on_local_mailbox

    asyncio.run(story())


def test_the_start_is_durable_before_anything_is_sent(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path) as it:
            seen: list[list[object]] = []
            it.sender.hold = lambda _: bool(seen.append(it.rows("state, attempts"))) or False
            await it.send(local("binh"))
            await it.until_states("delivered")
            assert seen == [[("delivering", 1)]]

    asyncio.run(story())


def test_all_addresses_of_a_mailbox_share_one_copy_and_its_outcome(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(refused)) as it:
            await it.send(local("binh", "u1"), local("b.tran", "u1"), local("an", "u2"))
            await it.until_states("failed", "failed", "failed")
            assert it.sender.recipients == ["u1", "u2"]

    asyncio.run(story())


def test_a_refusal_for_good_is_a_failure_with_its_reply(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(refused)) as it:
            await it.send(local("binh"))
            await it.until_states("failed")
            assert it.rows("last_reply") == ["550 5.1.1 No such mailbox"]
            assert it.woken == 1

    asyncio.run(story())


def test_a_temporary_refusal_waits_for_its_time(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(deferred)) as it:
            await it.send(local("binh"))
            await it.until_states("deferred")
            ((next_attempt_at, changed_at),) = it.rows("next_attempt_at, changed_at")
            assert next_attempt_at - changed_at == 60 * 1_000_000

    asyncio.run(story())


def test_urgent_mail_is_tried_again_sooner(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(deferred)) as it:
            await it.send(local("binh"), urgent=True)
            await it.until_states("deferred")
            ((next_attempt_at, changed_at),) = it.rows("next_attempt_at, changed_at")
            assert next_attempt_at - changed_at == 30 * 1_000_000

    asyncio.run(story())


def test_an_attempt_with_an_unknown_end_is_repeated_and_flagged(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(cut)) as it:
            await it.send(local("binh"))
            await it.until_states("deferred")
            assert it.rows("possible_duplicate, last_reply") == [(1, "451 4.4.2 Connection lost after the final dot")]

    asyncio.run(story())


def test_a_member_who_cannot_receive_fails_without_an_attempt(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path) as it:
            await it.send(Delivery("nghi@tinh.test", "refused", via="tatca@tinh.test"), local("binh"))
            await it.until_states("failed", "delivered")
            assert it.rows("attempts") == [0, 1]
            assert it.sender.recipients == ["ubinh"]

    asyncio.run(story())


def test_held_mail_is_not_touched(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path) as it:
            await it.send(local("an"), held=True)
            await it.send(local("binh"))
            await it.until_states("held", "delivered")
            assert it.sender.recipients == ["ubinh"]

    asyncio.run(story())


def test_what_waits_in_the_database_is_sent_at_the_start(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, start=False) as it:
            for name in ("an", "binh", "chi"):
                await it.accept(new_message(local(name), foreign(f"{name}@bo.test")))
            await it.dispatcher.start()
            await it.until_states(*["delivered", "relayed"] * 3)
            assert sorted(it.sender.recipients) == sorted(
                [f"u{name}" for name in ("an", "binh", "chi")] + [f"{name}@bo.test" for name in ("an", "binh", "chi")]
            )

    asyncio.run(story())


def test_a_queue_larger_than_the_window_drains_completely_and_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, concurrency=Concurrency(in_flight=20, connections_per_destination=1)) as it:
            most = 0

            def measure(_: object) -> bool:
                nonlocal most
                most = max(most, it.dispatcher.statistics().recipients)
                return False

            it.sender.hold = measure
            for number in range(300):
                await it.send(local(f"n{number}"))
            await it.until(lambda: it.states() == ["delivered"] * 300)
            assert sorted(it.sender.recipients) == sorted(f"un{number}" for number in range(300))
            assert most <= 20

    asyncio.run(story())


def test_a_list_larger_than_the_window_reaches_each_mailbox_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, concurrency=Concurrency(in_flight=300)) as it:
            members = [local(f"n{number}", f"u{number % 700}", via="tatca@tinh.test") for number in range(1400)]
            await it.send(*members)
            await it.until(lambda: it.states() == ["delivered"] * 1400)
            assert sorted(it.sender.recipients) == sorted(f"u{number}" for number in range(700))

    asyncio.run(story())


def test_a_slow_destination_does_not_starve_another(tmp_path: Path) -> None:
    async def story() -> None:
        sender = ScriptedSender(hold=lambda transaction: transaction.recipients[0].address.endswith("@cham.test"))
        async with stage(tmp_path, sender, concurrency=Concurrency(in_flight=40)) as it:
            for number in range(200):
                await it.send(foreign(f"n{number}@cham.test"))
            for number in range(50):
                await it.send(foreign(f"n{number}@nhanh.test"))
            await it.until(lambda: it.states().count("relayed") == 50)
            assert it.dispatcher.statistics().recipients <= 40
            sender.hold = lambda _: False
            sender.let_go()
            await it.until(lambda: it.states() == ["relayed"] * 250)

    asyncio.run(story())


def test_a_dead_destination_is_closed_and_its_queue_left_untouched(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(unreachable)) as it:
            await it.send(foreign("a0@chet.test"))
            await it.until_states("deferred")
            for number in range(1, 50):
                await it.send(foreign(f"a{number}@chet.test"))
            assert it.dispatcher.statistics().closed == ("domain:chet.test",)
            assert it.states() == ["deferred"] + ["queued"] * 49
            assert len(it.sender.seen) == 1

    asyncio.run(story())


def test_a_destination_that_comes_back_is_drained(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(unreachable)) as it:
            await it.send(foreign("a0@chet.test"))
            await it.until_states("deferred")
            for number in range(1, 50):
                await it.send(foreign(f"a{number}@chet.test"))
            it.sender.answer = sent
            it.dispatcher.kick("domain:chet.test")
            await it.until(lambda: it.states() == ["deferred"] + ["relayed"] * 49)

    asyncio.run(story())


def test_an_answer_of_the_second_host_keeps_other_destinations_open(tmp_path: Path) -> None:
    async def story() -> None:
        sender = ScriptedSender(lambda each: (unreachable if "chet" in each.recipients[0].address else sent)(each))
        async with stage(tmp_path, sender) as it:
            await it.send(foreign("a@chet.test"), foreign("a@song.test"))
            await it.until_states("deferred", "relayed")

    asyncio.run(story())


def test_what_the_filter_must_see_goes_there_first_as_the_client_named_it(tmp_path: Path) -> None:
    async def story() -> None:
        hop = NextHop("smtp", "127.0.0.1", 10025)
        async with stage(tmp_path, filter=hop) as it:
            await it.send(
                local("an", via="tatca@tinh.test"), local("binh", via="tatca@tinh.test"), foreign("a@bo.test")
            )
            await it.until_states("relayed", "relayed", "relayed")
            ((used, _, transaction),) = it.sender.seen
            assert used == hop
            assert [each.address for each in transaction.recipients] == ["tatca@tinh.test", "a@bo.test"]
            assert not transaction.on_local_mailbox

    asyncio.run(story())


def test_what_comes_back_from_the_filter_is_delivered(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, filter=NextHop("smtp", "127.0.0.1", 10025)) as it:
            await it.send(local("an"), client=Client("reinjection", "127.0.0.1"))
            await it.until_states("delivered")

    asyncio.run(story())


def test_a_stop_waits_for_what_is_on_the_wire(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(hold=lambda _: True)) as it:
            await it.send(local("an"))
            await it.until(lambda: bool(it.sender.held))
            stopping = asyncio.create_task(it.dispatcher.stop(20))
            await it.send(local("binh"))
            it.sender.let_go()
            await stopping
            assert it.states() == ["delivered", "queued"]

    asyncio.run(story())


def test_a_stop_gives_back_what_was_begun_and_not_sent(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path) as it:
            await it.accept(message := new_message(local("an")))
            it.dispatcher.offer(message)
            await it.dispatcher.stop(20)
            assert it.sender.seen == []
            assert it.rows("state, possible_duplicate") == [("queued", 0)]

    asyncio.run(story())


def test_an_order_of_an_operator_finds_nothing_half_begun(tmp_path: Path) -> None:
    async def story() -> None:
        sender = ScriptedSender(hold=lambda _: True)
        async with stage(tmp_path, sender, concurrency=Concurrency(connections_per_destination=1)) as it:
            for number in range(30):
                await it.send(local(f"n{number}"))
            await it.until(lambda: len(sender.held) == 8)
            await it.dispatcher.change_queue(
                lambda transaction: transaction.execute("UPDATE recipient SET state = 'held' WHERE state = 'queued'")
            )
            sender.hold = lambda _: False
            sender.let_go()
            await it.until(lambda: sorted(it.states()) == ["delivered"] * 8 + ["held"] * 22)
            assert len(sender.seen) == 8

    asyncio.run(story())
