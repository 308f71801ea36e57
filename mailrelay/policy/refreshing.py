"""Keeps the address book true: one thread that asks the directory every twenty seconds.

Mostly it reads one attribute (contextCSN) and sees that nothing has changed; otherwise the entries changed since; once
an hour everything, because only that finds what was deleted. A directory that fails changes nothing in the book, which
from then on denies nobody, and is logged once when it goes and once when it comes back. So a suspension is known within
a minute, and mail goes on without the directory for as long as it takes.

A whole reading that has lost more than half of the entries is not believed for an hour: an empty answer is much more
often a wrong right of access or a half-restored directory than a province without people.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from foundation import clock, logs
from foundation.directory import ConnectionSettings, Directory
from foundation.errors import CongvuError
from foundation.language import Text
from mailrelay.policy.addressbook import AddressBook, Known
from mailrelay.policy.book_copy import BookCopy
from mailrelay.policy.directory_reader import DirectoryReader, earlier
from mailrelay.settings import Directory as Subtrees

CHECK_SECONDS: Final = 20.0
AGAIN_SECONDS: Final = 5.0
"""After a failure: the directory is missed."""
WHOLE_SECONDS: Final = 3600.0
WHOLE_WITHOUT_TIMES_SECONDS: Final = 35.0
"""Without modifyTimestamp only a whole reading finds a suspension, and that has to work within a minute."""
DISBELIEF_SECONDS: Final = 3600.0
_BATCH: Final = 1000
_AREA: Final = "relay.addressbook"


class Disbelieved(CongvuError):
    """A whole reading that lacks too many of those we know."""

    exit_code = 69


def opener(connection: ConnectionSettings) -> Callable[[], Directory]:
    """How the refresher reaches the real directory."""

    def open_directory() -> Directory:
        from foundation.directory.ldap import connect

        return connect(connection)

    return open_directory


class Refresher:
    """The thread, and the same steps for whoever wants them now. `refresh` may be called from any thread."""

    def __init__(
        self,
        book: AddressBook,
        subtrees: Subtrees,
        open_directory: Callable[[], Directory],
        copy: BookCopy | None = None,
        check_seconds: float = CHECK_SECONDS,
    ) -> None:
        self._book = book
        self._subtrees = subtrees
        self._open = open_directory
        self._copy = copy
        self._check_seconds = check_seconds
        self._reader: DirectoryReader | None = None
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._tried = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._marker = ""
        self._since = ""
        self._whole_at: float | None = None
        self._doubted_at: float | None = None
        self._failing: bool | None = None

    # -- the thread -------------------------------------------------------------------------------------------------

    def start(self, wait_seconds: float = 2.0) -> None:
        """Read in a thread until `stop`: the saved copy if the book is empty, then the directory, again and again.

        Returns as soon as the directory has answered once, or has not; at the latest after `wait_seconds`.
        """
        self._thread = threading.Thread(target=self._run, name="address-book", daemon=True)
        self._thread.start()
        self._tried.wait(wait_seconds)

    def stop(self, timeout_seconds: float = 5.0) -> None:
        """End the thread; a reading under way may outlive the timeout, and harms nobody."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout_seconds)
        if self._lock.acquire(timeout=timeout_seconds):
            try:
                self._disconnect()
            finally:
                self._lock.release()

    def hurry(self) -> None:
        """Read again now: somebody knows that something has changed."""
        self._wake.set()

    def _run(self) -> None:
        if self._copy and not self._book.complete and self._copy.load(self._book):
            logs.event(logging.INFO, _AREA, "the saved address book serves", entries=self._book.size)
        while not self._stopping:
            answered = self.refresh()
            self._tried.set()
            self._wake.wait(self._check_seconds if answered else AGAIN_SECONDS)
            self._wake.clear()

    # -- one step ---------------------------------------------------------------------------------------------------

    def refresh(self, whole: bool = False) -> bool:
        """One step now, in this thread; whether the directory confirmed the book. Never raises."""
        with self._lock:
            try:
                self._step(whole)
            except CongvuError as error:
                self._failed(str(error))
                return False
            except Exception as error:  # a bug of ours must not end the thread, or the book would silently grow old
                self._failed(repr(error))
                return False
            self._tell("")
            return True

    def _failed(self, reason: str) -> None:
        self._book.doubt()
        self._disconnect()
        self._tell(reason)

    def _step(self, whole: bool) -> None:
        started = clock.monotonic()
        if self._reader is None:
            self._reader = DirectoryReader(self._open(), self._subtrees, self._book.shared)
        marker = self._reader.marker()
        if whole or self._whole_is_due(started, marker):
            self._read_whole(self._reader, started)
        elif not marker or marker != self._marker:
            self._read_changes(self._reader)
        self._marker = marker
        self._since = max(self._since, self._reader.newest)
        self._book.confirm(started)

    def _whole_is_due(self, now: float, marker: str) -> bool:
        if self._whole_at is None or now - self._whole_at >= WHOLE_SECONDS:
            return True
        if self._since:
            return False
        if marker:  # nobody had a time yet: the directory was empty, and is not any more
            return marker != self._marker
        return now - self._whole_at >= WHOLE_WITHOUT_TIMES_SECONDS

    def _read_whole(self, reader: DirectoryReader, started: float) -> None:
        changed: list[Known] = []
        found: set[str] = set()
        for known in reader.entries():
            found.add(known.uid)
            if self._book.holds(known):
                continue
            changed.append(known)
            if not self._book.complete and len(changed) >= _BATCH:  # nobody is denied anything yet
                self._book.put(changed)
                changed = []
        gone = self._book.missing(found)
        self._doubt(len(found), len(gone), started)
        self._tell_book(reader, changed, gone)
        self._whole_at = started
        self._save(None)

    def _read_changes(self, reader: DirectoryReader) -> None:
        if not self._since:
            return  # a whole reading comes soon
        changed = [known for known in reader.entries(earlier(self._since)) if not self._book.holds(known)]
        domains = self._book.domains
        self._tell_book(reader, changed, ())
        if changed or domains != self._book.domains:
            self._save(changed)

    def _tell_book(self, reader: DirectoryReader, changed: list[Known], gone: tuple[str, ...]) -> None:
        for name, uid in reader.names.items():
            self._book.call(name, uid)
        self._book.use_domains(of_agencies=reader.agency_domains())
        self._book.put(changed, gone)
        if changed or gone:
            logs.event(logging.INFO, _AREA, "the address book has changed", changed=len(changed), gone=len(gone))

    def _doubt(self, found: int, gone: int, now: float) -> None:
        """Refuse to believe that more than half of those we know are gone, until it has been so for an hour."""
        if gone <= found:
            self._doubted_at = None
            return
        if self._doubted_at is None:
            self._doubted_at = now
        if now - self._doubted_at < DISBELIEF_SECONDS:
            raise Disbelieved(
                Text(
                    f"thư mục thiếu {gone} mục mà trước đó có",
                    f"the directory lacks {gone} entries that it had before, and has {found}",
                )
            )

    # -- what can fail ----------------------------------------------------------------------------------------------

    def _save(self, changed: list[Known] | None) -> None:
        """The whole book, or what has changed, to the copy on disk; a full disk does not stop the mail."""
        if self._copy is None:
            return
        try:
            if changed is None:
                self._copy.save(self._book)
            else:
                self._copy.append(changed, self._book.names, self._book.agency_domains)
        except OSError as error:
            logs.event(logging.WARNING, _AREA, "the address book cannot be saved", path=self._copy.path, error=error)

    def _disconnect(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _tell(self, failure: str) -> None:
        """Log when the directory starts to fail and when it is back, not in between."""
        if failure and self._failing is not True:
            age = round(self._book.age_seconds) if self._book.complete and self._failing is False else None
            logs.event(
                logging.ERROR, _AREA, "the directory cannot be read; the last copy serves", why=failure, age_seconds=age
            )
        elif not failure and self._failing:
            logs.event(logging.WARNING, _AREA, "the directory is read again", entries=self._book.size)
        self._failing = bool(failure)
