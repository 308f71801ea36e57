"""Key files on disk: created once, rotated by adding, never overwritten and never shortened.

Files are private (0600) in a private folder (0700) and written whole or not at all. Two commands on one file take
turns. Which keys there are and what they do is in `keys`.

A DKIM key is one PEM file, and receivers know its public half by a name in DNS (the selector). So it is rotated by a
second file under a second name: the old one signs until the new record is published and the configuration names it.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from foundation import atomic_files
from foundation.clock import today
from foundation.config.secrets import Secret
from foundation.errors import ConfigError, UsageError
from foundation.keys import (
    KEY_BYTES,
    RSA_BITS,
    Algorithm,
    Key,
    KeyKind,
    Keyring,
    key_id,
    parse_keyring,
    rsa_key_id,
    rsa_private_key,
)
from foundation.language import Text
from foundation.system_errors import reason_of

if TYPE_CHECKING:
    from foundation.config.sections import Configuration

_WITHOUT_ID = re.compile(r"-[0-9a-f]{8}\Z")
_PROVINCE = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")


def place_of(kind: KeyKind, configuration: Configuration) -> Secret:
    """Where the configuration puts the keyring of this kind."""
    if kind.name == "journal":
        return configuration.journal.signing_key
    if kind.name == "address-register":
        return configuration.addresses.register_key
    if kind.name == "dkim":
        return configuration.relay.dkim.key
    if kind.name == "links":
        return configuration.meetings.links_key
    return Secret("file", str(configuration.keys.directory / f"{kind.name}.keys"))


def file_of(kind: KeyKind, configuration: Configuration) -> Path:
    """The file to write for this kind. Raises ConfigError when the key does not live in a file."""
    place = place_of(kind, configuration)
    if place.kind != "file":
        raise ConfigError(
            Text("khóa {name} không nằm trong tệp: {place}", "the key {name} does not live in a file: {place}").format(
                name=kind.name, place=place.describe()
            ),
            Text(
                "tạo khóa với cấu hình dùng file = ..., rồi chuyển nội dung vào nơi cất bí mật của bạn",
                "create it under a configuration with file = ..., then move the content to where you keep secrets",
            ),
        )
    return Path(place.place)


def create(kind: KeyKind, path: Path, timezone: str) -> None:
    """Make the first key of this kind. Raises UsageError when there is a file already."""
    content = Keyring((_new_key(kind, timezone),)).format().encode("ascii") if kind.is_ring else _new_pem()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        atomic_files.create(path, content)
    except FileExistsError as error:
        raise UsageError(
            Text("đã có khóa {name}: {path}", "the key {name} exists already: {path}").format(
                name=kind.name, path=path
            ),
            Text("xoay khóa bằng: congvu keys rotate {name}", "rotate it with: congvu keys rotate {name}").format(
                name=kind.name
            ),
        ) from error
    except OSError as error:
        raise _cannot_write(path, error) from error


def create_beside(path: Path) -> Path:
    """Make another RSA key beside the one at `path`, named by its id, and return its file; both stay.

    Raises ConfigError when there is no sound key to follow, UsageError when the file cannot be written.
    """
    rsa_private_key(Secret("file", str(path)).read_bytes(), str(path))
    pem = _new_pem()
    stem = _WITHOUT_ID.sub("", path.stem)
    beside = path.with_name(f"{stem}-{rsa_key_id(rsa_private_key(pem, str(path)))}{path.suffix}")
    try:
        atomic_files.create(beside, pem)
    except OSError as error:
        raise _cannot_write(beside, error) from error
    return beside


def rotate(kind: KeyKind, path: Path, timezone: str) -> Keyring:
    """Add a new key to a ring; it signs from now on, the old ones still verify. Raises ConfigError, UsageError."""
    with _exclusive(path):
        old = parse_keyring(Secret("file", str(path)).read(), str(path))
        keyring = Keyring((*old.keys, _new_key(kind, timezone)))
        _write(path, keyring)
    return keyring


def import_keys(path: Path, source: Path, province: str) -> tuple[Key, ...]:
    """Add another province's keys for recognising only. Returns those that were new. Raises ConfigError, UsageError."""
    if not _PROVINCE.match(province):
        raise UsageError(
            Text("tên tỉnh không hợp lệ: {name}", "not a usable name of a province: {name}").format(name=province),
            Text("dùng a-z, 0-9, dấu chấm, gạch", "use a-z, 0-9, dots, dashes"),
        )
    theirs = parse_keyring(Secret("file", str(source)).read(), str(source))
    with _exclusive(path):
        ours = parse_keyring(Secret("file", str(path)).read(), str(path))
        known = {key.id for key in ours.keys}
        added = tuple(
            replace(key, imported_from=key.imported_from or province) for key in theirs.keys if key.id not in known
        )
        if added:
            _write(path, Keyring((*ours.keys, *added)))
    return added


def _new_key(kind: KeyKind, timezone: str) -> Key:
    # Any 32 random bytes are an Ed25519 private key (RFC 8032 5.1.5).
    secret = secrets.token_bytes(KEY_BYTES)
    algorithm: Algorithm = "ed25519" if kind.algorithm == "ed25519" else "hmac-sha256"
    return Key(key_id(algorithm, secret), today(timezone), algorithm, secret)


def _new_pem() -> bytes:
    """An RSA key in PKCS#8 (RFC 5958), without a passphrase: the daemon has to start by itself."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = generate_private_key(65537, RSA_BITS)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, keyring: Keyring) -> None:
    try:
        atomic_files.write(path, keyring.format().encode("ascii"))
    except OSError as error:
        raise _cannot_write(path, error) from error


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    """One writer at a time, by a lock on the folder: the file itself is replaced."""
    try:
        descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _cannot_write(path, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _cannot_write(path: Path, error: OSError) -> UsageError:
    return UsageError(
        Text("không ghi được {path}: {reason}", "cannot write {path}: {reason}").format(
            path=path, reason=reason_of(error)
        ),
        Text("kiểm tra quyền và chỗ trống, hoặc chạy với quyền quản trị", "check rights and space, or run as root"),
    )
