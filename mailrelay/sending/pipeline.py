"""The commands of one connection that are on their way or wait for their turn, in order (RFC 2920). No I/O.

Every outstanding reply has its entry, so that it is known what the next one answers, whatever the peer refuses. With
PIPELINING an envelope goes out in one piece; without it, its commands wait here and follow one by one.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from mailrelay.sending.attempt import Attempt
from mailrelay.sending.commands import Envelope
from mailrelay.sending.transactions import Stage

MAIL: Final = 0
RCPT: Final = 1
DATA: Final = 2
DOT: Final = 3
RSET: Final = 4
IGNORED: Final = 5
STAGES: Final[tuple[Stage, ...]] = ("mail", "rcpt", "data", "dot", "mail", "data")
"""Which step a command belongs to, for results; also the order of a channel's time limits."""


class Awaited(NamedTuple):
    """What an outstanding reply answers: a command, of which attempt, for which recipient (RCPT and LMTP's final dot;
    -1: for all that were accepted)."""

    command: int
    attempt: Attempt | None = None
    recipient: int = -1


class Pipeline:
    """`expected`: the outstanding replies. `reset_needed`: the peer may still hold an envelope that came to nothing,
    so that RSET must precede the next."""

    __slots__ = ("expected", "reset_needed", "unsent")

    def __init__(self) -> None:
        self.expected: deque[Awaited] = deque()
        self.unsent: deque[tuple[bytes, Awaited]] = deque()
        self.reset_needed = False

    def announce(self, attempt: Attempt, composed: Envelope, together: bool) -> bytes:
        """What to write for this envelope now: all of it, or its first command."""
        if not together:
            return self._announce_singly(attempt, composed)
        expected = self.expected
        lines = [composed.mail, *composed.recipients, b"DATA\r\n"]
        if self.reset_needed:
            self.reset_needed = False
            lines.insert(0, b"RSET\r\n")
            expected.append(Awaited(RSET))
        expected.append(Awaited(MAIL, attempt))
        for index in composed.indexes:
            expected.append(Awaited(RCPT, attempt, index))
        expected.append(Awaited(DATA, attempt))
        return b"".join(lines)

    def _announce_singly(self, attempt: Attempt, composed: Envelope) -> bytes:
        if self.reset_needed:
            self.reset_needed = False
            self.unsent.append((b"RSET\r\n", Awaited(RSET)))
        self.unsent.append((composed.mail, Awaited(MAIL, attempt)))
        for line, index in zip(composed.recipients, composed.indexes, strict=True):
            self.unsent.append((line, Awaited(RCPT, attempt, index)))
        self.unsent.append((b"DATA\r\n", Awaited(DATA, attempt)))
        return self.next_command()

    def next_command(self) -> bytes:
        """The next command that waits for its turn; it is outstanding from now on."""
        line, awaited = self.unsent.popleft()
        self.expected.append(awaited)
        return line

    def expect_dot(self, attempt: Attempt, lmtp: bool) -> None:
        """The final dot is on its way: one reply, or one for each accepted recipient (RFC 2033 4.2)."""
        if lmtp:
            self.expected.extend(Awaited(DOT, attempt, index) for index in attempt.accepted)
        else:
            self.expected.append(Awaited(DOT, attempt))

    def stage(self) -> Stage:
        """The step whose reply is waited for; none is while a body is being sent."""
        return STAGES[self.expected[0].command] if self.expected else "body"

    def drain(self) -> list[Attempt]:
        """Every attempt under way, each once, in order; nothing is expected any more."""
        awaited = [*self.expected, *(waiting for _, waiting in self.unsent)]
        self.expected.clear()
        self.unsent.clear()
        return list(dict.fromkeys(each.attempt for each in awaited if each.attempt is not None))
