"""The register of addresses that are never given again, on its way between provinces."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from foundation.directory import schema
from foundation.errors import InputError, UsageError
from provisioner import reservations
from provisioner.settings import ListRules
from tests.support.small_province import SUBTREES, Province, make_keys, person

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DIGEST = "0123abcd:" + "0f" * 16


def test_a_merged_province_brings_its_past(tmp_path: Path) -> None:
    """Export there, import here: an address given there is refused here, and a second import has nothing to do."""
    theirs = Province(keys=make_keys(b"9" * 32))
    theirs.with_settings(roles=(), lists=ListRules(agency=""))
    theirs.sync([person("1"), person("2", "Trần Thị Bình")])
    theirs.sync([person("2", "Trần Thị Bình")])
    path = tmp_path / "register"
    found = reservations.stored(theirs.directory, theirs.settings)
    path.write_text("\n".join(reservations.export_lines(found, "Tỉnh cũ")) + "\n", encoding="utf-8")
    assert "annv" not in path.read_text(encoding="utf-8")

    ours = Province(keys=make_keys(imported=[b"9" * 32]))
    digests = reservations.read_export(path)
    assert sorted(digests) == sorted(found)
    known = reservations.stored(ours.directory, ours.settings)
    ours.apply(reservations.plan_import(digests, known, ours.settings, NOW))
    assert (
        reservations.plan_import(digests, reservations.stored(ours.directory, ours.settings), ours.settings, NOW) == []
    )
    ours.sync([person("1")])
    assert ours.mail("1") == "annv2.sxd@tinh.test"


def test_a_reservation_is_an_entry_of_its_own() -> None:
    (change,) = reservations.plan_import([DIGEST, DIGEST], set(), Province().settings, NOW)
    assert change.dn == f"{schema.ADDRESS_HASH}={DIGEST},{SUBTREES.reservations}"
    assert change.after == {
        "objectClass": ("top", "congvuReservation"),
        schema.ADDRESS_HASH: (DIGEST,),
        schema.RESERVED_SINCE: ("20261122000000Z",),
    }


@pytest.mark.parametrize(
    "line",
    [DIGEST.upper(), DIGEST + " ", DIGEST[:-1], DIGEST + "0", "an@tinh.test", "", "*", DIGEST.replace(":", "")],
)
def test_a_bad_line_is_named_with_its_row(tmp_path: Path, line: str) -> None:
    path = tmp_path / "register"
    header = next(reservations.export_lines([], "x"))
    path.write_text(f"{header}\n{DIGEST}\n{line}\n{DIGEST}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        reservations.read_export(path)
    assert [problem.row for problem in caught.value.problems] == [3]


@pytest.mark.parametrize("content", [b"", b"Ma CBCC,Ho ten\n", b"\xff\xfe\x00", b'{"format":"other"}\n'])
def test_another_file_is_no_export(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(InputError):
        reservations.read_export(tmp_path / "f")


def test_a_missing_file_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        reservations.read_export(tmp_path / "none")
    with pytest.raises(UsageError):
        reservations.read_export(tmp_path)
