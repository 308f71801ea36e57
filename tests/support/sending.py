"""What tests of the sender share: settings in one line, and a sender on a loop of its own for the length of a test."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from mailrelay.envelope import Recipient
from mailrelay.sending.pool import Sender
from mailrelay.sending.resolver import Resolver
from mailrelay.sending.transactions import OutgoingTransaction, Result
from mailrelay.settings import Directory, NextHop, RelaySettings
from tests.support.channel_stage import transaction

_NOWHERE = Directory("", "", "", "", "", "")


def settings(**changes: Any) -> RelaySettings:
    """A relay of tinh.test that listens nowhere."""
    values: dict[str, Any] = {
        "hostname": "relay.tinh.test",
        "domains": ("tinh.test",),
        "language": "vi",
        "timezone": "Asia/Ho_Chi_Minh",
        "spool": Path("/nonexistent"),
        "control_socket": Path("/nonexistent/control"),
        "directory": _NOWHERE,
    }
    return RelaySettings(**values | changes)


class Post:
    """Hands transactions to a sender and waits for their results."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender

    def begin(self, hop: NextHop, *given: OutgoingTransaction, domain: str = "xa.test") -> list[asyncio.Future[Result]]:
        """Submit these transactions; their results to come, in their order."""
        answers: list[asyncio.Future[Result]] = []
        for each in given:
            answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
            each.done = answer.set_result
            answers.append(answer)
            self.sender.submit(hop, domain, each)
        return answers

    async def send(self, hop: NextHop, *given: OutgoingTransaction, domain: str = "xa.test") -> list[Result]:
        """The results of these transactions, in their order, submitted at once."""
        return list(await asyncio.gather(*self.begin(hop, *given, domain=domain)))

    async def one(self, hop: NextHop, *recipients: str | Recipient, domain: str = "xa.test", **changes: Any) -> Result:
        """The result of one transaction to these recipients."""
        (result,) = await self.send(hop, transaction(*recipients, **changes), domain=domain)
        return result


def with_sender(
    scene: Callable[[Post], Awaitable[None]],
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
    **changes: Any,
) -> None:
    """Play a scene with a sender; `resolver` and `timeouts` are the sender's, other changes the settings'."""
    own = {name: changes.pop(name) for name in ("resolver", "timeouts") if name in changes}

    async def play() -> None:
        sender = Sender(settings(**changes), asyncio.get_running_loop(), **own)
        try:
            await asyncio.wait_for(scene(Post(sender)), 60)
        finally:
            await sender.close()

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(play())


def resolver_at(port: int, timeout_seconds: float = 5) -> Resolver:
    """A resolver that asks a DNS server on loopback and shuffles nothing."""
    return Resolver(
        "relay.tinh.test",
        nameservers=[("127.0.0.1", port)],
        timeout_seconds=timeout_seconds,
        shuffle=lambda entries: None,
    )
