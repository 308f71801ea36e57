"""The address book on disk, so that a restart while the directory is down still knows everybody.

One line of JSON each: first what the file is, then as many entries as it says, then changes as they came (appended
without fsync: what a power failure takes is read from the directory again). A whole new file takes the place of the old
one after every whole reading. The file holds addresses of people and is 0600.

A file that is damaged, foreign or of another format is as good as none; only a torn last line is forgiven. The copy
is no truth: entries from it serve those they name, and deny nobody.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from sys import intern
from typing import Any, Final, get_args

from foundation import atomic_files, clock
from mailrelay.policy.addressbook import AddressBook, Kind, Known

FILE_NAME: Final = "address-book"
_FORMAT: Final = "congvu address book 1"
_FLUSH_LINES: Final = 1000
_KINDS: Final[dict[str, Kind]] = {kind: kind for kind in get_args(Kind)}


class BookCopy:
    """The file in the spool folder."""

    def __init__(self, spool: Path) -> None:
        self.path = spool / FILE_NAME

    def save(self, book: AddressBook) -> None:
        """Write the whole book. Raises OSError."""
        entries = book.entries()
        with atomic_files.replacing(self.path) as file:
            file.write(_line({"format": _FORMAT, "saved_at": clock.now_microseconds(), "entries": len(entries)}))
            file.write(_line({"domains": sorted(book.agency_domains), "names": book.names}))
            for start in range(0, len(entries), _FLUSH_LINES):
                file.write(b"".join(map(_entry_line, entries[start : start + _FLUSH_LINES])))

    def append(self, changed: Iterable[Known], names: Mapping[str, str], domains: Iterable[str]) -> None:
        """Add what has changed since the last `save`; without one, nothing. Raises OSError."""
        if not self.path.exists():
            return
        with self.path.open("ab") as file:
            file.write(b"".join(map(_entry_line, changed)) + _line({"domains": sorted(domains), "names": dict(names)}))

    def load(self, book: AddressBook) -> bool:
        """Fill the book; whether there was a usable file. Raises nothing."""
        try:
            with self.path.open("rb") as file:
                lines = iter(file)
                head = json.loads(next(lines))
                if head["format"] != _FORMAT or _loaded(lines, book) < head["entries"]:
                    return False
        except (OSError, ValueError, KeyError, TypeError, StopIteration, AttributeError):
            return False
        book.use_saved()
        return True


def _loaded(lines: Iterator[bytes], book: AddressBook) -> int:
    """Put the lines into the book; how many entries there were."""
    count = 0
    for line in lines:
        if not line.endswith(b"\n"):
            break  # the machine stopped in the middle of an append
        value = json.loads(line)
        if isinstance(value, dict):
            book.use_domains(of_agencies=value["domains"])
            for name, uid in value["names"].items():
                book.call(name, uid)
            continue
        kind, uid, addresses, state, members = value
        book.put([Known(_KINDS[kind], uid, tuple(addresses), intern(state), tuple(map(book.shared, members)))])
        count += 1
    return count


def _entry_line(known: Known) -> bytes:
    return _line([known.kind, known.uid, known.addresses, known.state, known.members])


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
