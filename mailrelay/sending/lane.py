"""One destination: what waits for it, its connections, and when another connection is worth opening.

It promises that whatever waits is either taken by a connection or ends with the reason why none could be made, that
there are never more connections than allowed, and that a failure to open one does not disturb those that work. It
knows no message formats and no protocol; it does not retry (the dispatcher does).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Final

from mailrelay.sending.attempt import Attempt
from mailrelay.sending.channel import Channel
from mailrelay.sending.features import Features
from mailrelay.sending.opening import Plan, open_channel
from mailrelay.sending.replies import our_reply
from mailrelay.sending.targets import Target
from mailrelay.sending.transactions import RecipientResult, Result

if TYPE_CHECKING:
    from mailrelay.sending.pool import Sender

_LOG: Final = logging.getLogger("congvu.mailrelay.sending")
PER_RESTING_CONNECTION: Final = 2
"""Messages for each one that is woken: the second's envelope goes out in one write with the first's body. One message
alone never waits for another; when they come faster than they leave, every connection is woken."""
FEWER_CONNECTIONS_SECONDS: Final = 30.0
"""A peer that refuses one connection more while others work is asked again after this time."""


class Lane:
    """A queue and its channels. All methods run on the loop's thread."""

    def __init__(self, sender: Sender, plan: Plan, connections: int) -> None:
        self.plan = plan
        self.in_flight = 0
        self.channels: set[Channel] = set()
        self._idle: list[Channel] = []
        self._sender = sender
        self._loop = sender.loop
        self._connections = connections
        self._waiting: deque[Attempt] = deque()
        self._opening: set[asyncio.Task[None]] = set()
        self._enough_until = 0.0
        self._woken = False
        self._retired = False

    # --- what the sender asks

    def submit(self, attempt: Attempt) -> None:
        """Take one more; it goes out soon, never before this returns."""
        self.in_flight += 1
        self._waiting.append(attempt)
        self.wake()

    def wake(self) -> None:
        """Look for work in the loop's next round; everything submitted meanwhile is seen at once."""
        if not self._woken:
            self._woken = True
            self._loop.call_soon(self._look)

    @property
    def has_waiting(self) -> bool:
        """Whether something waits that no connection has taken."""
        return bool(self._waiting)

    @property
    def is_empty(self) -> bool:
        """Nothing waits, nothing is under way, no connection is open."""
        return not (self.in_flight or self.channels or self._opening)

    @property
    def open_connections(self) -> int:
        """Connections that exist or are being made."""
        return len(self.channels) + len(self._opening)

    def retire(self) -> None:
        """Let every connection end once it rests; what waits is still delivered by the settings it came with."""
        self._retired = True
        for channel in list(self.channels):
            channel.quit()

    def give_up_one_idle(self) -> bool:
        """Close one resting connection for the sake of another destination."""
        if not self._idle:
            return False
        self._idle[0].quit()
        return True

    def refuse_waiting(self, result: RecipientResult, unreachable: bool = False) -> None:
        """End everything that no connection has taken yet."""
        while self._waiting:
            attempt = self._waiting.popleft()
            attempt.settle(result)
            self.finished(attempt, attempt.outcome("", "", takes_dsn=False)._replace(unreachable=unreachable))

    def abort(self) -> None:
        """End everything now; what is under way ends as temporary or unknown."""
        for task in list(self._opening):
            task.cancel()
        for channel in list(self.channels):
            channel.cut(our_reply(421, "4.3.2", "the relay is stopping"))

    async def closed(self) -> None:
        """Wait until no set-up is running any more."""
        if self._opening:
            await asyncio.wait(self._opening)

    # --- what channels ask (channel.Owner)

    def next_attempt(self) -> Attempt | None:
        """The oldest that waits."""
        return self._waiting.popleft() if self._waiting else None

    def give_back(self, attempt: Attempt) -> None:
        """A connection broke before it said anything about this one: it is next in turn."""
        attempt.begin_anew()
        attempt.resubmits += 1
        self._waiting.appendleft(attempt)
        self.wake()

    def finished(self, attempt: Attempt, result: Result) -> None:
        """Tell the result; a fault of whoever listens must not break the connection."""
        self.in_flight -= 1
        self._sender.landed(self)
        try:
            attempt.transaction.done(result)
        except Exception:
            _LOG.error("a result could not be taken", exc_info=True)

    def idle(self, channel: Channel) -> None:
        """This channel has nothing to do."""
        if self._retired:
            channel.quit()
        else:
            self._idle.append(channel)
            if self._waiting:
                self.wake()

    def leaving(self, channel: Channel) -> None:
        """This channel takes nothing any more."""
        if channel in self._idle:
            self._idle.remove(channel)

    def gone(self, channel: Channel) -> None:
        """This channel has ended."""
        self.leaving(channel)
        self.channels.discard(channel)
        self._sender.connection_ended(self)
        if self._waiting:
            self.wake()

    # --- connections

    def _look(self) -> None:
        self._woken = False
        wanted = -(-len(self._waiting) // PER_RESTING_CONNECTION)
        for _ in range(min(wanted, len(self._idle))):
            self._idle.pop().wake()
        for _ in range(self._worth_opening()):
            if not self._sender.may_open(self):
                break
            task = self._loop.create_task(self._open())
            self._opening.add(task)
            task.add_done_callback(self._opened)

    def _worth_opening(self) -> int:
        """As many as there is work for; but the first alone, to learn whether the destination answers at all."""
        wanted = min(len(self._waiting), self._connections - len(self.channels)) - len(self._opening)
        if not self.channels:
            return min(wanted, 1 - len(self._opening))
        return 0 if self._loop.time() < self._enough_until else wanted

    async def _open(self) -> None:
        """Resolve, then try one target after the other until one takes us."""
        targets = await self._sender.resolver.resolve(self.plan.hop)
        if isinstance(targets, RecipientResult):
            self._failed(targets)
            return
        failure: RecipientResult | None = None
        for target in self._sender.preferred(targets):
            opened = await open_channel(self._loop, self.plan, target, self._sender.speaks_clear(target))
            if isinstance(opened, RecipientResult):
                failure = opened
                self._sender.note_failure(target)
                continue
            channel, features = opened
            if channel.closed:
                lost = our_reply(451, "4.4.2", f"the connection to {target.label} was lost before any mail")
                failure = RecipientResult("temporary", lost, "hello")
                continue
            self._note_success(target, channel, features.starttls)
            self.channels.add(channel)
            self._begin(channel, features)
            return
        if failure is not None:
            self._failed(failure)

    def _begin(self, channel: Channel, features: Features) -> None:
        try:
            channel.begin(self, features)
        except Exception as fault:
            _LOG.error("a connection could not begin its work", exc_info=True)
            channel.cut(our_reply(451, "4.3.0", f"our fault: {fault!r}"))

    def _note_success(self, target: Target, channel: Channel, offers_tls: bool) -> None:
        self._sender.note_success(target)
        if offers_tls and not channel.tls and self.plan.policy.level == "opportunistic":
            self._sender.note_clear(target)

    def _failed(self, result: RecipientResult) -> None:
        if self.channels:
            self._enough_until = self._loop.time() + FEWER_CONNECTIONS_SECONDS
        else:
            self.refuse_waiting(result, unreachable=result.kind == "temporary")

    def _opened(self, task: asyncio.Task[None]) -> None:
        self._opening.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            _LOG.error("a connection could not be opened", exc_info=fault)
            self._failed(RecipientResult("temporary", our_reply(451, "4.3.0", f"our fault: {fault!r}"), "connect"))
        self._sender.connection_ended(self)
        if self._waiting:
            self.wake()
