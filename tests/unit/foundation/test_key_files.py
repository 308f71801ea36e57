"""Key files: created once, private, rotated by adding, never overwritten."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from foundation import key_files
from foundation.config import Secret
from foundation.errors import ConfigError, UsageError
from foundation.keys import KINDS, AddressRegisterKeys, dkim_record, parse_keyring, rsa_key_id, rsa_private_key

REGISTER = KINDS["address-register"]
DKIM = KINDS["dkim"]
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
    key_files.create(REGISTER, path, ZONE)
    old = read(path).keyring
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


class TestDkim:
    def test_a_new_key_is_a_private_pem_file_that_openssl_understands(self, tmp_path: Path) -> None:
        path = tmp_path / "keys" / "dkim.pem"
        key_files.create(DKIM, path, ZONE)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----\n")
        assert rsa_private_key(path.read_bytes(), "x").key_size == 2048
        with pytest.raises(UsageError):
            key_files.create(DKIM, path, ZONE)

    def test_rotating_makes_a_second_file_and_leaves_the_first_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "dkim.pem"
        key_files.create(DKIM, path, ZONE)
        before = path.read_bytes()
        beside = key_files.create_beside(path)
        assert path.read_bytes() == before
        assert re.fullmatch(r"dkim-[0-9a-f]{8}\.pem", beside.name)
        assert beside.read_bytes() != before
        assert re.fullmatch(r"dkim-[0-9a-f]{8}\.pem", key_files.create_beside(beside).name)

    def test_rotating_needs_a_sound_key(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError):
            key_files.create_beside(tmp_path / "dkim.pem")
        (tmp_path / "dkim.pem").write_text("damaged")
        (tmp_path / "dkim.pem").chmod(0o600)
        with pytest.raises(ConfigError):
            key_files.create_beside(tmp_path / "dkim.pem")

    def test_the_record_is_what_rfc_6376_publishes(self, tmp_path: Path) -> None:
        key_files.create(DKIM, tmp_path / "dkim.pem", ZONE)
        key = rsa_private_key((tmp_path / "dkim.pem").read_bytes(), "x")
        assert re.fullmatch(r"v=DKIM1; k=rsa; p=MII[A-Za-z0-9+/]+=*", dkim_record(key))
        assert re.fullmatch(r"[0-9a-f]{8}", rsa_key_id(key))

    def test_other_keys_are_refused(self) -> None:
        weak = generate_private_key(65537, 1024)  # noqa: S505  it is refused, which is the point
        small = weak.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        other = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        for pem in (small, other, b"", b"-----BEGIN PRIVATE KEY-----\nxx\n-----END PRIVATE KEY-----\n"):
            with pytest.raises(ConfigError):
                rsa_private_key(pem, "x")
