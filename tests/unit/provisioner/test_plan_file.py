"""The plan file: what was looked at comes back unchanged, or is refused."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from foundation.errors import StalePlan, UsageError
from provisioner import plan_file
from provisioner.changes import Plan
from provisioner.plan_file import FileBinding, Header
from provisioner.planning.planner import plan_identity
from tests.support.small_province import BASE, Province, person

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
PEOPLE = [person("1", decision="12/QĐ-SNV"), person("2", "Trần Thị Bình", title='a "quoted"\u2028\ttitle \\ ☃')]


def _header(plan: Plan, expires: timedelta = timedelta(hours=72)) -> Header:
    return Header(
        plan.plan_id,
        NOW.isoformat(),
        (NOW + expires).isoformat(),
        "hr",
        "full",
        BASE,
        "sync",
        [FileBinding("/srv/Danh sách.csv", "0" * 64)],
        plan.rest_digest,
        plan.unchanged,
        {"sha256": "0" * 64, "rows": 2, "columns": ["employee_id"], "as_of": ""},
    )


@pytest.fixture
def plan() -> Plan:
    """Creates, an update and a suspension."""
    province = Province()
    province.sync([person("1"), person("3", "Lê Văn Ba")])
    return province.plan(PEOPLE, bind=True)


@pytest.fixture
def path(plan: Plan, tmp_path: Path) -> Path:
    target = tmp_path / "kế hoạch.plan"
    plan_file.write(target, _header(plan), plan)
    return target


def test_what_was_written_is_read_again(plan: Plan, path: Path) -> None:
    assert plan_file.is_plan_file(path)
    stored = plan_file.read(path, NOW)
    assert stored.header == _header(plan)
    assert {change.action for change in plan.changes} >= {"create", "suspend", "update"}
    for one, other in zip(stored.changes, plan.changes, strict=True):
        assert one.as_json() == other.as_json()
        assert (one.why, one.agency, one.lost, one.decision, one.name) == (
            other.why,
            other.agency,
            other.lost,
            other.decision,
            other.name,
        )
        assert dict(one.after) == dict(other.after)
    assert stored.bound == plan.bound


def test_a_plan_with_nothing_to_do_is_a_plan(tmp_path: Path) -> None:
    plan = Plan([], [], Province().plan([]).population, plan_id=plan_identity([]))
    plan_file.write(tmp_path / "p", _header(plan), plan)
    assert plan_file.read(tmp_path / "p", NOW).changes == []


def test_it_expires_at_its_time(path: Path) -> None:
    plan_file.read(path, NOW + timedelta(hours=72))
    with pytest.raises(StalePlan) as caught:
        plan_file.read(path, NOW + timedelta(hours=72, seconds=1))
    assert "expired" in caught.value.message.en


def _cut_last_line(content: bytes) -> bytes:
    return b"\n".join(content.split(b"\n")[:-2]) + b"\n"


def _without_one_change(content: bytes) -> bytes:
    lines = content.split(b"\n")
    return b"\n".join([lines[0], *lines[2:]])


def _swapped(content: bytes) -> bytes:
    lines = content.split(b"\n")
    return b"\n".join([lines[0], lines[2], lines[1], *lines[3:]])


def _sealed(lines: list[bytes]) -> bytes:
    """A file whose last line is right for whatever stands before it."""
    body = b"".join(line + b"\n" for line in lines)
    end = {"end": len(lines) - 1, "sha256": hashlib.sha256(body).hexdigest()}
    return body + json.dumps(end).encode() + b"\n"


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-1][: len(content) // 2],
        _cut_last_line,
        _without_one_change,
        _swapped,
        lambda content: content.replace(b"binhtt", b"binhtx", 1),
        lambda content: content.replace(b"2026", b"2027", 1),
        lambda content: content + b"{}\n",
        lambda content: content + b"\n",
        lambda content: b"[]\n",
        lambda content: b"\xff\xfe\n",
        lambda content: content.replace(b'"congvu_plan":1', b'"congvu_plan":2', 1),
        lambda content: _sealed([content.split(b"\n")[0].replace(b'"congvu_plan":1', b'"congvu_plan":2')]),
        lambda content: _sealed([b'{"congvu_plan":1}']),
        lambda content: _sealed([b"[]"]),
        lambda content: _sealed([content.split(b"\n")[0], b"[]"]),
        lambda content: _sealed([content.split(b"\n")[0], b'{"before":[]}']),
        lambda content: _sealed([content.split(b"\n")[0].replace(b"+00:00", b"")]),
    ],
)
def test_a_damaged_file_is_refused(path: Path, damage: Callable[[bytes], bytes]) -> None:
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StalePlan) as caught:
        plan_file.read(path, NOW)
    assert caught.value.exit_code == 4
    assert caught.value.hint is not None


def _edited(path: Path, edit: Callable[[dict[str, Any], dict[str, Any]], object]) -> None:
    """A file in which somebody edited the header and the first change, with digest and plan_id made right again."""
    lines = [json.loads(line) for line in path.read_bytes().splitlines()[:-1]]
    header, *changes = lines
    edit(header, changes[0])
    total = hashlib.sha256()
    for change in changes:
        fields = [change.get(name) for name in ("kind", "action", "dn", "before", "after")]
        total.update(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    header["plan_id"] = total.hexdigest()[:16]
    written = [json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() for line in lines]
    path.write_bytes(_sealed(written))


def test_an_edit_that_changes_nothing_is_read(path: Path) -> None:
    _edited(path, lambda header, change: None)
    assert plan_file.read(path, NOW).changes


@pytest.mark.parametrize(
    "edit",
    [
        lambda header, change: header.update(roster={}),
        lambda header, change: header.update(roster=[]),
        lambda header, change: header["roster"].update(rows="2"),
        lambda header, change: header["roster"].pop("as_of"),
        lambda header, change: header["roster"].update(columns="employee_id"),
        lambda header, change: header.update(files=[{"path": 1, "sha256": ""}]),
        lambda header, change: header.update(unchanged=None),
        lambda header, change: header.update(scope=None),
        lambda header, change: header.update(expires_at=0),
        lambda header, change: header.pop("base"),
        lambda header, change: header.update(more=1),
        lambda header, change: change.update(kind="service"),
        lambda header, change: change.update(kind=[]),
        lambda header, change: change.update(action="delete"),
        lambda header, change: change.update(dn=1),
        lambda header, change: change.update(lost="0"),
        lambda header, change: change.update(reason=["a"]),
        lambda header, change: change["after"].update(userPassword=["x"]),
        lambda header, change: change["after"].update(USERPASSWORD=["x"]),
        lambda header, change: change["before"].update(userPassword=["x"]),
        lambda header, change: change["after"].update(title="Văn thư"),
        lambda header, change: change["after"].update(title=[1]),
    ],
)
def test_a_file_that_somebody_wrote_by_hand_is_refused(
    path: Path, edit: Callable[[dict[str, Any], dict[str, Any]], object]
) -> None:
    _edited(path, edit)
    with pytest.raises(StalePlan) as caught:
        plan_file.read(path, NOW)
    assert caught.value.hint is not None


def test_changes_other_than_those_that_the_plan_id_names_are_refused(path: Path) -> None:
    lines = path.read_bytes().splitlines()[:-1]
    lines[1] = lines[1].replace(b'"agency":"', b'"agency":"X', 1)
    path.write_bytes(_sealed(lines))
    plan_file.read(path, NOW)
    lines[1] = lines[1].replace(b'"after":{', b'"after":{"description":["x"],', 1)
    path.write_bytes(_sealed(lines))
    with pytest.raises(StalePlan):
        plan_file.read(path, NOW)
    path.write_bytes(_sealed([lines[0], *lines[2:]]))
    with pytest.raises(StalePlan):
        plan_file.read(path, NOW)


def test_a_pipe_or_a_device_is_wrong_use_and_nobody_waits(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", Path(os.devnull)):
        with pytest.raises(UsageError):
            plan_file.is_plan_file(place)


def test_only_an_earlier_plan_is_overwritten(path: Path, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("Mã CBCC,Họ tên\n", encoding="utf-8")
    (tmp_path / "link").symlink_to(roster)
    os.link(roster, tmp_path / "second name")
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    plan_file.refuse_to_overwrite(path, [roster])
    plan_file.refuse_to_overwrite(tmp_path / "new.plan", [roster])
    for name in ("roster.csv", "link", "second name", "empty", "pipe", "."):
        with pytest.raises(UsageError):
            plan_file.refuse_to_overwrite(tmp_path / name, [roster])
    with pytest.raises(UsageError):
        plan_file.refuse_to_overwrite(path, [path])
    assert roster.read_text(encoding="utf-8") == "Mã CBCC,Họ tên\n"


@pytest.mark.parametrize(
    "content", [b"", b"M\xc3\xa3 CBCC,H\xe1\xbb\x8d t\xc3\xaan\n", b'{"other":1}\n', b"PK\x03\x04"]
)
def test_a_roster_is_no_plan_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f").write_bytes(content)
    assert not plan_file.is_plan_file(tmp_path / "f")


def test_a_missing_file_or_a_folder_is_wrong_use(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none", tmp_path / "none" / "deeper"):
        with pytest.raises(UsageError):
            plan_file.is_plan_file(place)


def test_a_place_that_cannot_be_written_is_wrong_use_and_leaves_nothing(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        plan_file.write(tmp_path / "none" / "p", _header(plan), plan)
    assert list(tmp_path.iterdir()) == []


def test_the_first_line_says_what_it_is(plan: Plan, path: Path) -> None:
    first = json.loads(path.read_bytes().split(b"\n")[0])
    assert first == {"congvu_plan": 1, **asdict(_header(plan))}
