"""The register of addresses that are never given again, as it travels between provinces: keyed hashes only.

Export writes every hash that stands in the directory (on entries and as reservations). Import plans one reservation
entry per hash that is not there yet; the other province's key comes separately (`congvu keys import`), because hashes
without the key reserve nothing that we could recognise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from foundation.directory import schema
from foundation.directory.lookup import Directory
from foundation.errors import InputError, Problem, UsageError
from foundation.language import Text
from provisioner.changes import Change
from provisioner.planning.attributes import generalized_time
from provisioner.settings import Settings

FORMAT = "congvu-reservations 1"
LARGEST_FILE_BYTES = 1 << 30
"""Ten million hashes of 42 bytes are 420 MB."""

_DIGEST = re.compile(r"[0-9a-f]{8}:[0-9a-f]{32}\Z")
_WHY = Text("địa chỉ đã cấp ở tỉnh nhập vào", "address given in a merged province")


def stored(directory: Directory, settings: Settings) -> set[str]:
    """Every hash in the directory."""
    found: set[str] = set()
    for entry in directory.search(settings.subtrees.base, f"({schema.ADDRESS_HASH}=*)", (schema.ADDRESS_HASH,)):
        found.update(entry.values(schema.ADDRESS_HASH))
    return found


def export_lines(digests: Iterable[str], organisation: str) -> Iterator[str]:
    """The lines of an export file: a header, then one hash a line, sorted."""
    yield json.dumps({"format": FORMAT, "organisation": organisation}, ensure_ascii=False)
    yield from sorted(digests)


def read_export(path: Path) -> list[str]:
    """The hashes of an export file. Raises UsageError, InputError with every bad line."""
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise InputError(Text("tệp quá lớn", "the file is too large"))
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(
            Text("không mở được {path}: {why}", "cannot open {path}: {why}").format(path=path, why=error.strerror)
        ) from error
    except UnicodeDecodeError as error:
        raise _not_an_export(path) from error
    if not lines or f'"{FORMAT}"' not in lines[0]:
        raise _not_an_export(path)
    bad = [(row, line) for row, line in enumerate(lines[1:], 2) if not _DIGEST.match(line)]
    if bad:
        message = Text("không phải mã băm địa chỉ", "not a hash of an address")
        problems = tuple(Problem("error", message, path.name, row, value=line[:60]) for row, line in bad[:100])
        raise InputError(
            Text("{count} dòng hỏng trong {path}", "{count} bad lines in {path}").format(count=len(bad), path=path),
            problems=problems,
        )
    return lines[1:]


def plan_import(digests: Iterable[str], known: set[str], settings: Settings, now: datetime) -> list[Change]:
    """One reservation per hash that the directory does not hold yet."""
    since = generalized_time(now)
    return [
        Change(
            "reservation",
            "create",
            "",
            f"{schema.ADDRESS_HASH}={digest},{settings.subtrees.reservations}",
            "",
            {},
            {
                "objectClass": ("top", schema.RESERVATION_CLASS),
                schema.ADDRESS_HASH: (digest,),
                schema.RESERVED_SINCE: (since,),
            },
            _WHY,
        )
        for digest in sorted(set(digests) - known)
    ]


def _not_an_export(path: Path) -> InputError:
    return InputError(
        Text("{path} không phải tệp xuất của sổ địa chỉ", "{path} is not an export of an address register").format(
            path=path
        ),
        Text("tạo bằng: provision reservations export TỆP", "made by: provision reservations export FILE"),
    )
