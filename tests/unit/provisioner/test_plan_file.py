"""The plan file: what was looked at comes back unchanged, or is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from foundation.errors import StalePlan, UsageError
from provisioner import plan_file
from provisioner.changes import Plan
from provisioner.plan_file import FileBinding, Header
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
    plan = Plan([], [], Province().plan([]).population)
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
