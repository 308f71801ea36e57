"""The plan file: exactly the changes that were looked at, bound to the roster and to the managed values they assume.

JSON lines: a header (known by its first key, `congvu_plan`), one change a line with the digest of the entry it was made
against, and a last line with the count and the SHA-256 of everything before it. Reading checks the whole file first and
then keeps only the place of each change, so a plan of 100,000 creates is not held in memory. A damaged, edited, expired
or foreign file is a StalePlan; nothing here talks to a directory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from stat import S_ISREG
from typing import Any, BinaryIO

from foundation.atomic_files import replacing
from foundation.errors import StalePlan, UsageError
from foundation.language import Text
from foundation.system_errors import reason_of
from provisioner.changes import Attributes, Change, Plan

FORMAT = 1
_HEADER_TEXTS = ("plan_id", "created_at", "expires_at", "source", "scope", "base", "command", "rest_digest")
_CHANGE_TEXTS = ("kind", "action", "employee_id", "dn", "address", "agency", "decision", "name", "bound")
_FIRST_BYTES = b'{"congvu_plan":'
_ANOTHER_OUT = Text("chọn tên khác cho --out", "choose another name for --out")
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
    """Whether the first line says that this is a plan file. Raises UsageError when there is no such file.

    A pipe or a device is no file: opening it could wait for ever, and a plan or a roster is read more than once.
    """
    try:
        if not path.is_dir() and not S_ISREG(path.stat().st_mode):
            raise UsageError(
                Text("{path} không phải tệp thường", "{path} is not a regular file").format(path=path),
                Text("lưu thành tệp rồi chỉ tên tệp", "save it as a file and name the file"),
            )
        with path.open("rb") as file:
            return file.read(len(_FIRST_BYTES)) == _FIRST_BYTES
    except IsADirectoryError as error:
        raise UsageError(
            Text("{path} là thư mục, không phải tệp", "{path} is a folder, not a file").format(path=path),
            Text("ghi rõ tên tệp trong thư mục đó", "name a file inside it"),
        ) from error
    except OSError as error:
        raise UsageError(
            Text("không mở được {path}: {why}", "cannot open {path}: {why}").format(path=path, why=reason_of(error))
        ) from error


def refuse_to_overwrite(path: Path, inputs: Iterable[Path]) -> None:
    """A plan may replace an earlier plan and nothing else, least of all what it is made from. Raises UsageError."""
    try:
        if not path.exists():
            return
        is_input = any(one.exists() and path.samefile(one) for one in inputs)
    except OSError as error:
        raise UsageError(
            Text("không mở được {path}: {why}", "cannot open {path}: {why}").format(path=path, why=reason_of(error)),
            _ANOTHER_OUT,
        ) from error
    if is_input:
        raise UsageError(
            Text(
                "--out {path} chính là tệp đầu vào; không ghi đè", "--out {path} is an input file; not overwritten"
            ).format(path=path),
            _ANOTHER_OUT,
        )
    if not is_plan_file(path):
        raise UsageError(
            Text(
                "{path} đã có và không phải tệp kế hoạch; không ghi đè",
                "{path} exists and is not a plan file; not overwritten",
            ).format(path=path),
            _ANOTHER_OUT,
        )


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
            Text("không ghi được {path}: {why}", "cannot write {path}: {why}").format(path=path, why=reason_of(error))
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
    """Check the whole file, then read it.

    Raises StalePlan when it is damaged, of another version or expired, when its changes are not those that its plan_id
    names, or when one of them is nothing that a plan of ours does.
    """
    from provisioner.planning.planner import plan_identity

    try:
        places = _verified_places(path)
        with path.open("rb") as file:
            content = json.loads(file.readline())
            if content.pop("congvu_plan") != FORMAT:
                raise _damaged(path)
            header = _header(content)
            expired = datetime.fromisoformat(header.expires_at) < now
            stored = StoredPlan(header, [], {})
            if plan_identity(_collected(path, file, places, stored)) != header.plan_id:
                raise _damaged(path)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path) from error
    if expired:
        raise StalePlan(
            Text("kế hoạch đã hết hạn từ {when}", "the plan expired at {when}").format(when=header.expires_at),
            _MAKE_ANEW,
        )
    return stored


def _header(content: dict[str, Any]) -> Header:
    """The header, when it has all its keys. Raises ValueError, KeyError, TypeError."""
    content["files"] = [FileBinding(**binding) for binding in content["files"]]
    header = Header(**content)
    texts = [getattr(header, name) for name in _HEADER_TEXTS]
    texts += [text for binding in header.files for text in (binding.path, binding.sha256)]
    roster = header.roster
    texts += [roster["sha256"], roster["as_of"], *roster["columns"]]
    sound = all(isinstance(text, str) for text in texts) and isinstance(roster["columns"], list)
    if not sound or type(header.unchanged) is not int or type(roster["rows"]) is not int:
        raise ValueError("header")
    return header


def _collected(path: Path, file: BinaryIO, places: list[int], stored: StoredPlan) -> Iterator[Change]:
    """Put every change into `stored`, creates by their place; yields each whole, for the one who counts them."""
    from provisioner import plan_rules

    for place in places:
        file.seek(place)
        found = json.loads(file.readline())
        _check_types(found)
        foreign = plan_rules.foreign_part(found["kind"], found["action"], [*found["before"], *found["after"]])
        if foreign:
            raise _not_ours(path, str(found["dn"]), foreign)
        whole = _change(found, _values(found["after"]))
        kept = _change(found, partial(_after, path, place)) if whole.action == "create" else whole
        stored.changes.append(kept)
        stored.bound[kept.dn] = found["bound"]
        yield whole


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


def _check_types(found: dict[str, Any]) -> None:
    """Raises ValueError or KeyError when a field is not of the kind that we write."""
    listed = [found["reason"], *found["before"].values(), *found["after"].values()]
    texts = [found[name] for name in _CHANGE_TEXTS] + [text for values in listed for text in values]
    sound = all(isinstance(text, str) for text in texts) and all(isinstance(values, list) for values in listed)
    if not sound or len(found["reason"]) != 2 or type(found["lost"]) is not int or type(found["limited"]) is not bool:
        raise ValueError("change")


def _change(found: dict[str, Any], after: Attributes | Callable[[], Attributes]) -> Change:
    return Change(
        found["kind"],
        found["action"],
        found["employee_id"],
        found["dn"],
        found["address"],
        _values(found["before"]),
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


def _not_ours(path: Path, dn: str, what: str) -> StalePlan:
    return StalePlan(
        Text(
            "tệp kế hoạch {path} đòi điều không kế hoạch nào của Congvu làm: {what} ({dn})",
            "the plan file {path} asks for what no plan of ours does: {what} ({dn})",
        ).format(path=path, what=what, dn=dn),
        _MAKE_ANEW,
    )
