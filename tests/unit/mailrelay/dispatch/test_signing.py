"""DKIM on the way out: who is signed for, once per message, off the loop, whatever goes wrong."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mailrelay.dispatch.bodies_at_hand import store_bytes
from tests.support.dispatch_stage import BODY, ScriptedSender, Stage, foreign, local, new_message, stage

LARGE = BODY + b"dong thu\r\n" * 100_000


class Pen:
    """Signs with the digest of what it was given."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.threads: list[str] = []

    def sign(self, head: bytes, body_chunks: Iterable[bytes], at_seconds: int = 0) -> bytes:
        self.threads.append(threading.current_thread().name)
        if self.error is not None:
            raise self.error
        body = b"".join(body_chunks)
        return b"DKIM-Signature: %s %s\r\n" % (digest(head), digest(body))


def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


def signature_of(message: bytes) -> bytes:
    head, _, body = message.partition(b"\r\n\r\n")
    return b"DKIM-Signature: %s %s\r\n" % (digest(head + b"\r\n\r\n"), digest(body))


def with_pen(it: Stage, pen: Pen, executor: ThreadPoolExecutor) -> None:
    it.dispatcher = it.new_dispatcher(signer=pen, executor=executor)


def prefixes(sender: ScriptedSender) -> set[bytes]:
    return {transaction.prefix for _, _, transaction in sender.seen}


def test_mail_for_other_hosts_is_signed_once_in_a_thread(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, start=False, dkim_domains=("tinh.test",)) as it:
            with ThreadPoolExecutor(1, "pen") as executor:
                pen = Pen()
                with_pen(it, pen, executor)
                await it.send(foreign("a@bo.test"), foreign("b@so.test"))
                await it.until_states("relayed", "relayed")
                assert prefixes(it.sender) == {signature_of(BODY) + b"Received: by mail.tinh.test\r\n"}
                assert len(pen.threads) == 1
                assert pen.threads[0].startswith("pen")

    asyncio.run(story())


def test_our_own_mailboxes_and_strangers_are_not_signed_for(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, start=False, dkim_domains=("tinh.test",)) as it:
            with ThreadPoolExecutor(1) as executor:
                pen = Pen()
                with_pen(it, pen, executor)
                await it.send(local("binh"))
                await it.send(foreign("a@bo.test"), body=BODY.replace(b"an@tinh.test", b"an@la.test"))
                await it.until_states("delivered", "relayed")
                assert pen.threads == []

    asyncio.run(story())


def test_mail_leaves_unsigned_when_no_signature_can_be_made(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, start=False, dkim_domains=("tinh.test",)) as it:
            with ThreadPoolExecutor(1) as executor:
                with_pen(it, Pen(ValueError("no key")), executor)
                await it.send(foreign("a@bo.test"))
                await it.until_states("relayed")
                assert prefixes(it.sender) == {b"Received: by mail.tinh.test\r\n"}

    asyncio.run(story())


def test_a_body_on_disk_is_signed_as_it_is_read(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, start=False, dkim_domains=("tinh.test",)) as it:
            with ThreadPoolExecutor(1) as executor:
                with_pen(it, Pen(), executor)
                message = new_message(foreign("a@bo.test"), body=LARGE)
                message.body = await store_bytes(it.bodies, LARGE)
                await it.accept(message)
                it.dispatcher.offer(message)
                await it.until_states("relayed")
                assert prefixes(it.sender) == {signature_of(LARGE) + b"Received: by mail.tinh.test\r\n"}

    asyncio.run(story())
