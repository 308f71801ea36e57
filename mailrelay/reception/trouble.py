"""Turns our own failures into replies: always temporary, so that the client keeps the message and tries again.

A full disk is 452 4.3.1, a Message-ID used twice is the client's doing (550), everything else 451 4.3.0.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from typing import Final

from foundation import logs
from foundation.storage import TemporaryFailure
from mailrelay.reception import replies
from mailrelay.reception.replies import Reply
from mailrelay.reception.session_log import AREA
from mailrelay.store.values import RepeatedIdentifier

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_FULL_DATABASE: Final = frozenset({"FullError", "DiskFull"})
"""apsw's and psycopg's names for a disk without room; the storage keeps them as causes of its own errors."""


BODY: Final = "body"
"""The step at which bytes are stored: the body store fails temporarily for one reason only, a full disk."""


def reply_to(error: BaseException, step: str) -> Reply:
    """The reply for a failure of ours at this step, which is logged."""
    if isinstance(error, RepeatedIdentifier):
        return replies.REPEATED_IDENTIFIER
    full = (step == BODY and isinstance(error, TemporaryFailure)) or any(_is_full(each) for each in _causes(error))
    logs.event(
        logging.ERROR,
        AREA,
        "no room for a message" if full else "a message could not be taken",
        step=step,
        kind=type(error).__name__,
        reason=str(error)[:300],
    )
    return replies.NO_ROOM if full else replies.INTERNAL


def _is_full(error: BaseException) -> bool:
    return (isinstance(error, OSError) and error.errno in _FULL) or type(error).__name__ in _FULL_DATABASE


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    for _ in range(10):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or seen.__context__
