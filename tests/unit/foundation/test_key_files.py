"""Key files: created once, private, rotated by adding, never overwritten."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from foundation import key_files
from foundation.config import Secret
from foundation.errors import ConfigError, UsageError
from foundation.keys import KINDS, AddressRegisterKeys, parse_keyring

REGISTER = KINDS["address-register"]
ZONE = "Asia/Ho_Chi_Minh"


def read(path: Path) -> AddressRegisterKeys:
    return AddressRegisterKeys.load(Secret("file", str(path)))


def test_a_new_key_is_private_in_a_private_folder(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "a.keys"
    key_files.create(REGISTER, path, ZONE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len(read(path).keyring.keys) == 1


def test_an_existing_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.keys"
    key_files.create(REGISTER, path, ZONE)
    before = path.read_bytes()
    with pytest.raises(UsageError):
        key_files.create(REGISTER, path, ZONE)
    assert path.read_bytes() == before


def test_rotating_adds_a_key_and_keeps_the_old_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.keys"
    old = key_files.create(REGISTER, path, ZONE)
    new = key_files.rotate(REGISTER, path, ZONE)
    assert new.keys[:1] == old.keys
    assert new.newest is new.keys[1]
    assert parse_keyring(path.read_text(), "x") == new


def test_rotating_needs_a_sound_keyring_and_leaves_a_damaged_one_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.keys"
    path.write_text("congvu-keyring 1\ndamaged\n")
    path.chmod(0o600)
    with pytest.raises(ConfigError):
        key_files.rotate(REGISTER, path, ZONE)
    assert path.read_text() == "congvu-keyring 1\ndamaged\n"
    with pytest.raises(ConfigError):
        key_files.rotate(REGISTER, tmp_path / "none.keys", ZONE)
    with pytest.raises(UsageError):
        key_files.rotate(REGISTER, tmp_path / "nowhere" / "none.keys", ZONE)


def test_a_merged_provinces_key_is_imported_once(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.keys", tmp_path / "theirs.keys"
    key_files.create(REGISTER, ours, ZONE)
    key_files.create(REGISTER, theirs, ZONE)
    reserved = read(theirs).digest("a@tinh.test")
    newest = read(ours).digest("a@tinh.test")
    (added,) = key_files.import_keys(ours, theirs, "binhdinh")
    assert added.imported_from == "binhdinh"
    assert reserved in read(ours).digests("a@tinh.test")
    assert read(ours).digest("a@tinh.test") == newest
    assert key_files.import_keys(ours, theirs, "binhdinh") == ()


@pytest.mark.parametrize("province", ["", "a b", "a:b", "x" * 65, "Bình Định"])
def test_a_province_needs_a_plain_name(tmp_path: Path, province: str) -> None:
    key_files.create(REGISTER, tmp_path / "a.keys", ZONE)
    key_files.create(REGISTER, tmp_path / "b.keys", ZONE)
    with pytest.raises(UsageError):
        key_files.import_keys(tmp_path / "a.keys", tmp_path / "b.keys", province)


def test_a_key_file_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "a.keys"
    key_files.create(REGISTER, path, ZONE)
    path.chmod(0o644)
    with pytest.raises(ConfigError):
        key_files.rotate(REGISTER, path, ZONE)
