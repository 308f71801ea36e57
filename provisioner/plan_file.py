"""The plan file: exactly the changes that were looked at, bound to the roster and to the managed values they assume.

JSON lines: a header (known by its first key, `congvu_plan`), one change a line with the digest of the entry it was made
against, and a last line with the count and the SHA-256 of everything before it. Reading checks the whole file first and
then keeps only the place of each change, so a plan of 100,000 creates is not held in memory. A damaged, expired or
foreign file is a StalePlan; nothing here talks to a directory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from foundation.atomic_files import replacing
from foundation.errors import StalePlan, UsageError
from foundation.language import Text
from provisioner.changes import Attributes, Change, Plan

FORMAT = 1
_FIRST_BYTES = b'{"congvu_plan":'
_MAKE_ANEW = Text("lập lại bằng 'provision plan --out'", "make it anew with 'provision plan --out'")


@dataclass(frozen=True, slots=True)
class FileBinding:
    """One input file as it was: absolute path and SHA-256 of its bytes."""

    path: str
    sha256: str


@dataclass(slots=True)
class Header:
    """What a plan was made from and until when it may be applied."""

    plan_id: str
    created_at: str
    expires_at: str
    source: str
    scope: str
    base: str
    command: str
    files: list[FileBinding]
    rest_digest: str
    unchanged: int
    roster: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class StoredPlan:
    """A plan read back: its header, its changes and the digest of each entry that they assume (by name)."""

    header: Header
    changes: list[Change]
    bound: dict[str, str]


def is_plan_file(path: Path) -> bool:
    """Whether the first line says that this is a plan file. Raises UsageError when there is no such file."""
    try:
        with path.open("rb") as file:
            return file.read(len(_FIRST_BYTES)) == _FIRST_BYTES
    except IsADirectoryError as error:
        raise UsageError(
            Text("{path} là thư mục, không phải tệp", "{path} is a folder, not a file").format(path=path)
        ) from error
    except OSError as error:
        raise UsageError(
            Text("không mở được {path}: {why}", "cannot open {path}: {why}").format(path=path, why=error.strerror)
        ) from error


def write(path: Path, header: Header, plan: Plan) -> None:
    """Write the whole file or nothing. Raises UsageError when the place cannot be written."""
    try:
        with replacing(path) as file:
            total = hashlib.sha256()
            for line in _lines(header, plan):
                total.update(line)
                file.write(line)
            file.write(_json({"end": len(plan.changes), "sha256": total.hexdigest()}))
    except OSError as error:
        raise UsageError(
            Text("không ghi được {path}: {why}", "cannot write {path}: {why}").format(path=path, why=error.strerror)
        ) from error


def _lines(header: Header, plan: Plan) -> Iterator[bytes]:
    yield _json({"congvu_plan": FORMAT, **asdict(header)})
    for change in plan.changes:
        yield _json(
            {
                "kind": change.kind,
                "action": change.action,
                "employee_id": change.employee_id,
                "dn": change.dn,
                "address": change.address,
                "agency": change.agency,
                "lost": change.lost,
                "decision": change.decision,
                "name": change.name,
                "limited": change.limited,
                "bound": plan.bound.get(change.dn, ""),
                "reason": list(change.reason),
                "before": change.before,
                "after": change.after,
            }
        )


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def read(path: Path, now: datetime) -> StoredPlan:
    """Check the whole file, then read it. Raises StalePlan when it is damaged, of another version or expired."""
    try:
        places = _verified_places(path)
        with path.open("rb") as file:
            content = json.loads(file.readline())
            if content.pop("congvu_plan") != FORMAT:
                raise _damaged(path)
            content["files"] = [FileBinding(**binding) for binding in content["files"]]
            header = Header(**content)
            expired = datetime.fromisoformat(header.expires_at) < now
            stored = StoredPlan(header, [], {})
            for place in places:
                file.seek(place)
                found = json.loads(file.readline())
                change = _change(path, place, found)
                stored.changes.append(change)
                stored.bound[change.dn] = found["bound"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path) from error
    if expired:
        raise StalePlan(
            Text("kế hoạch đã hết hạn từ {when}", "the plan expired at {when}").format(when=header.expires_at),
            _MAKE_ANEW,
        )
    return stored


def _verified_places(path: Path) -> list[int]:
    """Where each change line begins, once the digest of the last line has been found right."""
    total = hashlib.sha256()
    places: list[int] = []
    place = 0
    previous = b""
    with path.open("rb") as file:
        for line in file:
            total.update(previous)
            places.append(place)
            place += len(line)
            previous = line
    end = json.loads(previous)
    changes = places[1:-1]
    if end["sha256"] != total.hexdigest() or end["end"] != len(changes):
        raise _damaged(path)
    return changes


def _change(path: Path, place: int, found: dict[str, Any]) -> Change:
    before = {name: tuple(values) for name, values in found["before"].items()}
    after = partial(_after, path, place) if found["action"] == "create" else _values(found["after"])
    return Change(
        found["kind"],
        found["action"],
        found["employee_id"],
        found["dn"],
        found["address"],
        before,
        after,
        Text(*found["reason"]),
        found["agency"],
        found["lost"],
        found["decision"],
        found["name"],
        found["limited"],
    )


def _after(path: Path, place: int) -> Attributes:
    with path.open("rb") as file:
        file.seek(place)
        return _values(json.loads(file.readline())["after"])


def _values(found: dict[str, list[str]]) -> Attributes:
    return {name: tuple(values) for name, values in found.items()}


def _damaged(path: Path) -> StalePlan:
    return StalePlan(
        Text("tệp kế hoạch {path} bị hỏng hoặc đã bị sửa", "the plan file {path} is damaged or was edited").format(
            path=path
        ),
        _MAKE_ANEW,
    )
