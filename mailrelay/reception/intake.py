"""Takes one message's content: checks it, keeps its head for the policy, and passes the bytes to the body store.

As soon as something is wrong (the content, the disk, the memory of all sessions together) the bytes stored so far are
abandoned and the rest is read and dropped, so that the peer gets one clear answer at the end of its data. Nothing of a
refused message stays anywhere.
"""

from __future__ import annotations

from typing import Final

from mailrelay.messages.headers import HEAD_LIMIT_BYTES, end_of_head
from mailrelay.reception import replies
from mailrelay.reception.content import ContentCheck
from mailrelay.reception.desk import Desk, WriterProtocol
from mailrelay.reception.replies import Reply
from mailrelay.reception.trouble import BODY, reply_to

BACKLOG_BYTES: Final = 1 << 20
"""What one message may have in memory on its way to the disk before its session stops reading."""
STREAMED_BYTES: Final = 256 * 1024
"""From this backlog on the body store is writing: reading may stop, because room will come."""
TRUSTED_LINE_BYTES: Final = 8192
"""Old scanners and programs in trusted networks write lines of several kilobytes; everywhere else RFC 5322 2.1.1."""


class Intake:
    """One message's content. `refused` is the reply to give at its end, if it is not to be taken."""

    __slots__ = ("_check", "_desk", "_head", "_head_bytes", "_held_bytes", "head_end", "refused", "since", "writer")

    def __init__(self, desk: Desk, declared_bytes: int, trusted: bool) -> None:
        limits = desk.settings.limits
        line_bytes = max(limits.line_bytes, TRUSTED_LINE_BYTES) if trusted else limits.line_bytes
        self._desk = desk
        self._check = ContentCheck(limits.message_bytes, line_bytes)
        self._head: list[bytes] = []
        self._head_bytes = 0
        self._held_bytes = 0
        self.head_end = -1
        self.refused: Reply | None = None
        self.since = desk.now
        self.writer: WriterProtocol | None = desk.bodies.open(declared_bytes)

    @property
    def size(self) -> int:
        """Bytes of content so far; stands still once the message is refused."""
        return self._check.size

    @property
    def eight_bit(self) -> bool:
        """Whether the content has bytes above 127."""
        return self._check.eight_bit

    def announce(self, size: int) -> None:
        """A chunk of so many bytes comes next: one that cannot fit is refused by its size, whatever its bytes are."""
        if self.refused is None and self._check.size + size > self._desk.settings.limits.message_bytes:
            self.refuse(replies.TOO_BIG)

    def take(self, piece: bytes) -> None:
        """The next piece of content, which is not empty."""
        if self.refused is not None or self.writer is None:
            return
        fault = self._check.look(piece)
        if fault is not None:
            self.refuse(fault)
            return
        if self.head_end < 0 and self._head_bytes <= HEAD_LIMIT_BYTES:
            self._gather_head(piece)
        try:
            self.writer.write(piece)
            if self.writer.error is not None:
                raise self.writer.error
        except Exception as error:
            self.refuse(reply_to(error, BODY))
            return
        self.account()
        if self._desk.crowded and self.writer is not None and self.writer.backlog_bytes <= STREAMED_BYTES:
            self.refuse(replies.NO_ROOM)

    def end(self) -> Reply | None:
        """The content is complete: the reply that refuses it, or None."""
        if self.refused is None:
            fault = self._check.end()
            if fault is None and self.head_end < 0 and self._head_bytes > HEAD_LIMIT_BYTES:
                fault = replies.LONG_HEAD
            if fault is not None:
                self.refuse(fault)
        return self.refused

    def head(self) -> bytes:
        """The header section, up to and including the empty line; the whole content when there is no such line."""
        head = self._head[0] if len(self._head) == 1 else b"".join(self._head)
        return head[: self.head_end] if self.head_end >= 0 else head

    def account(self) -> None:
        """What this message holds in memory now, for the budget of all sessions together."""
        writer = self.writer
        if writer is None:
            return
        held = max(writer.backlog_bytes, min(self._check.size, STREAMED_BYTES))
        self._desk.memory_bytes += held - self._held_bytes
        self._held_bytes = held

    def wants_pause(self) -> bool:
        """Whether the session should stop reading until the disk has caught up."""
        if self.writer is None:
            return False
        backlog = self.writer.backlog_bytes
        limits = self._desk.settings.limits
        return backlog > BACKLOG_BYTES or (
            backlog > STREAMED_BYTES and self._desk.memory_bytes > limits.memory_bytes // 2
        )

    def refuse(self, reply: Reply) -> None:
        """Give the message up, at once and without a trace; `reply` is the answer at the end of its data."""
        self.refused = reply
        self.close()

    def close(self) -> None:
        """Forget what is held and abandon the body, unless it was handed on (`hand_over`)."""
        writer, self.writer = self.writer, None
        if writer is not None:
            writer.on_drain = None
            writer.abandon()
        self.forget()

    def hand_over(self) -> WriterProtocol:
        """The writer, which from now on is somebody else's to finish or abandon."""
        writer, self.writer = self.writer, None
        if writer is None:
            raise RuntimeError("the body was abandoned or handed over before")
        writer.on_drain = None
        return writer

    def forget(self) -> None:
        """Nothing of this message is in memory any more."""
        self._head = []
        self._desk.memory_bytes -= self._held_bytes
        self._held_bytes = 0

    def _gather_head(self, piece: bytes) -> None:
        """Empty lines are searched in each piece with what stands before it, which is short: heads come first."""
        if not self._head:
            self.head_end = end_of_head(piece)
            self._head.append(piece[: HEAD_LIMIT_BYTES + 1] if self.head_end < 0 else piece[: self.head_end])
        else:
            joined = b"".join(self._head) + piece[: HEAD_LIMIT_BYTES + 1]
            self.head_end = end_of_head(joined)
            self._head = [joined]
        self._head_bytes = len(self._head[0])
        if self.head_end > HEAD_LIMIT_BYTES:
            self.head_end = -1
