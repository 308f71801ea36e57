"""What the two kinds of lock share: their names, and the words for a lock that somebody else holds.

Also the lock of a SQLite database: flock on a small file beside it, which the kernel releases when its holder dies,
however it dies. The file stays, holding who took it last; deleting it would let two runs lock two different files.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from foundation import clock
from foundation.errors import Busy
from foundation.language import Text
from foundation.storage.failures import cannot_open
from foundation.system_errors import reason_of

_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}\Z")


def check_lock_name(name: str) -> str:
    """A lock's name becomes part of a file name; raises ValueError (our bug) if it cannot."""
    if not _NAME.match(name):
        raise ValueError(f"not a name for a lock: {name!r}")
    return name


def busy(name: str, holder: Text | None) -> Busy:
    """The error for a lock that is taken; `holder` says by whom, if that is known."""
    return Busy(
        Text("một lần chạy khác đang giữ khóa {name}{holder}", "another run holds the lock {name}{holder}").format(
            name=name, holder=holder or Text("", "")
        ),
        Text("chờ lần chạy đó xong rồi thử lại", "wait until that run has finished, then try again"),
    )


def holder(process: str, since: str) -> Text:
    """Who holds a lock, as the end of a sentence."""
    return Text(": tiến trình {process}, từ {since}", ": process {process}, since {since}").format(
        process=process, since=since
    )


class FileLock:
    """A held flock; nothing takes it from a living process, so there is nothing to check."""

    def check(self) -> None:
        return None


@contextmanager
def file_lock(path: Path, name: str) -> Iterator[FileLock]:
    """Hold the lock of this file; raises Busy at once when another holder has it (in this process too)."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise cannot_open(str(path), reason_of(error)) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise busy(name, _signed(descriptor)) from None
        _sign(descriptor)
        yield FileLock()
    finally:
        os.close(descriptor)


def _sign(descriptor: int) -> None:
    """Say who holds the lock; a full disk must not stop a run here, so failing to say it is accepted."""
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {clock.now().isoformat(timespec='seconds')}\n".encode(), 0)
    except OSError:
        return


def _signed(descriptor: int) -> Text | None:
    words = os.pread(descriptor, 200, 0).decode("ascii", "replace").split()
    return holder(words[0], words[1]) if len(words) == 2 else None
