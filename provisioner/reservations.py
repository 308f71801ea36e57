"""The register of addresses that are never given again, as it travels between provinces: keyed hashes only.

Export writes every hash that stands in the directory (on entries and as reservations). Import plans one reservation
entry per hash that is not there yet. The other province's key comes separately and first (`congvu keys import`): hashes
without it reserve nothing that we could recognise, stop every later plan, and we may not delete them again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Set
from datetime import datetime
from pathlib import Path

from foundation.directory import schema
from foundation.directory.lookup import Directory
from foundation.errors import InputError, Problem, UsageError
from foundation.language import Text
from foundation.system_errors import reason_of
from provisioner.changes import Change
from provisioner.planning.attributes import generalized_time
from provisioner.settings import Settings

FORMAT = "congvu-reservations 1"
MOST_LINES = 10_000_000
"""Far above what all officials of all provinces were ever given; more is another file, or one to fill our directory."""
LARGEST_FILE_BYTES = 1 << 30
"""Ten million hashes of 42 bytes are 420 MB."""

_BAD_LINES_LISTED = 100

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
    """The hashes of an export file, as often as it names them. Raises UsageError, InputError with its bad lines."""
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise InputError(Text("tệp quá lớn", "the file is too large"))
        with path.open(encoding="utf-8") as file:
            return _digests(file, path)
    except OSError as error:
        raise UsageError(
            Text("không mở được {path}: {why}", "cannot open {path}: {why}").format(path=path, why=reason_of(error))
        ) from error
    except UnicodeDecodeError as error:
        raise _not_an_export(path) from error


def _digests(lines: Iterator[str], path: Path) -> list[str]:
    if f'"{FORMAT}"' not in next(lines, ""):
        raise _not_an_export(path)
    found: list[str] = []
    problems: list[Problem] = []
    bad_count = 0
    for row, line in enumerate(lines, 2):
        digest = line.removesuffix("\n")
        if row - 1 > MOST_LINES:
            raise InputError(
                Text("{path} có hơn {count} mã băm", "{path} has more than {count} hashes").format(
                    path=path, count=MOST_LINES
                )
            )
        if _DIGEST.match(digest):
            found.append(digest)
            continue
        bad_count += 1
        if bad_count <= _BAD_LINES_LISTED:
            message = Text("không phải mã băm địa chỉ", "not a hash of an address")
            problems.append(Problem("error", message, path.name, row, value=digest[:60]))
    if bad_count:
        raise InputError(
            Text("{count} dòng hỏng trong {path}", "{count} bad lines in {path}").format(count=bad_count, path=path),
            problems=tuple(problems),
        )
    return found


def require_keys(digests: Iterable[str], key_ids: Set[str]) -> None:
    """Raises InputError naming every key under which there are hashes here and which is not among ours."""
    missing = sorted({digest.partition(":")[0] for digest in digests} - key_ids)
    if missing:
        raise InputError(
            Text(
                "máy này không có khóa của các mã băm trong tệp: {ids}",
                "this machine does not have the keys of the hashes in the file: {ids}",
            ).format(ids=", ".join(missing)),
            Text(
                "nhập khóa của tỉnh đó trước: congvu keys import --from TỈNH TỆP-KHÓA",
                "import that province's keys first: congvu keys import --from PROVINCE KEY-FILE",
            ),
        )


def plan_import(
    digests: Iterable[str], known: Set[str], settings: Settings, now: datetime, key_ids: Set[str]
) -> list[Change]:
    """One reservation per hash that the directory does not hold yet. Raises InputError without the hashes' keys."""
    wanted = set(digests)
    require_keys(wanted, key_ids)
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
        for digest in sorted(wanted - known)
    ]


def _not_an_export(path: Path) -> InputError:
    return InputError(
        Text("{path} không phải tệp xuất của sổ địa chỉ", "{path} is not an export of an address register").format(
            path=path
        ),
        Text("tạo bằng: provision reservations export TỆP", "made by: provision reservations export FILE"),
    )
