"""The sender: takes transactions for next hops, keeps connections per destination, tells every result once.

A destination is a hop with its TLS policy (and its domain, where MX records are asked): that has one lane. Promises:
at most `concurrency.connections` connections in all and `connections_per_destination` to one, an idle one is closed
for a destination that waits; memory is bounded by what is submitted. It keeps no queue of its own beyond that, and
never tries a message a second time after a peer has spoken of it: that is the dispatcher's decision.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from typing import Final

from mailrelay.sending.attempt import Attempt
from mailrelay.sending.lane import Lane
from mailrelay.sending.opening import Plan
from mailrelay.sending.replies import our_reply
from mailrelay.sending.resolver import Resolver
from mailrelay.sending.routing import SMTP_PORT, tls_policy
from mailrelay.sending.targets import Target
from mailrelay.sending.timeouts import DEFAULT_TIMEOUTS, Timeouts
from mailrelay.sending.transactions import OutgoingTransaction, RecipientResult
from mailrelay.settings import NextHop, RelaySettings, TlsPolicy

WAITING_PER_CONNECTION: Final = 8
"""What keeps a pipelined connection busy between two commits of the dispatcher: one under way, one announced ahead, and
the group that arrives while those are sent."""
AVOID_SECONDS: Final = 60.0
"""How long a target that could not be connected to is tried last."""
CLEAR_SECONDS: Final = 3600.0
"""How long a target whose TLS failed is spoken to in clear (opportunistic only) before TLS is tried again."""
REMEMBERED: Final = 1000

_STOPPING = RecipientResult("temporary", our_reply(421, "4.3.2", "the relay is stopping"), "connect")

_LaneKey = tuple[NextHop, TlsPolicy, str]


class Sender:
    """The pool. All methods run on the loop's thread."""

    def __init__(
        self,
        settings: RelaySettings,
        loop: asyncio.AbstractEventLoop,
        *,
        resolver: Resolver | None = None,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
    ) -> None:
        self.loop = loop
        self.resolver = resolver or _resolver_for(settings)
        self._given_resolver = resolver
        self._timeouts = timeouts
        self._settings = settings
        self._lanes: dict[_LaneKey, Lane] = {}
        self._retired: set[Lane] = set()
        self._keys: dict[tuple[NextHop, str], _LaneKey] = {}
        self._in_flight: dict[NextHop, int] = {}
        self._starved: deque[Lane] = deque()
        self._avoided: dict[Target, float] = {}
        self._clear: dict[Target, float] = {}
        self._closing = False
        self._all_landed = asyncio.Event()

    # --- the public room

    def submit(self, hop: NextHop, domain: str, transaction: OutgoingTransaction) -> None:
        """Try once to hand the transaction to the hop; `transaction.done` tells the result, later. `domain` is the
        recipients' (for a fixed hop it only chooses the TLS policy)."""
        attempt = Attempt(transaction)
        lane = self._lane(hop, domain)
        self._in_flight[hop] = self._in_flight.get(hop, 0) + 1
        if self._closing:  # scheduled before the lane looks for work, so that it opens nothing
            self.loop.call_soon(lane.refuse_waiting, _STOPPING)
        lane.submit(attempt)

    def capacity(self, hop: NextHop) -> int:
        """How many more transactions for this hop keep its connections busy; 0 when it has enough."""
        limit = self._settings.concurrency.connections_per_destination * WAITING_PER_CONNECTION
        return max(limit - self._in_flight.get(hop, 0), 0)

    @property
    def in_flight(self) -> int:
        """Transactions whose result is not told yet."""
        return sum(self._in_flight.values())

    @property
    def connections(self) -> int:
        """Connections that exist or are being made."""
        return sum(lane.open_connections for lane in self._every_lane())

    def reload(self, settings: RelaySettings) -> None:
        """Use these settings for what is submitted from now on; what was submitted before ends as it began."""
        self._settings = settings
        self.resolver = self._given_resolver or _resolver_for(settings)
        self._keys.clear()
        self._avoided.clear()
        self._clear.clear()
        for lane in self._lanes.values():
            lane.retire()
            self._retired.add(lane)
        self._lanes = {}
        for lane in list(self._retired):
            self._forget_if_empty(lane)

    async def close(self, timeout_seconds: float = 0) -> None:
        """Stop: what waits ends as temporary, what is under way may end within this time, the rest is cut."""
        self._closing = True
        for lane in self._every_lane():
            lane.refuse_waiting(_STOPPING)
            lane.retire()
        try:
            async with asyncio.timeout(timeout_seconds):
                while self.in_flight:
                    self._all_landed.clear()
                    await self._all_landed.wait()
        except TimeoutError:
            pass
        for lane in self._every_lane():
            lane.abort()
            lane.refuse_waiting(_STOPPING)  # what came back from the connections that were cut
        for lane in self._every_lane():
            await lane.closed()

    # --- what lanes ask

    def landed(self, lane: Lane) -> None:
        """One transaction of this lane has its result."""
        hop = lane.plan.hop
        left = self._in_flight[hop] - 1
        if left:
            self._in_flight[hop] = left
        else:
            del self._in_flight[hop]
            if not self._in_flight:
                self._all_landed.set()

    def may_open(self, lane: Lane) -> bool:
        """Whether there is room for one more connection; else the lane is woken when there is."""
        if self.connections < self._settings.concurrency.connections:
            return True
        for other in self._every_lane():
            if other is not lane and other.give_up_one_idle():
                break
        if lane not in self._starved:
            self._starved.append(lane)
        return False

    def connection_ended(self, lane: Lane) -> None:
        """There may be room for a destination that waits for it; a lane that is done is forgotten."""
        while self._starved:
            starved = self._starved.popleft()
            if starved.has_waiting:
                starved.wake()
                break
        self._forget_if_empty(lane)

    def preferred(self, targets: tuple[Target, ...]) -> list[Target]:
        """The targets, those last that could not be reached a moment ago."""
        now = self.loop.time()
        return sorted(targets, key=lambda target: self._avoided.get(target, 0.0) > now)

    def speaks_clear(self, target: Target) -> bool:
        """Whether opportunistic TLS failed there lately."""
        return self._clear.get(target, 0.0) > self.loop.time()

    def note_failure(self, target: Target) -> None:
        """It could not be reached."""
        _remember(self._avoided, target, self.loop.time() + AVOID_SECONDS)

    def note_success(self, target: Target) -> None:
        """It was reached."""
        self._avoided.pop(target, None)

    def note_clear(self, target: Target) -> None:
        """It offers TLS that does not work."""
        _remember(self._clear, target, self.loop.time() + CLEAR_SECONDS)

    # --- lanes

    def _lane(self, hop: NextHop, domain: str) -> Lane:
        key = self._keys.get((hop, domain))
        if key is None:
            policy = tls_policy(domain, hop, self._settings)
            key = (hop, policy, domain if hop.mx else "")
            if len(self._keys) >= REMEMBERED:
                self._keys.clear()
            self._keys[hop, domain] = key
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = self._new_lane(hop, key[1], domain)
        return lane

    def _new_lane(self, hop: NextHop, policy: TlsPolicy, domain: str) -> Lane:
        concurrency = self._settings.concurrency
        plan = Plan(
            hop=hop,
            domain=domain,
            policy=policy,
            tls=self._settings.tls,
            hostname=self._settings.hostname,
            timeouts=replace(self._timeouts, idle=concurrency.idle_seconds),
            messages=concurrency.messages_per_connection,
        )
        return Lane(self, plan, concurrency.connections_per_destination)

    def _every_lane(self) -> list[Lane]:
        return [*self._lanes.values(), *self._retired]

    def _forget_if_empty(self, lane: Lane) -> None:
        if not lane.is_empty:
            return
        if lane in self._retired:
            self._retired.discard(lane)
            return
        for key, known in self._lanes.items():
            if known is lane:
                del self._lanes[key]
                return


def _resolver_for(settings: RelaySettings) -> Resolver:
    ports = frozenset({SMTP_PORT, *(listener.port for listener in settings.listeners)})
    return Resolver(settings.hostname, ports, settings.nameservers)


def _remember(memory: dict[Target, float], target: Target, until: float) -> None:
    if len(memory) >= REMEMBERED:
        del memory[next(iter(memory))]
    memory[target] = until
