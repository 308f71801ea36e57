"""A stage for one channel without sockets: a loop whose time the test moves, a transport that keeps what is written, an
owner with a list of work. The test plays the peer and says its lines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from mailrelay.envelope import Recipient
from mailrelay.sending.attempt import Attempt
from mailrelay.sending.channel import Channel
from mailrelay.sending.features import Features
from mailrelay.sending.timeouts import Timeouts
from mailrelay.sending.transactions import OutgoingTransaction, ReadDone, RecipientResult, Result

ALL = Features(pipelining=True, size=True, eight_bit=True, smtputf8=True, dsn=True)
SINGLE = ALL._replace(pipelining=False)
OK = b"250 2.0.0 Ok\r\n"
GO = b"354 go ahead\r\n"


class MemoryBody:
    """A body whose reads answer at once, or when the test says so (`by_hand`)."""

    def __init__(self, data: bytes, *, inline: bool = True, by_hand: bool = False) -> None:
        self.data = data
        self.size = len(data)
        self.inline = data if inline else None
        self.fault: Exception | None = None
        self.pieces: dict[int, bytes] = {}
        self.waiting: list[Callable[[], None]] = []
        self._by_hand = by_hand

    def piece_at(self, offset: int) -> bytes | None:
        """What the test has put there."""
        return self.pieces.get(offset)

    def read(self, offset: int, length: int, done: ReadDone) -> None:
        """One slice, or the fault that the test has set."""

        def answer() -> None:
            done(None if self.fault else self.data[offset : offset + length], self.fault)

        if self._by_hand:
            self.waiting.append(answer)
        else:
            answer()


def transaction(
    *recipients: str | Recipient, body: MemoryBody | bytes = b"Subject: x\r\n\r\nxin chao\r\n", **changes: Any
) -> OutgoingTransaction:
    """A transaction from an@tinh.test; `results` of its tests are kept by the stage."""
    stored = MemoryBody(body) if isinstance(body, bytes) else body
    values: dict[str, Any] = {
        "sender": "an@tinh.test",
        "recipients": tuple(each if isinstance(each, Recipient) else Recipient(each) for each in recipients),
        "prefix": b"",
        "body": stored,
        "size": stored.size,
        "eight_bit": False,
        "smtputf8": False,
        "returned": "",
        "identifier": "",
        "done": lambda result: None,
    }
    return OutgoingTransaction(**values | changes)


class Stage:
    """The channel and everything around it. `results` are those told, `back` what was given back."""

    def __init__(self, features: Features = ALL, *, lmtp: bool = False, messages: int = 1000) -> None:
        self.now = 0.0
        self.work: list[Attempt] = []
        self.results: list[Result] = []
        self.back: list[Attempt] = []
        self.resting = 0
        self.ended = 0
        self.transport = _Transport()
        self._timers: list[_Timer] = []
        self.timeouts = Timeouts()
        self.channel = Channel(
            cast(asyncio.AbstractEventLoop, self),
            self.timeouts,
            lmtp=lmtp,
            label="peer[192.0.2.1]:25",
            messages=messages,
        )
        self.channel.connection_made(cast(asyncio.Transport, self.transport))
        self.channel.data_received(b"220 peer ready\r\n")
        self._features = features

    # --- what the test does

    def give(self, *transactions: OutgoingTransaction) -> Stage:
        """Work for the channel, which begins or is woken."""
        self.work.extend(Attempt(each) for each in transactions)
        if self.channel.owner is None:
            self.channel.begin(self, self._features)
        else:
            self.channel.wake()
        return self

    def say(self, *lines: bytes) -> bytes:
        """The peer says this in one piece; what the channel wrote in answer."""
        self.transport.written.clear()
        self.channel.data_received(b"".join(lines))
        return self.written

    @property
    def written(self) -> bytes:
        """What was written since the peer last spoke."""
        return b"".join(self.transport.written)

    def pass_seconds(self, seconds: float) -> None:
        """Time passes; timers that are due fire in order."""
        until = self.now + seconds
        while due := [timer for timer in self._timers if not timer.gone and timer.at <= until]:
            first = min(due, key=lambda timer: timer.at)
            first.gone = True
            self.now = max(self.now, first.at)
            first.callback()
        self.now = until

    def kinds(self) -> list[list[str]]:
        """The kinds of all results."""
        return [[recipient.kind for recipient in result.recipients] for result in self.results]

    def only(self) -> RecipientResult:
        """The one recipient of the one result."""
        (result,) = self.results
        (recipient,) = result.recipients
        return recipient

    # --- the loop, as far as a channel uses it

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[], None]) -> _Timer:
        self._timers = [timer for timer in self._timers if not timer.gone]
        timer = _Timer(when, callback)
        self._timers.append(timer)
        return timer

    def create_future(self) -> _Answer:
        return _Answer()

    # --- the owner

    def next_attempt(self) -> Attempt | None:
        return self.work.pop(0) if self.work else None

    def give_back(self, attempt: Attempt) -> None:
        self.back.append(attempt)

    def finished(self, attempt: Attempt, result: Result) -> None:
        assert len(result.recipients) == len(attempt.transaction.recipients)
        self.results.append(result)
        attempt.transaction.done(result)

    def idle(self, channel: Channel) -> None:
        self.resting += 1

    def leaving(self, channel: Channel) -> None:
        pass

    def gone(self, channel: Channel) -> None:
        self.ended += 1


class _Answer:
    """A future as far as a channel uses it."""

    def __init__(self) -> None:
        self.value: bytes | None = None

    def done(self) -> bool:
        return self.value is not None

    def set_result(self, value: bytes) -> None:
        self.value = value


class _Timer:
    def __init__(self, at: float, callback: Callable[[], None]) -> None:
        self.at = at
        self.callback = callback
        self.gone = False

    def when(self) -> float:
        return self.at

    def cancel(self) -> None:
        self.gone = True


class _Transport:
    """Keeps what is written; `aborted` when the connection was cut."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.aborted = False

    def set_write_buffer_limits(self, high: int, low: int) -> None:
        pass

    def write(self, data: bytes) -> None:
        assert not self.aborted, data
        self.written.append(data)

    def abort(self) -> None:
        self.aborted = True
