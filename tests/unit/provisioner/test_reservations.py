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
    ids = {digest.partition(":")[0] for digest in ours.keys.digests("anybody@congvu.test")}
    ours.apply(reservations.plan_import(digests, known, ours.settings, NOW, ids))
    known = reservations.stored(ours.directory, ours.settings)
    assert reservations.plan_import(digests, known, ours.settings, NOW, ids) == []
    ours.sync([person("1")])
    assert ours.mail("1") == "annv2.sxd@tinh.test"


def test_a_reservation_is_an_entry_of_its_own() -> None:
    (change,) = reservations.plan_import([DIGEST, DIGEST], set(), Province().settings, NOW, {"0123abcd"})
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


def test_hashes_whose_keys_are_not_here_are_not_reserved() -> None:
    """They would stop every later plan, and nobody but the directory's administrator could take them out again."""
    foreign = [f"{key_id}:" + "0f" * 16 for key_id in ("ffff0000", "0123abcd", "eeee0000", "ffff0000")]
    with pytest.raises(InputError) as caught:
        reservations.plan_import(foreign, set(foreign), Province().settings, NOW, {"0123abcd", "99999999"})
    assert "eeee0000, ffff0000" in caught.value.message.en
    assert "0123abcd" not in caught.value.message.en
    assert caught.value.hint is not None
    assert "congvu keys import" in caught.value.hint.en


def test_a_line_twice_is_read(tmp_path: Path) -> None:
    path = tmp_path / "register"
    path.write_text("\n".join([*reservations.export_lines([DIGEST, DIGEST], "x")]), encoding="utf-8")
    assert reservations.read_export(path) == [DIGEST, DIGEST]


def test_more_lines_than_a_register_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reservations, "MOST_LINES", 3)
    path = tmp_path / "register"
    lines = [*reservations.export_lines([DIGEST] * 3, "x")]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert len(reservations.read_export(path)) == 3
    path.write_text("\n".join([*lines, DIGEST]), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        reservations.read_export(path)
    assert "more than 3" in caught.value.message.en


def test_only_the_first_of_many_bad_lines_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "register"
    path.write_text("\n".join([*reservations.export_lines([], "x"), *(["x"] * 250)]), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        reservations.read_export(path)
    assert len(caught.value.problems) == 100
    assert "250 bad lines" in caught.value.message.en


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
